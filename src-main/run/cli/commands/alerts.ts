/** `sonde alerts`: the queue of a database, what is tried again or thrown away, tests of channels, secrets in the key file. */
import { existsSync } from 'node:fs';
import type { AlertDelivery, ChannelQueue, ChosenDeliveries } from '../../../../src-shared/contract/topics/alerts.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { CHANNEL_KINDS } from '../../../keep/alerts/channels/registry.ts';
import { attempt, type Sender } from '../../../keep/alerts/attempt.ts';
import { KeyFileSecrets } from '../../../keep/alerts/key-file.ts';
import { alertKey, testAlert } from '../../../keep/alerts/make.ts';
import { fileSenders, keptSender, kindNamed } from '../../../keep/alerts/senders.ts';
import { openStore } from '../../../keep/store/client.ts';
import { openReaders } from '../../../keep/store/readers.ts';
import type { AlertQueue } from '../../../keep/store/queries/alerts.ts';
import type { Store } from '../../../keep/store/types.ts';
import { dataFolder } from '../../paths.ts';
import { workerUrl } from '../../pipeline/workers.ts';
import { helpOf, parseArguments, usageError, type CommandSpec, type Parsed } from '../arguments.ts';
import { EXIT, say } from '../errors.ts';
import { readSettingsFile } from '../settings-file.ts';
import { alertQueuePath } from '../watch-alerts.ts';
import { plural, printable } from '../words.ts';

export const ALERTS: CommandSpec = {
  name: 'alerts',
  usage: 'sonde alerts [list|retry|drop|test|secret] [CHANNEL|NAME] [--db FILE] [options]',
  summary:
    'Alerts on their way. `list` (the default) shows each channel and what was given up; `retry CHANNEL` tries that again,\n' +
    '`drop CHANNEL` throws it away; `test CHANNEL` sends a test now and tells the answer; `secret NAME` reads a secret from\n' +
    'standard input and keeps it in the key file, for settings that refer to it (nothing there: it is forgotten).',
  options: [
    { name: 'db', value: 'FILE', help: 'the database (default: the queue of sonde watch without --db)' },
    { name: 'id', value: 'N', help: 'retry, drop: only this one of the list', repeatable: true },
    { name: 'settings', value: 'FILE', help: 'test: a channel of this file instead of one of the database' },
    { name: 'json', help: 'list: print one JSON document (schema sonde.alerts/1)' },
    { name: 'help', help: 'show this' },
  ],
};

const ACTIONS = ['list', 'retry', 'drop', 'test', 'secret'] as const;
type Action = (typeof ACTIONS)[number];
const TEST_MS = 15_000;
const SECRET_MAX = 16_384;
const LISTED = 20;

const time = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

function channelWords({ name, waiting, delivered, dead, held, failingSince, lastAnswer }: ChannelQueue): string {
  const counts = `${delivered} delivered, ${waiting} waiting, ${dead} given up`;
  const digest = held > 0 ? `, ${held} for the next digest` : '';
  const failing = failingSince === null ? '' : `; failing since ${time(failingSince)}`;
  const answer = lastAnswer === '' ? '' : `\n  last answer: ${printable(lastAnswer)}`;
  return `${printable(name)}: ${counts}${digest}${failing}${answer}`;
}

function deadWords({ id, channel, madeAt, attempts, title, words }: AlertDelivery): string {
  return `  ${id}  ${channel}  ${time(madeAt)}  ${printable(title)}: ${plural(attempts, 'attempt')}, ${printable(words)}`;
}

function listWords({ channels, dead }: AlertQueue): string {
  if (channels.length === 0) return 'No alert was ever to be sent.';
  const shown = dead.slice(0, LISTED).map(deadWords);
  const more = dead.length > LISTED ? [`  … and more (--json tells ${dead.length})`] : [];
  const given = dead.length === 0 ? [] : ['Given up:', ...shown, ...more];
  return [...channels.map(channelWords), ...given].join('\n');
}

/** @throws SondeError `not-found`: looking must not make a database */
function databaseOf(parsed: Parsed): string {
  const path = parsed.value('db') ?? alertQueuePath();
  if (existsSync(path)) return path;
  const cure = parsed.on('db') ? 'Check the name.' : 'Name a database with --db FILE.';
  throw new SondeError('not-found', `${path}: no such file`, path, cure);
}

