import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { Ajv } from 'ajv';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../../src-main/keep/alerts/types.ts';
import { KeyFileSecrets } from '../../../src-main/keep/alerts/key-file.ts';
import type { AlertQueue } from '../../../src-main/keep/store/queries/alerts.ts';
import { openReaders } from '../../../src-main/keep/store/readers.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { calm, scan } from '../cli/captures.ts';
import { MAIN, type Ran } from '../cli/run.ts';
import { pcapFile } from '../../generator/write.ts';

const SLOW = 180_000;
const SECRET = 'planted-secret-8d41f0';
/** From the packet that decides an incident to its delivery at most, ms. */
const LATENCY_MS = 5000;

interface Taken {
  at: number;
  path: string;
  headers: IncomingHttpHeaders;
  alert: Alert;
}

let folder: string;
let data: string;
let server: Server;
let taken: Taken[];
let status: (path: string) => number;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-watch-alerts-'));
  data = join(folder, 'data');
  mkdirSync(join(data, 'sonde'), { recursive: true, mode: 0o700 });
  taken = [];
  status = () => 200;
  server = createServer((request, answer) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const path = request.url ?? '';
      const code = status(path);
      if (code === 0) return;
      if (code === 200)
        taken.push({ at: Date.now(), path, headers: request.headers, alert: JSON.parse(body) as Alert });
      // Whoever is told when to come again does so; by its own back-off it may wait longer than a run lasts.
      const headers = code === 503 ? { 'retry-after': '1' } : {};
      answer.writeHead(code, headers).end(`thanks, you said ${SECRET}`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  rmSync(folder, { recursive: true, force: true });
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

interface Line {
  /** When it came. */
  at: number;
  event: { event: string; state?: string; uid?: string; code?: string; message?: string; latencyMs?: number | null };
}

/** `sonde watch --json …` with a data folder of its own; each line with the time at which it came. */
function watch(...args: string[]): Promise<Ran & { lines: Line[] }> {
  return watchWith(() => undefined, ...args);
}

/** `onLine`: called as each comes. */
function watchWith(onLine: (line: Line) => void, ...args: string[]): Promise<Ran & { lines: Line[] }> {
  const child = spawn(process.execPath, [MAIN, 'watch', '--json', '--no-models', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, XDG_DATA_HOME: data, OPS_SECRET: SECRET },
  });
  const lines: Line[] = [];
  let stdout = '';
  let stderr = '';
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const parts = `${rest}${text}`.split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      lines.push({ at: Date.now(), event: JSON.parse(part) as Line['event'] });
      onLine(lines.at(-1)!);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr, lines })));
}

function settings(change: object): string {
  const path = join(folder, 'settings.json');
  writeFileSync(path, JSON.stringify({ schema: 'sonde.settings/1', ...change }));
  return path;
}

const hook = (id: string, change: object = {}): object => ({
  id,
  kind: 'webhook',
  settings: { url: `${origin()}/${id}`, allowPrivate: true, signingSecret: { env: 'OPS_SECRET' }, ...change },
});

function capture(packets: { ts: bigint; data: Uint8Array }[]): string {
  const path = join(folder, 'traffic.pcap');
  writeFileSync(path, pcapFile(packets));
  return path;
}

/** A scan, and a little traffic two seconds later: the capture goes on while the incident is decided. */
function scanned(): string {
  const packets = scan(300);
  const last = packets.at(-1)?.ts ?? 0n;
  const first = calm()[0]?.ts ?? 0n;
  const after = [3n, 5n].flatMap((s) =>
    calm().map(({ ts, data: bytes }) => ({ ts: ts - first + last + s * 1_000_000_000n, data: bytes })),
  );
  return capture([...packets, ...after]);
}

async function readQueue(path: string): Promise<AlertQueue> {
  const readers = openReaders(path, workerUrl('keep/store/reader.worker'), 1);
  try {
    return await readers.ask('alertQueue', []);
  } finally {
    await readers.close();
  }
}

