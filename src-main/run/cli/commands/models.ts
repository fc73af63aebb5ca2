/** `sonde models`: the lab's models in a database; which of them score flows, and the way back. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  isDamaged,
  LAB_MODEL_MAX,
  SLOT,
  type LabModelRow,
  type Promotion,
  type RetrainOutcome,
} from '../../../../src-shared/domain/lab-model.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { claimDatabase } from '../../../keep/store/claim.ts';
import { openStore } from '../../../keep/store/client.ts';
import { openReaders, type Readers } from '../../../keep/store/readers.ts';
import type { ModelChange, Store } from '../../../keep/store/types.ts';
import { whenFree, type Patience } from '../../../keep/store/when-free.ts';
import { workerUrl } from '../../pipeline/workers.ts';
import { helpOf, parseArguments, usageError, type CommandSpec, type Parsed } from '../arguments.ts';
import { EXIT, say } from '../errors.ts';
import { stopOnSignals } from '../signals.ts';
import { printable } from '../words.ts';

export const MODELS: CommandSpec = {
  name: 'models',
  usage: 'sonde models [list|add|promote|roll-back|withdraw|remove|retrain] [MODEL|SLOT|FILE] --db FILE [options]',
  summary:
    'The models of the lab that a database keeps. `list` (the default) shows them; `add FILE` takes one in; `promote MODEL`\n' +
    'has it score flows in triage, watch and the desk with this database; `roll-back SLOT` has the one before score again,\n' +
    '`withdraw SLOT` none; `remove MODEL` forgets it; `retrain` does now what the daily schedule does.',
  options: [
    { name: 'db', value: 'FILE', help: 'the database' },
    { name: 'as', value: 'SLOT', help: 'promote: the name it scores under, lab:SLOT (default: its kind of detector)' },
    { name: 'name', value: 'NAME', help: 'add: what it is called (default: the name of the file)' },
    { name: 'why', value: 'TEXT', help: 'goes into the audit log' },
    { name: 'wait', value: 'SECONDS', help: 'for another program that has the database, at most (default 30; 0: not)' },
    {
      name: 'now',
      value: 'TIME',
      help: 'retrain: the time that counts as now (default: now), e.g. 2026-01-31T03:00:00Z',
    },
    { name: 'json', help: 'print one JSON document (schema sonde.models/1)' },
    { name: 'help', help: 'show this' },
  ],
};

const HISTORY = 20;
/** How long another program is waited for, seconds: unless told otherwise, and at most. */
const WAIT_S = 30;
const WAIT_MAX_S = 3600;
const ACTIONS = ['list', 'add', 'promote', 'roll-back', 'withdraw', 'remove', 'retrain'] as const;
type Action = (typeof ACTIONS)[number];
/** As the audit log has it: nobody signs in to a command. */
const USER = 'command line';

interface Context {
  store: Store;
  readers: Readers;
  parsed: Parsed;
  at: number;
  /** What stands behind the action. */
  object: string | undefined;
  /** Each change waits for another program that writes. */
  patience: Patience;
}

const by = ({ parsed, at }: Context): ModelChange => ({ at, user: USER, why: parsed.value('why') ?? '' });

function demand(object: string | undefined, action: Action, what: string): string {
  if (object !== undefined) return object;
  throw usageError(`models ${action}: ${what} is missing`, action, `Write sonde models ${action} ${what} --db FILE.`);
}

/** By its number, or by its name where that is only one's. */
async function modelOf({ readers, object }: Context, action: Action): Promise<LabModelRow> {
  const named = demand(object, action, 'MODEL');
  const all = await readers.ask('listLabModels', []);
  const found = /^\d+$/.test(named)
    ? all.filter(({ id }) => id === Number(named))
    : all.filter(({ name }) => name === named);
  if (found.length === 1) return found[0]!;
  const cure = 'sonde models list --db FILE shows them with their numbers.';
  if (found.length > 1) throw usageError(`${named}: ${found.length} models are called so`, named, 'Give its number.');
  throw new SondeError('not-found', `${named}: there is no such model`, named, cure);
}