async function withStore<T>(path: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(path, workerUrl('keep/store/store.worker'));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** The store is opened first: it brings an older database up to date. */
function queueOf(path: string): Promise<AlertQueue> {
  return withStore(path, async () => {
    const readers = openReaders(path, workerUrl('keep/store/reader.worker'), 1);
    try {
      return await readers.ask('alertQueue', []);
    } finally {
      await readers.close();
    }
  });
}

function chosenOf(parsed: Parsed, channel: string | undefined, action: Action): ChosenDeliveries {
  const ids = parsed.values('id');
  if (ids.length === 0 && channel !== undefined) return { channel };
  if (ids.length === 0 || channel !== undefined) {
    throw usageError(
      `alerts ${action}: a channel or numbers?`,
      action,
      `Write sonde alerts ${action} CHANNEL, or --id N.`,
    );
  }
  const wrong = ids.find((id) => !/^[1-9]\d{0,14}$/.test(id));
  if (wrong !== undefined) throw usageError(`--id ${wrong}: not a number`, '--id', 'sonde alerts list shows them.');
  return { ids: ids.map(Number) };
}

function named(channel: string | undefined, action: Action, what: string): string {
  if (channel !== undefined) return channel;
  throw usageError(`alerts ${action}: ${what} is missing`, action, `Write sonde alerts ${action} ${what}.`);
}

function noChannel(id: string): SondeError {
  return new SondeError('not-found', `${id}: there is no such channel`, id, 'Check its id.');
}

/** @throws SondeError */
async function senderNamed(id: string, parsed: Parsed): Promise<Sender> {
  const secrets = new KeyFileSecrets(dataFolder());
  const file = parsed.value('settings');
  if (file !== undefined) {
    const channel = (await readSettingsFile(file)).channels.find((each) => each.id === id);
    if (!channel) throw noChannel(id);
    const [sender] = await fileSenders([{ ...channel, enabled: true }], CHANNEL_KINDS, secrets);
    if (!sender) throw noChannel(id);
    return sender;
  }
  const kept = await withStore(databaseOf(parsed), (store) => store.alertChannels());
  const channel = kept.find((each) => each.id === id);
  if (!channel) throw noChannel(id);
  return keptSender(channel, kindNamed(CHANNEL_KINDS, channel.kind, id), secrets, 0);
}

async function test(id: string, parsed: Parsed): Promise<number> {
  const sender = await senderNamed(id, parsed);
  const at = Date.now();
  const alert = testAlert(alertKey('test', id, String(at), String(process.pid)), { at, sensor: 'sonde' });
  const never = new AbortController().signal;
  const { ok, words } = await attempt(sender, alert, TEST_MS, never, Date.now);
  const took = `${((Date.now() - at) / 1000).toFixed(1)} s`;
  if (ok) process.stdout.write(`Sent in ${took}. The answer: ${printable(words)}\n`);
  else say(`${id}: not sent (${took}): ${words}`);
  return ok ? EXIT.DONE : EXIT.PARTIAL;
}

async function secretInput(): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > SECRET_MAX)
      throw usageError('standard input is larger than a secret is', 'secret', 'Give the secret alone.');
    parts.push(part);
  }
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

async function secret(name: string): Promise<string> {
  if (!/^[A-Za-z][A-Za-z0-9._-]{0,99}$/.test(name)) {
    throw usageError(
      `${name}: no name of a secret`,
      name,
      'Use letters, digits, dots and hyphens, as in ops-hook.token.',
    );
  }
  const given = await secretInput();
  await new KeyFileSecrets(dataFolder()).set(name, given);
  return given === '' ? `${name} is forgotten.` : `${name} is kept. Refer to it as { "key": "${name}" }.`;
}

async function act(action: Action, object: string | undefined, parsed: Parsed): Promise<number> {
  let words: string;
  switch (action) {
    case 'list': {
      const queue = await queueOf(databaseOf(parsed));
      words = parsed.on('json') ? JSON.stringify({ schema: 'sonde.alerts/1', ...queue }, null, 1) : listWords(queue);
      break;
    }
    case 'retry':
    case 'drop': {
      const chosen = chosenOf(parsed, object, action);
      const count = await withStore(databaseOf(parsed), (store) =>
        action === 'retry' ? store.retryDeliveries(chosen) : store.dropDeliveries(chosen),
      );
      words =
        action === 'retry' ? `${plural(count, 'alert')} will be tried again.` : `${plural(count, 'alert')} dropped.`;
      break;
    }
    case 'test':
      return test(named(object, action, 'CHANNEL'), parsed);
    case 'secret':
      words = await secret(named(object, action, 'NAME'));
  }
  process.stdout.write(`${words}\n`);
  return EXIT.DONE;
}

export async function alertsCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(ALERTS, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(ALERTS));
    return EXIT.DONE;
  }
  const [given = 'list', object, more] = parsed.files;
  const action = ACTIONS.find((each) => each === given);
  if (!action) throw usageError(`alerts ${given}: no such action`, given, `Choose one of ${ACTIONS.join(', ')}.`);
  if (more !== undefined) throw usageError(`${more}: one channel at a time`, 'alerts', 'Leave it out.');
  return act(action, object, parsed);
}
