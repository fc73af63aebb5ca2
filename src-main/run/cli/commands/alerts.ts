/** `sonde alerts`: the queue of a database, what is tried again or thrown away, tests of channels, secrets in the key file. */
import { CHANNEL_KINDS } from '../../../keep/alerts/channels/registry.ts';
import { attempt, type Sender } from '../../../keep/alerts/attempt.ts';
import { KeyFileSecrets } from '../../../keep/alerts/key-file.ts';
import { alertKey, testAlert } from '../../../keep/alerts/make.ts';
import { fileSender, keptSender, kindNamed } from '../../../keep/alerts/senders.ts';
import { dataFolder } from '../../paths.ts';
import { helpOf, parseArguments, usageError, type CommandSpec, type Parsed } from '../arguments.ts';
import { EXIT, say } from '../errors.ts';
import { readSettingsFile } from '../settings-file.ts';
import { printable } from '../words.ts';
import {
  changeQueue,
  channelNamed,
  chosenOf,
  databaseOf,
  keptNamed,
  listWords,
  ofChannel,
  queueOf,
  shownName,
  withStore,
} from './alerts-queue.ts';

export const ALERTS: CommandSpec = {
  name: 'alerts',
  usage: 'sonde alerts [list|retry|drop|test|secret] [CHANNEL|NAME] [--db FILE] [options]',
  summary:
    'Alerts on their way. `list [CHANNEL]` (the default) shows each channel and what was given up; `retry CHANNEL` tries at\n' +
    'once what was given up, or waits; `drop CHANNEL` throws away what was given up; `test CHANNEL` sends a test now and tells\n' +
    'the answer; `secret NAME` reads a secret from standard input and keeps it in the key file, for settings that refer to it\n' +
    '(nothing there: it is forgotten).\n' +
    'CHANNEL is the name of a channel, or its id.',
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

function named(channel: string | undefined, action: Action, what: string): string {
  if (channel !== undefined) return channel;
  throw usageError(`alerts ${action}: ${what} is missing`, action, `Write sonde alerts ${action} ${what}.`);
}

/** @throws SondeError */
async function senderNamed(text: string, parsed: Parsed): Promise<Sender> {
  const secrets = new KeyFileSecrets(dataFolder());
  const file = parsed.value('settings');
  if (file !== undefined) {
    const { channels } = await readSettingsFile(file);
    const channel = channelNamed(
      channels.map((each) => ({ ...each, name: each.name ?? each.id })),
      text,
    );
    return fileSender(channel, CHANNEL_KINDS, secrets);
  }
  const path = databaseOf(parsed);
  const kept = await withStore(path, (store) => store.alertChannels());
  const channel = keptNamed(kept, await queueOf(path), text);
  return keptSender(channel, kindNamed(CHANNEL_KINDS, channel.kind, channel.name), secrets, 0);
}

async function test(text: string, parsed: Parsed): Promise<number> {
  const sender = await senderNamed(text, parsed);
  const at = Date.now();
  const alert = testAlert(alertKey('test', sender.id, String(at), String(process.pid)), { at, sensor: 'sonde' });
  const never = new AbortController().signal;
  const { ok, words } = await attempt(sender, alert, TEST_MS, never, Date.now);
  const took = `${((Date.now() - at) / 1000).toFixed(1)} s`;
  if (ok) process.stdout.write(`Sent in ${took}. The answer: ${printable(words)}\n`);
  else say(`${shownName(sender)}: not sent (${took}): ${words}`);
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
      const queue = ofChannel(await queueOf(databaseOf(parsed)), object);
      words = parsed.on('json') ? JSON.stringify({ schema: 'sonde.alerts/1', ...queue }, null, 1) : listWords(queue);
      break;
    }
    case 'retry':
    case 'drop': {
      const chosen = chosenOf(parsed, object, action);
      return changeQueue(databaseOf(parsed), action, chosen);
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
