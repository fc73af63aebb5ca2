/** `sonde sensor`: captures and meters here, and publishes what was seen for workers elsewhere. */
import { join } from 'node:path';
import type { LiveSource } from '../../pipeline/live/source.ts';
import type { SensorEvent } from '../../fleet/sensor/events.ts';
import { helpOf, parseArguments, usageError, wholeNumber, type CommandSpec, type Parsed } from '../arguments.ts';
import { EXIT, say } from '../errors.ts';
import { nameOf, SERVER_OPTIONS, serverOf } from '../../fleet/options.ts';
import { HANDING_OPTIONS, handingOf, handOut } from '../sensor-packets.ts';
import { stopOnSignals } from '../signals.ts';
import { DURATION_MAX, sizeOf, SNAPLEN_MAX, sourceOf, speedOf } from '../watch-source.ts';
import { SHARDS_MAX } from '../../fleet/names.ts';

const SHARDS = 1;
const RETENTION = 100_000;
const RETENTION_MAX = 1e9;
const SPOOL_SIZE = 1024 ** 3;
const MEMORY = 16 << 20;
const HOSTS_WORDS =
  'Watches a network card, or reads captures, and publishes flows, host windows and what protocols said to a Redis\n' +
  'server, from which sonde worker takes them. What hosts said to each other is not sent. Ctrl-C ends it.';

/** Numbers of runs only rise, and clocks give them: one near the end of what is exact would leave no other. */
const RUN_MAX = 2 ** 51;

export const SENSOR: CommandSpec = {
  name: 'sensor',
  usage: 'sonde sensor --interface NAME | --file FILE --publish rediss://… --name NAME --key FILE [options]',
  summary: HOSTS_WORDS,
  options: [
    { name: 'interface', value: 'NAME', help: 'network card to watch (see sonde interfaces)' },
    { name: 'file', value: 'FILE', help: 'read this capture instead; may be given more than once', repeatable: true },
    { name: 'publish', value: 'URL', help: 'the Redis server: redis://[user@]host[:port], rediss:// for TLS' },
    { name: 'name', value: 'NAME', help: 'what this sensor is called, different from all others' },
    { name: 'key', value: 'FILE', help: 'its private key, with which it signs what it sends' },
    { name: 'new-key', value: 'FILE', help: 'make such a key, print its line for the list of sensors, and end' },
    ...SERVER_OPTIONS,
    { name: 'shards', value: 'N', help: `streams that its hosts are spread over (default ${SHARDS})` },
    { name: 'retention', value: 'N', help: `batches that each stream keeps at most (default ${RETENTION})` },
    { name: 'spool', value: 'DIR', help: 'keep what cannot be sent in this folder (default: 16 MB in memory only)' },
    { name: 'spool-size', value: 'SIZE', help: 'of all that waits there, e.g. 500M or 2G (default 1G)' },
    { name: 'with-payload', help: 'send what behaviours read of payloads too: bodies of requests, first bytes' },
    ...HANDING_OPTIONS,
    { name: 'speed', value: 'N|max', help: 'of a file: so many seconds of packets a second (default max)' },
    { name: 'run', value: 'N', help: 'number of this run (default: time of the first packet, or of the start)' },
    { name: 'filter', value: 'BPF', help: 'capture only what this filter lets through, e.g. "not port 22"' },
    { name: 'snaplen', value: 'N', help: `bytes of a packet that are captured (default ${SNAPLEN_MAX})` },
    { name: 'duration', value: 'S', help: 'end after so many seconds' },
    { name: 'wait', value: 'S', help: 'for a card that went away (default 600)' },
    { name: 'json', help: 'print events as JSON, one a line (schema sonde.sensor-events/1)' },
    { name: 'help', help: 'show this' },
  ],
};

function needed(parsed: Parsed, option: string, cure: string): string {
  const value = parsed.value(option);
  if (value !== undefined) return value;
  throw usageError(`--${option} is missing`, `--${option}`, cure);
}

async function newKey(parsed: Parsed, path: string): Promise<number> {
  const { makeKey } = await import('../../fleet/wire/keys.ts');
  const name = nameOf(parsed, 'name');
  const key = await makeKey(path);
  process.stdout.write(`${JSON.stringify({ name, key })}\n`);
  return EXIT.DONE;
}

