/** The queue of alerts in a shell: shown, tried again, thrown away. */
import { existsSync } from 'node:fs';
import type { AlertDelivery, ChannelQueue } from '../../../../src-shared/contract/topics/alerts.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { openStore } from '../../../keep/store/client.ts';
import { openReaders } from '../../../keep/store/readers.ts';
import type { AlertQueue } from '../../../keep/store/queries/alerts.ts';
import { isSending } from '../../../keep/store/sending.ts';
import type { Store } from '../../../keep/store/types.ts';
import { programUser } from '../../api/person.ts';
import { workerUrl } from '../../pipeline/workers.ts';
import { usageError, type Parsed } from '../arguments.ts';
import { EXIT, say } from '../errors.ts';
import { alertQueuePath } from '../watch-alerts.ts';
import { plural, printable } from '../words.ts';

/** Dead letters, channels and numbers that a line or an error names. */
const LISTED = 20;
const NAME_SHOWN = 60;

export interface Named {
  id: string;
  name: string;
}

const clipped = (text: string): string => printable(text.length > NAME_SHOWN ? `${text.slice(0, NAME_SHOWN)}…` : text);

/** As people know it; its id beside it where that is another word. */
export const shownName = ({ id, name }: Named): string =>
  id === name ? clipped(name) : `${clipped(name)} (${clipped(id)})`;

function listed(texts: readonly string[]): string {
  const more = texts.length > LISTED ? [`and ${texts.length - LISTED} more`] : [];
  return [...texts.slice(0, LISTED), ...more].join(', ');
}

/** By its id or its name, as a person writes it. @throws SondeError `not-found`, `usage` where several are called so */
export function channelNamed<C extends Named>(channels: readonly C[], text: string): C {
  const plain = (name: string): string => name.trim().toLowerCase();
  const found = channels.find(({ id }) => id === text);
  const called = found ? [found] : channels.filter(({ name }) => plain(name) === plain(text));
  const [first, second] = called;
  if (first && !second) return first;
  if (first) {
    const ids = listed(called.map(({ id }) => id));
    throw usageError(`${clipped(text)}: several channels are called so`, text, `Name one by its id: ${ids}.`);
  }
  const there = listed(channels.map(shownName));
  const cure = channels.length === 0 ? 'There are no channels here at all.' : `There are: ${there}.`;
  throw new SondeError('not-found', `${clipped(text)}: there is no such channel`, text, cure);
}

/**
 * A channel that is kept in the database.
 * @throws SondeError `not-found`; of one that sent from this queue, and is none of the desk's, with where it comes from
 */
export function keptNamed<C extends Named>(kept: readonly C[], { channels }: AlertQueue, text: string): C {
  const isKept = (id: string): boolean => kept.some((each) => each.id === id);
  const ofFile = channels.map(ofQueue).filter(({ id, name }) => !isKept(id) && (id === text || name === text));
  if (ofFile.length === 0 || kept.some(({ id, name }) => id === text || name === text)) return channelNamed(kept, text);
  const what = `${clipped(text)}: this channel comes from a settings file`;
  throw new SondeError('not-found', what, text, 'Add --settings FILE.');
}

/** Of the queue what belongs to the channel that is named; all of it where none is. @throws SondeError `not-found`, `usage` */
export function ofChannel({ channels, ...rest }: AlertQueue, text: string | undefined): AlertQueue {
  if (text === undefined) return { channels, ...rest };
  const { id } = channelNamed(channels.map(ofQueue), text);
  const one = <D extends { channel: string }>(all: readonly D[]): D[] => all.filter(({ channel }) => channel === id);
  return { ...rest, channels: one(channels), dead: one(rest.dead), latest: one(rest.latest) };
}

const time = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

const ofQueue = ({ channel, name }: ChannelQueue): Named => ({ id: channel, name });

function channelWords(queue: ChannelQueue): string {
  const { waiting, delivered, dead, held, failingSince, lastAnswer } = queue;
  const counts = `${delivered} delivered, ${waiting} waiting, ${dead} given up`;
  const digest = held > 0 ? `, ${held} for the next digest` : '';
  const failing = failingSince === null ? '' : `; failing since ${time(failingSince)}`;
  const answer = lastAnswer === '' ? '' : `\n  last answer: ${printable(lastAnswer)}`;
  return `${shownName(ofQueue(queue))}: ${counts}${digest}${failing}${answer}`;
}

/** `names`: by the ids of channels. */
function deadWords(delivery: AlertDelivery, names: ReadonlyMap<string, string>): string {
  const { id, channel, madeAt, severity, attempts, title, words } = delivery;
  const name = clipped(names.get(channel) ?? channel);
  const tried = `${plural(attempts, 'attempt')}, ${printable(words)}`;
  return `  ${id}  ${name}  ${time(madeAt)}  ${severity}: ${printable(title)} (${tried})`;
}

