/** `sonde sensor` as it is run: against a real server, killed in the middle, and with every mistake one can make. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { names } from '../../../src-main/run/fleet/names.ts';
import { RedisTransport } from '../../../src-main/run/fleet/transport/redis.ts';
import { redisSettings } from '../../../src-main/run/fleet/transport/settings.ts';
import { BEGINNING, ROW_LISTS, type SliceBatch } from '../../../src-main/run/fleet/types.ts';
import { readSensorKeys } from '../../../src-main/run/fleet/wire/keys.ts';
import { openBatch } from '../../../src-main/run/fleet/wire/seal.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { office } from '../../unit/fleet/wire-batches.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { NO_REDIS, REDIS, RedisServer } from './transport-server.ts';

const SLOW = 180_000;
const SCHEMA = resourcePath('schemas', 'sonde.sensor-events-1.schema.json');
const MAIN = join(import.meta.dirname, '../../../src-main/run/cli/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'sonde-sensor-cli-'));
const [capture, list] = [join(folder, 'office.pcapng'), join(folder, 'sensors.json')];
const keyOf = (name: string): string => join(folder, `${name}.pem`);

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

function start(args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [MAIN, 'sensor', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  return { child, ended };
}

const run = (...args: string[]): Promise<Ended> => start(args).ended;

/** Makes the key of a sensor, and the list with it. */
async function enrol(name: string): Promise<void> {
  const { code, out, err } = await run('--new-key', keyOf(name), '--name', name);
  expect(code, err).toBe(0);
  writeFileSync(list, JSON.stringify({ schema: 'sonde.sensors/1', sensors: [JSON.parse(out)] }));
}

beforeAll(async () => {
  writeFileSync(capture, office(31, { hosts: 6 }));
  await enrol('berlin');
}, SLOW);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

suiteNeeds(REDIS, NO_REDIS)('sonde sensor', () => {
  let server: RedisServer;
  let transport: RedisTransport;
  let common: string[];

  beforeAll(async () => {
    server = await RedisServer.start();
    transport = new RedisTransport(await redisSettings(server.url, '--publish'));
    await transport.ready(10_000);
    common = ['--publish', server.url, '--name', 'berlin', '--key', keyOf('berlin'), '--shards', '2'];
  }, SLOW);

  afterAll(async () => {
    await transport.close();
    await server.stop();
  });

  async function batches(): Promise<SliceBatch[]> {
    const keys = await readSensorKeys(list);
    const from = new Map([0, 1].map((shard) => [names.slices(shard, 'berlin'), BEGINNING]));
    const entries = await transport.read(from, { most: 100_000, waitMs: 0 });
    return entries.map(({ body }) => openBatch(body, (name) => keys.get(name)));
  }

  /** Rows by where they stood; a batch that came twice counts once, as it does for whoever reads. */
  async function rowsOf(run: number): Promise<string[]> {
    const seen = new Set<string>();
    const all: string[] = [];
    for (const { run: of, shard, sequence, slices } of await batches()) {
      if (of !== run || seen.has(`${shard} ${sequence}`)) continue;
      seen.add(`${shard} ${sequence}`);
      for (const { number, cell, order } of slices) {
        for (const row of ROW_LISTS) for (const place of order[row]) all.push(`${number} ${cell} ${row} ${place}`);
      }
    }
    return all.sort();
  }

  /** Until some of a run has arrived. */
  async function begun(run: number): Promise<void> {
    for (let i = 0; i < 300 && (await rowsOf(run)).length < 20; i++) await wait(100);
  }

  it(
    'publishes a capture, and tells of it as its schema says',
    async () => {
      const { code, out, err } = await run('--file', capture, ...common, '--json', '--run', '1');
      expect(code, err).toBe(0);
      expect(err).toBe('');
      const events = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { event: string });
      const validate = new Ajv().compile(JSON.parse(readFileSync(SCHEMA, 'utf8')) as object);
      for (const event of events) expect(validate(event), JSON.stringify([event, validate.errors])).toBe(true);
      expect(events[0]).toMatchObject({ event: 'started', server: server.url });
      expect(events.at(-1)).toMatchObject({ event: 'ended', reason: 'end-of-file' });
      expect((await rowsOf(1)).length).toBeGreaterThan(500);
      expect((await batches()).filter(({ end }) => end)).toHaveLength(2);
    },
    SLOW,
  );

  it(
    'stays to hand out the packets of its file, and says so as its schema has it',
    async () => {
      const desks = join(folder, 'desks.json');
      const { sensors } = JSON.parse(readFileSync(list, 'utf8')) as { sensors: object[] };
      writeFileSync(desks, JSON.stringify({ schema: 'sonde.desks/1', desks: sensors }));
      const args = ['--file', capture, ...common, '--json', '--run', '2', '--allow-packets', desks];
      const { child, ended } = start(args);
      let said = '';
      child.stdout!.on('data', (text: string) => (said += text));
      for (let i = 0; i < 600 && !(said.includes('packets-stay') && said.includes('"stats"')); i++) await wait(100);
      child.kill('SIGTERM');
      const { code, out, err } = await ended;
      expect(code, err).toBe(0);
      const lines = out.trim().split('\n');
      const validate = new Ajv().compile(JSON.parse(readFileSync(SCHEMA, 'utf8')) as object);
      for (const line of lines) expect(validate(JSON.parse(line)), line).toBe(true);
      const stats = { packetsAllowed: true, packetRequests: { answered: 0, refused: {} } };
      expect(JSON.parse(lines.at(-1)!)).toMatchObject({ event: 'ended', reason: 'signal', stats });
    },
    SLOW,
  );

  it(
    'goes on where it was killed, as does the server',
    async () => {
      const wanted = await rowsOf(1);
      for (const [number, killed] of [
        ['3', 'sensor'],
        ['4', 'server'],
      ] as const) {
        const slowly = ['--file', capture, ...common, '--run', number, '--speed', '4'];
        const { child, ended } = start(slowly);
        await begun(Number(number));
        if (killed === 'sensor') {
          child.kill('SIGKILL');
          await ended;
          const some = await rowsOf(3);
          expect(some.length).toBeGreaterThan(0);
          expect(some.length).toBeLessThan(wanted.length);
          const { code, err } = await run('--file', capture, ...common, '--run', number);
          expect(code, err).toBe(0);
          expect(err).toMatch(/goes on there/);
        } else {
          await server.kill();
          await wait(1000);
          await server.up();
          const { code, err } = await ended;
          expect(code, err).toBe(0);
          expect(err).toMatch(/Redis cannot be reached.*What is seen waits here/);
          expect(err).toMatch(/The server is back/);
          await transport.ready(10_000);
        }
        expect(await rowsOf(Number(number)), killed).toEqual(wanted);
      }
    },
    SLOW,
  );

  it(
    'keeps on disk what it could not send, says so, and sends it the next time',
    async () => {
      const spool = join(folder, 'spool');
      const slowly = ['--file', capture, ...common, '--run', '5', '--spool', spool, '--speed', '4'];
      const { child, ended } = start(slowly);
      await begun(5);
      await server.kill();
      await wait(1500);
      child.kill('SIGTERM');
      const { code, out } = await ended;
      expect(code).toBe(4);
      expect(out).toMatch(/[1-9]\d* batches wait in the spool/);
      await server.up();
      await transport.ready(10_000);
      const again = await run('--file', capture, ...common, '--run', '5', '--spool', spool);
      expect(again.code, again.err).toBe(0);
      expect(await rowsOf(5)).toEqual(await rowsOf(1));
    },
    SLOW,
  );
});