function forPeople(event: SensorEvent): void {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  switch (event.event) {
    case 'started':
      return print(`Sensor ${event.sensor} reads ${event.interface} and publishes to ${event.server}.`);
    case 'stats':
      return;
    case 'notice':
    case 'error':
      return say(event.message);
    case 'ended': {
      const { packets, flows, published, spool } = event.stats;
      const left = spool.batches > 0 ? ` ${spool.batches} batches wait in the spool.` : '';
      const lost = spool.lostFlows > 0 ? ` ${spool.lostFlows} flows were lost.` : '';
      return print(
        `${packets} packets, ${flows} flows; ${published.batches} batches of ${published.bytes} bytes sent.${left}${lost}`,
      );
    }
  }
}

/** What is read: files, or a card that was opened. */
async function readingOf(
  parsed: Parsed,
  signal: AbortSignal,
): Promise<LiveSource | { files: readonly string[]; speed: number | 'max' }> {
  const files = parsed.values('file');
  if (files.length > 0 === parsed.on('interface') || parsed.files.length > 0) {
    throw usageError('sensor needs a network card or a file', 'sensor', 'Write --interface NAME, or --file FILE.');
  }
  const foreign = (files.length > 0 ? ['filter', 'snaplen', 'wait'] : ['speed']).find((name) => parsed.on(name));
  if (foreign !== undefined)
    throw usageError(`--${foreign} does not go with this source`, `--${foreign}`, 'Leave it out.');
  return files.length > 0 ? { files, speed: speedOf(parsed, 'max') } : sourceOf(parsed, signal);
}

export async function sensorCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(SENSOR, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(SENSOR));
    return EXIT.DONE;
  }
  const fresh = parsed.value('new-key');
  if (fresh !== undefined) return newKey(parsed, fresh);
  const name = nameOf(parsed, 'name');
  const settings = await serverOf(parsed, 'publish');
  const keyFile = needed(parsed, 'key', `Make one: sonde sensor --new-key FILE --name ${name}`);
  const shards = wholeNumber(parsed, 'shards', SHARDS, 1, SHARDS_MAX);
  const retention = wholeNumber(parsed, 'retention', RETENTION, 1, RETENTION_MAX);
  const run = parsed.on('run') ? wholeNumber(parsed, 'run', 1, 0, RUN_MAX) : undefined;
  const spool = spoolOf(parsed, name);
  const duration = parsed.on('duration') ? wholeNumber(parsed, 'duration', 60, 1, DURATION_MAX) * 1000 : undefined;
  const { readPrivateKey } = await import('../../fleet/wire/keys.ts');
  const key = await readPrivateKey(keyFile);
  const handing = await handingOf(parsed);
  const { RedisTransport } = await import('../../fleet/transport/redis.ts');
  const { runSensor } = await import('../../fleet/sensor/sensor.ts');
  const stop = new AbortController();
  stopOnSignals(() => stop.abort());
  const source = await readingOf(parsed, stop.signal);
  const timer = duration === undefined ? undefined : setTimeout(() => stop.abort(), duration);
  const transport = new RedisTransport(settings);
  const onEvent = parsed.on('json')
    ? (event: SensorEvent) => void process.stdout.write(`${JSON.stringify(event)}\n`)
    : forPeople;
  const withPayload = parsed.on('with-payload');
  try {
    const packets = handing && (await handOut(handing, onEvent));
    const options = { name, key, transport, shards, retention, withPayload, spool, source, run, onEvent, packets };
    const { isAllSent } = await runSensor({ ...options, signal: stop.signal });
    return isAllSent ? EXIT.DONE : EXIT.PARTIAL;
  } finally {
    clearTimeout(timer);
    if (!('files' in source)) await source.close();
    await transport.close();
  }
}

function spoolOf(parsed: Parsed, name: string): { folder?: string; disk: number; memory: number } {
  const folder = parsed.value('spool');
  if (folder === undefined && parsed.on('spool-size')) {
    throw usageError('--spool-size without --spool', '--spool-size', 'Name the folder with --spool DIR.');
  }
  const disk = sizeOf(parsed, 'spool-size') ?? SPOOL_SIZE;
  return { memory: MEMORY, disk, ...(folder === undefined ? {} : { folder: join(folder, name) }) };
}