/** With `lab:` in front or without. */
function slotOf({ object }: Context, action: Action): string {
  const slot = demand(object, action, 'SLOT').replace(/^lab:/, '');
  if (SLOT.test(slot)) return slot;
  throw usageError(`${slot}: not a name that a model scores under`, slot, 'sonde models list --db FILE shows them.');
}

async function add(context: Context): Promise<string> {
  const { store, parsed, at, object, patience } = context;
  const path = demand(object, 'add', 'FILE');
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const what = `${path}: ${missing ? 'no such file' : 'cannot be read'}`;
    const cure = 'Name a model that sonde train --records has saved.';
    throw new SondeError(missing ? 'not-found' : 'read-failed', what, path, cure, { cause: error });
  }
  if (bytes.length > LAB_MODEL_MAX) throw usageError(`${path}: too large for a model`, path, 'Name a model.');
  const { labModelEntry } = await import('../../pipeline/lab-models.ts');
  const name = parsed.value('name') ?? basename(path);
  const source = { kind: 'import' as const, detail: basename(path) };
  const entry = await labModelEntry(bytes, { name, createdAt: at, user: USER, source });
  const id = await whenFree(() => store.addLabModel(entry), patience);
  const noted = { at, user: USER, action: 'model-import', object: name, detail: basename(path) } as const;
  await whenFree(() => store.addAudit(noted), patience);
  return `${name} is model ${id}.`;
}

function promotionWords({ slot, name, beforeName }: Promotion): string {
  if (name === '') return `Nothing scores as lab:${slot} any more (before: ${beforeName}).`;
  return `${name} scores as lab:${slot} from now on${beforeName === '' ? '' : ` (before: ${beforeName})`}.`;
}

async function act(action: Action, context: Context): Promise<string> {
  const { store, parsed, patience } = context;
  const change = (what: () => Promise<Promotion>): Promise<string> => whenFree(what, patience).then(promotionWords);
  switch (action) {
    case 'list':
      return '';
    case 'add':
      return add(context);
    case 'promote': {
      const row = await modelOf(context, action);
      // One that was damaged since it was kept must not be what scores.
      const { checkKept } = await import('../../pipeline/lab-models.ts');
      await checkKept(row, await context.readers.ask('labModelBytes', [row.id]));
      const slot = parsed.value('as') ?? row.summary.detector;
      return change(() => store.promoteLabModel(row.id, slot, by(context)));
    }
    case 'roll-back': {
      const slot = slotOf(context, action);
      return change(() => store.rollBackLabModel(slot, by(context)));
    }
    case 'withdraw': {
      const slot = slotOf(context, action);
      return change(() => store.withdrawLabModel(slot, by(context)));
    }
    case 'remove': {
      const { id, name } = await modelOf(context, action);
      await whenFree(() => store.removeLabModel(id, by(context)), patience);
      return `${name} is removed.`;
    }
    case 'retrain':
      return retrain(context);
  }
}

async function retrain({ store, readers, at }: Context): Promise<string> {
  const { retrainModels } = await import('../../pipeline/retrain/retrain.ts');
  const stop = new AbortController();
  stopOnSignals(() => stop.abort());
  const run = await retrainModels({
    store,
    readers,
    now: at,
    user: USER,
    trigger: 'by-hand',
    signal: stop.signal,
    ...(process.stderr.isTTY ? { onProgress: say } : {}),
  });
  return run.outcomes.map(outcomeLine).join('\n');
}

const outcomeLine = ({ slot, words }: RetrainOutcome): string => `lab:${slot}: ${words}`;

const lines = (text: string): string => text.split('\n').map(printable).join('\n');

const day = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