it(
  'makes a key that only its owner may read, and never writes over one',
  async () => {
    expect(statSync(keyOf('berlin')).mode & 0o777).toBe(0o600);
    const { code, err } = await run('--new-key', keyOf('berlin'), '--name', 'berlin');
    expect([code, err]).toEqual([2, expect.stringMatching(/it is there already\. Name another file/)]);
  },
  SLOW,
);

const A = ['--name', 'a', '--publish', 'redis://127.0.0.1:1', '--key', 'KEY'];

it.each([
  [[], 2, /--name is missing/],
  [['--name', 'Ber lin'], 2, /--name Ber lin: no name/],
  [['--name', 'a'], 2, /--publish is missing/],
  [['--name', 'a', '--publish', 'http://x'], 2, /no address of a Redis server/],
  [['--name', 'a', '--publish', 'redis://127.0.0.1:1'], 2, /--key is missing\. Make one/],
  [['--name', 'a', '--publish', 'redis://127.0.0.1:1', '--key', '/no/such'], 3, /cannot be read/],
  [['--name', 'a', '--publish', 'redis://127.0.0.1:1', '--key', 'CAPTURE'], 3, /no Ed25519 private key/],
  [['--name', 'a', '--publish', 'redis://127.0.0.1:1', '--key', 'KEY'], 2, /a network card or a file/],
  [
    ['--name', 'a', '--publish', 'redis://127.0.0.1:1', '--key', 'KEY', '--file', 'x', '--filter', 'tcp'],
    2,
    /--filter does not go/,
  ],
  [['--name', 'a', '--publish', 'redis://127.0.0.1:1', '--key', 'KEY', '--file', '/no/such'], 3, /no\/such/],
  [['--name', 'a', '--publish', 'redis://127.0.0.1:1', '--key', 'KEY', '--shards', '0'], 2, /--shards 0/],
  [[...A, '--file', 'x', '--ring', 'r'], 2, /--ring without --allow-packets/],
  [[...A, '--interface', 'lo', '--allow-packets', 'LIST'], 2, /--allow-packets without --ring/],
  [[...A, '--file', 'x', '--allow-packets', 'LIST', '--ring', 'r'], 2, /--ring is for --interface/],
  [[...A, '--file', '-', '--allow-packets', 'LIST'], 2, /standard input is read once/],
  [[...A, '--file', 'x', '--allow-packets', 'LIST', '--packets-size', '1G'], 2, /more than 256M/],
  [[...A, '--file', 'x', '--allow-packets', 'CAPTURE'], 3, /this is no JSON/],
  // A list of sensors is none of desks.
  [[...A, '--file', 'x', '--allow-packets', 'LIST'], 3, /schema.*It is .*sonde\.desks\/1/s],
  [
    ['--name', 'a', '--publish', 'redis://127.0.0.1:1', '--spool-size', '1G'],
    2,
    /--key is missing|--spool-size without/,
  ],
] as [string[], number, RegExp][])(
  'says what is wrong with %j',
  async (args, code, words) => {
    const files = new Map([
      ['KEY', keyOf('berlin')],
      ['CAPTURE', capture],
      ['LIST', list],
    ]);
    const given = args.map((arg) => files.get(arg) ?? arg);
    const { code: was, err, out } = await run(...given);
    expect([was, out]).toEqual([code, '']);
    expect(err).toMatch(words);
  },
  SLOW,
);

it(
  'shows how it is used',
  async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: sonde sensor --interface NAME \| --file FILE --publish/);
  },
  SLOW,
);
