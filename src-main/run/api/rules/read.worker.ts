/** Reads one set of rules or list on a thread of its own, and brings it into the store: 30,000 rules take a second and more. */
import { storeOver } from '../../../keep/store/client.ts';
import { failureOf } from '../../../keep/store/failure.ts';
import type { NewRuleSource } from '../../../keep/store/rule-types.ts';
import { threadSide } from '../../pipeline/threads.ts';
import type { FromRead, ReadData } from './messages.ts';
import { readList, removeLists } from './read-list.ts';
import { readRules, textsOf, type ReadRules } from './read-rules.ts';

const side = threadSide();
const data = side.data as ReadData;
const tell = (message: FromRead): void => side.send(message);

async function sigma(from: ReadData['from']): Promise<ReadRules> {
  const { readSigmaRules, sigmaTexts } = await import('./read-sigma.ts');
  return readSigmaRules(await sigmaTexts(from));
}

async function run(): Promise<void> {
  const { id, kind, name, origin, from, at, author, port, folder, before } = data;
  const store = storeOver(port);
  const paths = origin === 'upload' ? [] : from.map(({ path }) => path);
  const about = { ...(id === undefined ? {} : { id }), kind, name, origin, paths, at, author };
  if (kind === 'rules' || kind === 'sigma') {
    const read = kind === 'rules' ? readRules(await textsOf(from)) : await sigma(from);
    const put: NewRuleSource = { ...about, ...read, list: null };
    const done = await store.putRuleSource(put);
    // A set by which nothing is looked for must not read as one that watches.
    if (id === undefined && read.rules.length === 0) await store.setRuleSource(done.id, false);
    return tell({ type: 'done', ...done });
  }
  const { diff, ...read } = await readList(data);
  const { id: kept } = await store.putRuleSource({ ...about, ...read, rules: [] }).catch(async (error: unknown) => {
    await removeLists(folder, read.list.files);
    throw error;
  });
  await removeLists(folder, before);
  tell({ type: 'done', id: kept, diff });
}

try {
  await run();
} catch (error) {
  tell({ type: 'failed', failure: failureOf(error, data.name) });
} finally {
  data.port.close();
  side.end();
}