function lineOf(row: LabModelRow): string {
  const { id, name, createdAt, summary, promotable, slots } = row;
  const { detector, regime, format, heldBack } = summary;
  const figures = heldBack.rocAuc === null ? '' : `, ROC-AUC ${heldBack.rocAuc.toFixed(3)} on what was held back`;
  const scores = slots.length > 0 ? `scores as ${slots.map((slot) => `lab:${slot}`).join(', ')}` : '';
  const state = scores || (promotable.by === null ? `cannot score flows: ${promotable.reason}` : 'can score flows');
  const what = isDamaged(row) ? 'damaged' : `${detector}, ${regime}, ${format}${figures}`;
  return `${id}  ${name} (${day(createdAt)} UTC): ${what}\n   ${state}`;
}

async function listing({ readers }: Context) {
  return {
    models: await readers.ask('listLabModels', []),
    promotions: await readers.ask('listPromotions', [HISTORY]),
    retrained: await readers.ask('listRetrainRuns', [HISTORY]),
  };
}

/** What stands behind the command's name: an action and its object. */
function asked({ files }: Parsed): { action: Action; object: string | undefined } {
  const [word = 'list', object, more] = files;
  const action = ACTIONS.find((each) => each === word);
  if (!action) throw usageError(`${word}: not one of ${ACTIONS.join(', ')}`, 'models', 'See sonde models --help.');
  if (more !== undefined) throw usageError(`${more}: one at a time`, more, 'Leave it out.');
  if (object !== undefined && (action === 'list' || action === 'retrain')) {
    throw usageError(`models ${action} takes nothing more`, object, 'Leave it out.');
  }
  return { action, object };
}

function timeOf(parsed: Parsed): number {
  const text = parsed.value('now');
  if (text === undefined) return Date.now();
  const at = Date.parse(text);
  if (Number.isFinite(at)) return at;
  throw usageError(`--now ${text}: not a time`, '--now', 'Write for example --now 2026-01-31T03:00:00Z.');
}

function patienceOf(parsed: Parsed, path: string): Patience {
  const text = parsed.value('wait') ?? String(WAIT_S);
  const seconds = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(seconds <= WAIT_MAX_S)) {
    throw usageError(`--wait ${text}: not seconds`, '--wait', `Write a whole number of at most ${WAIT_MAX_S}.`);
  }
  let isSaid = false;
  const onWait = (): void => {
    if (!isSaid) say(`${path}: another program has it; waiting for at most ${seconds} s (Ctrl-C ends that)`);
    isSaid = true;
  };
  return { forMs: seconds * 1000, onWait };
}

export async function modelsCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(MODELS, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(MODELS));
    return EXIT.DONE;
  }
  const { action, object } = asked(parsed);
  const path = parsed.value('db');
  if (path === undefined) throw usageError('--db is missing', '--db', 'Name the database: --db FILE.');
  const at = timeOf(parsed);
  // A desk that has it open would show what was, and its own schedule may be at work.
  const patience = patienceOf(parsed, path);
  const claim = action === 'list' ? undefined : await whenFree(() => claimDatabase(path), patience);
  const opened = whenFree(() => openStore(path, workerUrl('keep/store/store.worker')), patience);
  const store = await opened.catch((error: unknown) => {
    claim?.forget();
    throw error;
  });
  const readers = openReaders(path, workerUrl('keep/store/reader.worker'), 1);
  try {
    const context = { store, readers, parsed, at, object, patience };
    const said = await act(action, context);
    const found = await listing(context);
    if (parsed.on('json')) process.stdout.write(`${JSON.stringify({ schema: 'sonde.models/1', ...found }, null, 1)}\n`);
    else if (action !== 'list') process.stdout.write(`${lines(said)}\n`);
    else if (found.models.length === 0) process.stdout.write(`There are no models in ${printable(path)} yet.\n`);
    else process.stdout.write(`${lines(found.models.map(lineOf).join('\n'))}\n`);
    return EXIT.DONE;
  } finally {
    await readers.close();
    await store.close();
    claim?.release();
  }
}