/** Everything below a folder, as one text. */
function everything(path: string): string {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

describe('sonde watch --settings', () => {
  it(
    'delivers what it tells within five seconds, signed, and keeps no secret anywhere',
    async () => {
      const file = settings({ channels: [hook('ops')], alerts: { sensor: 'attic' } });
      const ran = await watch('--replay', scanned(), '--settings', file);
      expect(ran.stderr).toBe('');
      expect(ran.code).toBe(0);
      expect(ran.lines.at(-1)?.event).toMatchObject({
        event: 'ended',
        alerts: { delivered: taken.length, waiting: 0, givenUp: 0, lost: 0 },
      });
      const opened = ran.lines.find(({ event }) => event.event === 'incident' && event.state === 'open');
      expect(taken.length).toBeGreaterThanOrEqual(1);
      const [first] = taken;
      expect(first?.alert).toMatchObject({ schema: 'sonde.alert/1', reason: 'opened', sensor: 'attic' });
      expect(first?.alert.incident?.uid).toBe(opened?.event.uid);
      expect(first?.headers['idempotency-key']).toBe(first?.alert.key);
      expect(first?.headers['sonde-signature']).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
      // From the packet that decided it to the line, and from there to the delivery; these two may come in either order.
      const { latencyMs = null } = opened?.event ?? {};
      expect(latencyMs).not.toBeNull();
      expect((latencyMs ?? Infinity) + Math.max(0, (first?.at ?? Infinity) - (opened?.at ?? 0))).toBeLessThan(
        LATENCY_MS,
      );
      expect(everything(data)).toContain('SQLite format 3');
      expect(everything(data)).not.toContain(SECRET);
      expect(ran.stdout + ran.stderr).not.toContain(SECRET);
    },
    SLOW,
  );

  it(
    'prints what it printed before, and says what does not get through',
    async () => {
      status = (path) => (path === '/bad' ? 403 : 200);
      const file = settings({
        channels: [hook('ops'), hook('bad')],
        routes: [{ channels: ['ops', 'bad'], severity: 'info' }],
      });
      const ran = await watch('--replay', scanned(), '--settings', file, '--db', join(folder, 'kept.db'));
      expect(ran.code).toBe(0);
      const schema = JSON.parse(readFileSync(resourcePath('schemas', 'sonde.watch-1.schema.json'), 'utf8')) as object;
      const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);
      for (const { event } of ran.lines) expect(validate(event), JSON.stringify(validate.errors)).toBe(true);
      const notices = ran.lines.filter(({ event }) => event.event === 'notice').map(({ event }) => event);
      expect(notices[0]).toMatchObject({ code: 'alerts-given-up' });
      expect(notices[0]?.message).toContain('An alert through bad was given up: 403 thanks, you said');
      const ended = ran.lines.at(-1)?.event as { event: string; alerts?: { givenUp: number } };
      expect(ended).toMatchObject({ event: 'ended', alerts: { delivered: taken.length, waiting: 0, lost: 0 } });
      expect(ended.alerts?.givenUp).toBeGreaterThanOrEqual(1);
      expect(ran.stdout + ran.stderr + everything(folder).replaceAll(`"OPS_SECRET"`, '')).not.toContain(SECRET);
      expect(new Set(taken.map(({ path }) => path))).toEqual(new Set(['/ops']));
    },
    SLOW,
  );

  it(
    'keeps what could not be sent, and sends it the next time it runs, under the same key',
    async () => {
      status = () => 503;
      const file = settings({ channels: [{ ...hook('ops'), name: 'Operations' }] });
      const first = await watch('--replay', scanned(), '--speed', 'max', '--settings', file);
      expect(first.stderr).toContain('Some alerts are not delivered yet.');
      expect(first.lines.at(-1)?.event).toMatchObject({ event: 'ended', alerts: { delivered: 0, givenUp: 0 } });
      expect(first.lines.at(-1)?.event).not.toMatchObject({ alerts: { waiting: 0 } });
      expect(taken).toEqual([]);
      // Its queue is looked at later, and calls the channel as the file does.
      const queue = await readQueue(join(data, 'sonde', 'alerts.sqlite'));
      expect(queue.channels).toMatchObject([{ channel: 'ops', name: 'Operations', delivered: 0 }]);
      status = () => 200;
      const second = await watch('--replay', capture(calm()), '--settings', file);
      expect(second.stderr).toBe('');
      expect(taken.length).toBeGreaterThanOrEqual(1);
    },
    SLOW,
  );

  it(
    'sends past the queue what it does not take; ends with 4 and says how many are lost where that fails, too',
    async () => {
      status = (path) => (path === '/bad' ? 503 : 200);
      const file = settings({ channels: [hook('ops'), hook('bad')] });
      let lock: Database.Database | undefined;
      const ran = await watchWith(
        ({ event }) => {
          // From now on nothing can be written into the queue.
          if (event.event !== 'started' || lock) return;
          lock = new Database(join(data, 'sonde', 'alerts.sqlite'));
          lock.exec('BEGIN IMMEDIATE');
        },
        ...['--replay', scanned(), '--settings', file],
      );
      lock?.close();
      expect(ran.code).toBe(4);
      const ended = ran.lines.at(-1)?.event as { event: string; alerts?: { lost: number } };
      expect(taken.length).toBeGreaterThanOrEqual(1);
      expect(ended).toMatchObject({ event: 'ended', alerts: { delivered: taken.length, givenUp: 0 } });
      const lost = ended.alerts?.lost ?? 0;
      expect(lost).toBeGreaterThanOrEqual(1);
      expect(ran.stderr).toMatch(new RegExp(`${lost} alerts? (was|were) lost: neither kept nor sent\\.`));
      const codes = ran.lines.filter(({ event }) => event.event === 'notice').map(({ event }) => event.code);
      expect(codes).toContain('alerts-not-kept');
    },
    2 * SLOW,
  );

  it(
    'tells people in one line what became of the alerts',
    async () => {
      status = (path) => (path === '/bad' ? 403 : 200);
      const file = settings({ channels: [hook('ops'), hook('bad')] });
      const child = spawn(
        process.execPath,
        [MAIN, 'watch', '--no-models', '--replay', scanned(), '--speed', 'max', '--settings', file],
        { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, XDG_DATA_HOME: data, OPS_SECRET: SECRET } },
      );
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      const [code] = (await once(child, 'close')) as [number];
      expect(code).toBe(0);
      expect(stdout).toMatch(/\nAlerts: [1-9]\d* delivered, 0 waiting, [1-9]\d* given up\.\n$/);
    },
    SLOW,
  );

  it(
    'sends at its end what it collected for a digest',
    async () => {
      const file = settings({
        channels: [hook('ops')],
        routes: [{ channels: ['ops'], severity: 'info' }],
        alerts: { digest: 'daily', digestExcept: 'none' },
      });
      await watch('--replay', scanned(), '--speed', 'max', '--settings', file);
      expect(taken.map(({ alert }) => alert.reason)).toEqual(['digest']);
      expect(taken[0]?.alert.digest?.incidents.length).toBeGreaterThanOrEqual(1);
    },
    SLOW,
  );

  it(
    'sends nothing of what is suppressed',
    async () => {
      const suppressions = [{ scope: { source: '10.0.0.66' } }];
      const file = settings({
        channels: [hook('ops')],
        routes: [{ channels: ['ops'], severity: 'info' }],
        suppressions,
      });
      const ran = await watch('--replay', scanned(), '--speed', 'max', '--settings', file);
      expect(ran.lines.some(({ event }) => event.event === 'incident')).toBe(false);
      expect(taken).toEqual([]);
    },
    SLOW,
  );

  it(
    'refuses settings that cannot work before it watches anything, without their secrets',
    async () => {
      for (const [channel, words] of [
        [hook('ops', { signingSecret: SECRET }), 'channel ops: signingSecret is a secret and has to be a reference'],
        [hook('ops', { signingSecret: { env: 'NOT_SET_ANYWHERE' } }), 'the variable NOT_SET_ANYWHERE is not set'],
        [{ id: 'ops', kind: 'pigeon' }, 'there is no kind of channel pigeon'],
        [hook('ops', { allowPrivate: false }), 'channel ops: Address is of this machine or of a private network'],
      ] as const) {
        const ran = await watch('--replay', scanned(), '--settings', settings({ channels: [channel] }));
        expect(ran.code).toBe(2);
        expect(ran.stdout).toBe('');
        expect(ran.stderr).toContain(words);
        expect(ran.stderr).not.toContain(SECRET);
      }
    },
    SLOW,
  );

  it(
    'takes secrets from the key file',
    async () => {
      await new KeyFileSecrets(join(data, 'sonde')).set('ops.signingSecret', SECRET);
      const file = settings({ channels: [hook('ops', { signingSecret: { key: 'ops.signingSecret' } })] });
      const ran = await watch('--replay', scanned(), '--speed', 'max', '--settings', file);
      expect(ran.code).toBe(0);
      expect(taken[0]?.headers['sonde-signature']).toMatch(/^t=/);
      expect(everything(data)).not.toContain(SECRET);
    },
    SLOW,
  );
});