export function listWords({ channels, dead }: AlertQueue): string {
  if (channels.length === 0) return 'No alert was ever to be sent.';
  const names = new Map(channels.map(({ channel, name }) => [channel, name]));
  const shown = dead.slice(0, LISTED).map((each) => deadWords(each, names));
  const more = dead.length > LISTED ? [`  … and more (--json tells ${dead.length})`] : [];
  const given = dead.length === 0 ? [] : ['Given up:', ...shown, ...more];
  return [...channels.map(channelWords), ...given].join('\n');
}

/** @throws SondeError `not-found`: looking must not make a database */
export function databaseOf(parsed: Parsed): string {
  const path = parsed.value('db') ?? alertQueuePath();
  if (existsSync(path)) return path;
  const cure = parsed.on('db') ? 'Check the name.' : 'Name a database with --db FILE.';
  throw new SondeError('not-found', `${path}: no such file`, path, cure);
}

export async function withStore<T>(path: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(path, workerUrl('keep/store/store.worker'));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function readQueue(path: string): Promise<AlertQueue> {
  const readers = openReaders(path, workerUrl('keep/store/reader.worker'), 1);
  try {
    return await readers.ask('alertQueue', []);
  } finally {
    await readers.close();
  }
}

/** The store is opened first: it brings an older database up to date. */
export const queueOf = (path: string): Promise<AlertQueue> => withStore(path, () => readQueue(path));

export type QueueAction = 'retry' | 'drop';

type Chosen = { ids: number[] } | { channel: string };

/** @throws SondeError `usage` */
export function chosenOf(parsed: Parsed, channel: string | undefined, action: QueueAction): Chosen {
  const ids = parsed.values('id');
  if (ids.length === 0 && channel !== undefined) return { channel };
  if (ids.length === 0 || channel !== undefined) {
    const what =
      ids.length === 0 ? 'neither a channel nor a number was given' : 'both a channel and numbers were given';
    throw usageError(`alerts ${action}: ${what}`, action, `Write sonde alerts ${action} CHANNEL, or --id N.`);
  }
  const wrong = ids.find((id) => !/^[1-9]\d{0,14}$/.test(id));
  if (wrong !== undefined)
    throw usageError(`--id ${clipped(wrong)}: not a number`, '--id', 'sonde alerts list shows them.');
  return { ids: [...new Set(ids.map(Number))] };
}

const DONE: Readonly<Record<QueueAction, (count: number) => string>> = {
  retry: (count) => `${plural(count, 'alert')} will be tried again.`,
  drop: (count) => `${plural(count, 'alert')} dropped.`,
};
const NOTHING: Readonly<Record<QueueAction, string>> = {
  retry: 'There is nothing of it that was given up, or waits for its next attempt.',
  drop: 'There is nothing of it that was given up.',
};
const NOTED: Readonly<Record<QueueAction, string>> = { retry: 'tried again', drop: 'dead letters thrown away' };

interface Outcome {
  count: number;
  /** Numbers of which there was nothing to do. */
  missed: number[];
}

async function carryOut(store: Store, action: QueueAction, chosen: Chosen): Promise<Outcome> {
  const act = (some: Chosen): Promise<number> =>
    action === 'retry' ? store.retryDeliveries(some) : store.dropDeliveries(some);
  if ('channel' in chosen) return { count: await act(chosen), missed: [] };
  const missed: number[] = [];
  for (const id of chosen.ids) if ((await act({ ids: [id] })) === 0) missed.push(id);
  return { count: chosen.ids.length - missed.length, missed };
}

function noneOf(missed: readonly number[], { dead }: AlertQueue): SondeError {
  const what = `--id ${listed(missed.map(String))}: no alert of that number was given up`;
  const there = listed(dead.map(({ id }) => String(id)));
  const cure = dead.length === 0 ? 'None was given up here.' : `Given up were: ${there}.`;
  return new SondeError('not-found', what, '--id', cure);
}

/** What is said of it, and the exit code. @throws SondeError `not-found` where what is named is not there */
export async function changeQueue(path: string, action: QueueAction, given: Chosen): Promise<number> {
  return withStore(path, async (store) => {
    const queue = await readQueue(path);
    const chosen =
      'channel' in given ? { channel: channelNamed(queue.channels.map(ofQueue), given.channel).id } : given;
    const { count, missed } = await carryOut(store, action, chosen);
    if (count === 0 && missed.length > 0) throw noneOf(missed, queue);
    if (count > 0) {
      const detail = `${count} ${NOTED[action]} by sonde alerts`;
      await store.addAudit({ at: Date.now(), user: programUser(), action: 'settings', object: 'alert queue', detail });
    }
    process.stdout.write(`${count > 0 ? DONE[action](count) : NOTHING[action]}\n`);
    if (action === 'retry' && count > 0) process.stdout.write(`${whoSends(path)}\n`);
    if (missed.length === 0) return EXIT.DONE;
    say(noneOf(missed, queue).message);
    return EXIT.PARTIAL;
  });
}

function whoSends(path: string): string {
  return isSending(path)
    ? 'The desk or the sonde watch that runs with this queue sends within 30 seconds.'
    : 'Nothing is sending from this queue now: it goes out when the desk, or sonde watch, runs with it again.';
}
