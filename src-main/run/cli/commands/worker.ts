/** `sonde worker`: what a fleet's sensors saw, put together and analysed as one. */
import { randomUUID, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { SHARDS_MAX } from '../../fleet/names.ts';
import { RedisTransport, type RedisOptions } from '../../fleet/transport/redis.ts';
import { tooLargeWords } from '../../fleet/transport/refusals.ts';
import { readSensorKeys } from '../../fleet/wire/keys.ts';
import { IncidentFile } from '../../fleet/follow/incident-file.ts';
import { rollOut } from '../../fleet/worker/models.ts';
import type { WorkerEvent } from '../../fleet/worker/events.ts';
import { Worker } from '../../fleet/worker/worker.ts';
import { openStore } from '../../../keep/store/client.ts';
import { workerUrl } from '../../pipeline/workers.ts';
import { helpOf, parseArguments, usageError, wholeNumber, type CommandSpec, type Parsed } from '../arguments.ts';
import { EXIT, reportError, say } from '../errors.ts';
import { nameOf, SERVER_OPTIONS, serverOf } from '../../fleet/options.ts';
import { judgementOf } from '../judgement.ts';
import { scoringModels } from '../model.ts';
import { refuseOverwriting } from '../outputs.ts';
import { stopOnSignals } from '../signals.ts';
import { workerWords } from '../worker-words.ts';

const MAX_SEED = 2 ** 32 - 1;
const PATIENCE_S = 60;
const PATIENCE_MAX = 86_400;
const SHARDS = 1;
/** The server is waited for so long at the start, ms. */
const READY_MS = 10_000;

export const WORKER: CommandSpec = {
  name: 'worker',
  usage: 'sonde worker --consume redis://HOST --group NAME --sensors FILE [options]',
  summary:
    'Puts together what the sensors of a site publish, and tells of incidents as one process would that had seen all of it.\n' +
    'Start several with the same group: one works, the others stand by and go on where it was when it is gone. Ctrl-C ends it.',
  options: [
    { name: 'consume', value: 'URL', help: 'the Redis server: redis://USER@HOST:PORT, with TLS rediss://' },
    ...SERVER_OPTIONS,
    { name: 'group', value: 'NAME', help: 'workers of the same group share the work and its result (default main)' },
    { name: 'name', value: 'NAME', help: 'of this worker (default: made from the name of the machine)' },
    { name: 'sensors', value: 'FILE', help: 'the sensors and their public keys (schema sonde.sensors/1)' },
    { name: 'shards', value: 'N', help: `streams a sensor, as the sensors have it (default ${SHARDS})` },
    {
      name: 'patience',
      value: 'S',
      help: `a sensor that sends nothing for so many seconds is not waited for (default ${PATIENCE_S})`,
    },
    { name: 'model', value: 'FILE', help: 'score against this baseline instead of the shipped one' },
    { name: 'no-models', help: 'flows and behaviours only, no learned scores' },
    { name: 'roll-out', value: 'FILE', help: 'make all workers of the group score by this model, and end' },
    { name: 'seed', value: 'N', help: 'random seed (default 1)' },
    { name: 'settings', value: 'FILE', help: "the desk's settings as JSON: networks and devices count" },
    { name: 'db', value: 'FILE', help: 'keep the incidents of the group in this SQLite database' },
    { name: 'once', help: 'end when every sensor has ended and all is told' },
    { name: 'json', help: 'print events as JSON, one a line (schema sonde.worker/1)' },
    { name: 'help', help: 'show this' },
  ],
};

/** A name that no other worker has. */
function madeName(): string {
  const host = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9._-]/g, '-')
    .replace(/^[^a-z0-9]+/, '');
  return `${host.slice(0, 40) || 'worker'}-${randomUUID().slice(0, 8)}`;
}

const groupOf = (parsed: Parsed): string => nameOf(parsed, 'group', 'main');

async function keysOf(parsed: Parsed): Promise<Map<string, KeyObject>> {
  const path = parsed.value('sensors');
  const cure = 'sonde sensor --new-key FILE --name NAME prints what belongs into it.';
  if (path === undefined) throw usageError('--sensors is missing: whose batches count?', '--sensors', cure);
  const keys = await readSensorKeys(path);
  if (keys.size === 0) throw usageError('--sensors names no sensor', '--sensors', cure);
  return keys;
}

