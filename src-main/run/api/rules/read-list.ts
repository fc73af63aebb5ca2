/** Files of indicators to what is kept of them: copies in the data folder, and what is known of the list. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RuleDiff } from '../../../../src-shared/contract/topics/rules.ts';
import { parseAddress } from '../../../../src-shared/domain/network.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { Intel } from '../../../detect/signatures/intel/intel.ts';
import { doubtOfAddress, doubtOfName, wellKnown } from '../../../detect/signatures/intel/well-known.ts';
import type { StoredList, StoredRefusal } from '../../../keep/store/rule-types.ts';
import type { NamedPath, ReadData } from './messages.ts';

const DOUBTFUL = 50;
const REFUSED = 1000;
/** Lines of a list that are compared with those before. */
const COMPARED = 2_000_000;
const NAMED = 100;
const NAME_MAX = 200;

export interface ReadList {
  list: StoredList;
  refused: StoredRefusal[];
  refusedTotal: number;
  sha256: string;
  diff: RuleDiff;
}

/** Copies a file, and tells what it hashes to. @throws SondeError */
async function copied({ path, name }: NamedPath, to: string): Promise<string> {
  const hash = createHash('sha256');
  const out = createWriteStream(to, { mode: 0o600, flags: 'wx' });
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk as Buffer);
      if (!out.write(chunk)) await once(out, 'drain');
    }
    out.end();
    await once(out, 'close');
  } catch (error) {
    out.destroy();
    const said = error instanceof Error ? error.message : String(error);
    throw new SondeError('read-failed', `${name} cannot be read: ${said}`, name, 'Check the file.', { cause: error });
  }
  return hash.digest('hex');
}

/** Lines of files that say something; null where they are no lists of lines, or too many. */
async function linesOf(paths: readonly string[]): Promise<Set<string> | null> {
  const lines = new Set<string>();
  for (const path of paths) {
    const reader = createInterface({ input: createReadStream(path, 'latin1'), crlfDelay: Infinity });
    let first = true;
    for await (const raw of reader) {
      const line = raw.trim();
      // JSON has no lines that are entries, nor has what is compressed.
      if (first && /^[{[\x1f]/.test(line)) return null;
      if (line !== '') first = false;
      if (line === '' || line.startsWith('#')) continue;
      if (lines.size >= COMPARED) return null;
      lines.add(
        line.length > NAME_MAX ? `${line.slice(0, NAME_MAX)}${createHash('sha1').update(line).digest('hex')}` : line,
      );
    }
  }
  return lines;
}

async function compare(before: readonly string[], now: readonly string[], entries: number): Promise<RuleDiff> {
  const none = { added: [], changed: [], gone: [] };
  if (before.length === 0) return { added: entries, changed: 0, gone: 0, same: 0, names: none, compared: true };
  const [old, fresh] = [await linesOf(before).catch(() => null), await linesOf(now)];
  if (!old || !fresh) return { added: 0, changed: 0, gone: 0, same: entries, names: none, compared: false };
  const added = [...fresh].filter((line) => !old.has(line));
  const gone = [...old].filter((line) => !fresh.has(line));
  return {
    added: added.length,
    changed: 0,
    gone: gone.length,
    same: fresh.size - added.length,
    names: { added: added.slice(0, NAMED), changed: [], gone: gone.slice(0, NAMED) },
    compared: true,
  };
}

/** Entries that an address is on, from its text. */
function addressHits(intel: Intel, text: string): ReturnType<Intel['address']> {
  const bytes = parseAddress(text);
  if (!bytes) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return intel.address(
    Uint32Array.from({ length: 4 }, (_, i) => view.getUint32(i * 4)),
    0,
  );
}

/** Entries for what very many use. */
function doubtful(intel: Intel): string[] {
  const found: string[] = [];
  for (const { kind, text } of wellKnown()) {
    if (found.length >= DOUBTFUL) break;
    // An entry for all names below another is not one for this name.
    const hits = kind === 'address' ? addressHits(intel, text) : intel.name(text);
    const own = hits.some(({ value }) => value.replace(/^\*\./, '').toLowerCase() === text);
    if (own) found.push(kind === 'address' ? doubtOfAddress(text) : doubtOfName(text));
  }
  return found;
}

/** @throws SondeError where a file cannot be read, or nothing of it is an indicator */
export async function readList({ kind, from, before, folder, at }: ReadData): Promise<ReadList> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files: string[] = [];
  const hash = createHash('sha256');
  try {
    for (const one of from) {
      const name = `${randomBytes(16).toString('hex')}.list`;
      files.push(name);
      hash.update(await copied(one, join(folder, name)));
    }
    const paths = files.map((name) => join(folder, name));
    const names = new Map(paths.map((path, i) => [path, from[i]!.name]));
    const intel = await Intel.load({ files: paths, allowed: [], now: () => at });
    const reports = intel.report();
    const sum = (of: (report: (typeof reports)[number]) => number): number =>
      reports.reduce((all, one) => all + of(one), 0);
    const entries = sum(({ indicators }) => indicators);
    const unseen = sum((one) => one.unseen);
    const expired = sum((one) => one.expired);
    if (entries + unseen + expired === 0) {
      const named = from.map(({ name }) => name).join(', ');
      throw new SondeError(
        'bad-request',
        `${named}: no entry of it is understood`,
        named,
        'Choose a list of indicators.',
      );
    }
    const format = [...new Set(reports.map((one) => one.format))].join(', ');
    const refused = intel.refused.slice(0, REFUSED).map(({ file, line, reason }) => {
      return { file: names.get(file) ?? file, line, sid: 0, keyword: '', reason };
    });
    return {
      list: { format, entries, expired, unseen, doubtful: kind === 'list' ? doubtful(intel) : [], files },
      refused,
      refusedTotal: sum((one) => one.refused),
      sha256: hash.digest('hex'),
      diff: await compare(
        before.map((name) => join(folder, name)),
        paths,
        entries,
      ),
    };
  } catch (error) {
    await removeLists(folder, files);
    throw error;
  }
}

/** Files of lists that nobody names any more. */
export async function removeLists(folder: string, files: readonly string[]): Promise<void> {
  for (const name of files) await rm(join(folder, name), { force: true });
}