async function connect(parsed: Parsed, onTooLarge?: RedisOptions['onTooLarge']): Promise<RedisTransport> {
  const settings = await serverOf(parsed, 'consume');
  const transport = new RedisTransport(settings, onTooLarge ? { onTooLarge } : {});
  try {
    await transport.ready(READY_MS);
    return transport;
  } catch (error) {
    await transport.close();
    throw error;
  }
}

async function send(path: string, parsed: Parsed): Promise<number> {
  const body = await readFile(path).catch((error: unknown) => {
    const said = error instanceof Error ? error.message : String(error);
    throw usageError(`${path} cannot be read (${said})`, '--roll-out', 'Name a model that sonde train has saved.');
  });
  const transport = await connect(parsed);
  try {
    const hash = await rollOut(transport, groupOf(parsed), body, path);
    if (parsed.on('json')) process.stdout.write(`${JSON.stringify({ event: 'rolled-out', sha256: hash })}\n`);
    else process.stdout.write(`Workers of ${groupOf(parsed)} score by ${path} from now on (${hash}).\n`);
    return EXIT.DONE;
  } finally {
    await transport.close();
  }
}

/** The incidents in a database, until it is closed; nothing where none was asked for. @throws SondeError */
async function kept(parsed: Parsed, transport: RedisTransport): Promise<{ close: () => Promise<void> }> {
  const path = parsed.value('db');
  if (path === undefined) return { close: () => Promise.resolve() };
  const store = await openStore(path, workerUrl('keep/store/store.worker'));
  try {
    const onFailure = (error: unknown): void => {
      reportError(error);
    };
    const file = await IncidentFile.open({ transport, group: groupOf(parsed), store, onFailure });
    const close = async (): Promise<void> => {
      try {
        await file.close();
      } finally {
        await store.close();
      }
    };
    return { close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function work(parsed: Parsed): Promise<void> {
  const inputs = ['sensors', 'model', 'settings'].flatMap((name) => parsed.values(name));
  refuseOverwriting(inputs, parsed.value('db'), 'db');
  const keys = await keysOf(parsed);
  const shards = wholeNumber(parsed, 'shards', SHARDS, 1, SHARDS_MAX);
  const patienceMs = wholeNumber(parsed, 'patience', PATIENCE_S, 1, PATIENCE_MAX) * 1000;
  const seed = wholeNumber(parsed, 'seed', 1, 0, MAX_SEED);
  const [group, name] = [groupOf(parsed), nameOf(parsed, 'name', madeName())];
  const { networks, devices } = (await judgementOf(parsed)).judged;
  const { model } = await scoringModels(parsed);
  const stop = new AbortController();
  stopOnSignals(() => stop.abort());
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const onEvent = parsed.on('json')
    ? (event: WorkerEvent): void => print(JSON.stringify(event))
    : workerWords(print, say);
  const transport = await connect(parsed, (key, one) =>
    onEvent({ event: 'notice', code: 'too-large', message: tooLargeWords(key, one) }),
  );
  const once = parsed.on('once');
  const signal = stop.signal;
  try {
    const site = { networks, devices, model, seed, shards, patienceMs };
    const file = await kept(parsed, transport);
    try {
      await new Worker({ ...site, transport, keys, group, name, once, signal, onEvent }).run();
    } finally {
      await file.close();
    }
  } finally {
    await transport.close();
  }
}

export async function workerCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(WORKER, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(WORKER));
    return EXIT.DONE;
  }
  if (parsed.on('model') && parsed.on('no-models')) {
    throw usageError('--model and --no-models contradict each other', '--model', 'Give one of them.');
  }
  const [file] = parsed.files;
  if (file !== undefined) throw usageError(`${file}: a worker reads no files`, 'worker', 'Leave it out.');
  const model = parsed.value('roll-out');
  if (model !== undefined) return send(model, parsed);
  await work(parsed);
  return EXIT.DONE;
}
