/** Packets of an incident come from the sensors that have them, over a real server with the rights of docs/fleet-wire.md. */
import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { PacketEvent } from '../../../src-shared/contract/topics/packets.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import { parseTime } from '../../../src-shared/domain/time.ts';
import { packetsName } from '../../../src-main/keep/exports/case/manifest.ts';
import { openCaptures } from '../../../src-main/meter/packets/open.ts';
import { openCase } from '../../../src-main/run/api/cases/open.ts';
import { names } from '../../../src-main/run/fleet/names.ts';
import { sealAsk } from '../../../src-main/run/fleet/packets/ask.ts';
import { runSensor, type SensorEnd } from '../../../src-main/run/fleet/sensor/sensor.ts';
import type { SensorEvent } from '../../../src-main/run/fleet/sensor/events.ts';
import { RedisTransport } from '../../../src-main/run/fleet/transport/redis.ts';
import { redisSettings } from '../../../src-main/run/fleet/transport/settings.ts';
import { openHealth } from '../../../src-main/run/fleet/wire/health.ts';
import { publicText } from '../../../src-main/run/fleet/wire/keys.ts';
import { triage } from '../../../src-main/run/pipeline/triage.ts';
import { attackOnly } from '../../generator/scenario.ts';
import { makeFleet, type Fleet } from '../../setup/fleet-kit.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { publish } from '../../unit/fleet/desk-kit.ts';
import { sonde } from '../cli/run.ts';
import { testDesk, type Testing } from '../serve/desk-client.ts';
import { NO_REDIS, REDIS, RedisServer } from './transport-server.ts';

const SLOW = 120_000;
const SOON = { timeout: 30_000, interval: 100 };
const GROUP = 'main';
const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/fleet-wire.md'), 'utf8');
const [HEAD, RECORD, ADDRESSES] = [24, 16, 26];

/** The page's lines: of a desk, of a worker, and of each sensor. */
function rights(sensors: readonly string[]): string[] {
  const lines = PAGE.split('\n').filter((line) => line.startsWith('user sonde-'));
  return lines
    .flatMap((line) => (line.includes('berlin') ? sensors.map((name) => line.replaceAll('berlin', name)) : [line]))
    .map((line) => line.replace(/>\S+/, '>secret'));
}

const dotted = (frame: Buffer, at: number): string => [...frame.subarray(at, at + 4)].join('.');

/** Packets of a pcap file (Ethernet, IPv4) between the incident's hosts, counted by hand. */
function between(path: string, { sources, targets, firstTs, lastTs }: Incident): number {
  const all = readFileSync(path);
  const [from, to] = [parseTime(firstTs).sec - 1, parseTime(lastTs).sec + 5];
  let count = 0;
  for (let at = HEAD; at < all.length;) {
    const [sec, length] = [all.readUInt32LE(at), all.readUInt32LE(at + 8)];
    const frame = all.subarray(at + RECORD, at + RECORD + length);
    at += RECORD + length;
    if (sec < from || sec > to || frame.readUInt16BE(12) !== 0x0800) continue;
    const [a, b] = [dotted(frame, ADDRESSES), dotted(frame, ADDRESSES + 4)];
    if ((sources.includes(a) && targets.includes(b)) || (sources.includes(b) && targets.includes(a))) count++;
  }
  return count;
}

async function packetsIn(path: string): Promise<number> {
  const reader = await openCaptures([path], { hash: 'none' });
  let count = 0;
  for (let batch = await reader.read(); batch; batch = await reader.read()) {
    count += batch.count;
    reader.release(batch);
  }
  await reader.close();
  return count;
}

suiteNeeds(REDIS, NO_REDIS)('packets of a fleet', () => {
  let folder: string;
  let server: RedisServer;
  let fleet: Fleet;
  let incident: Incident;
  let worker: RedisTransport;
  let t: Testing;
  const opened: RedisTransport[] = [];
  const own = generateKeyPairSync('ed25519');
  const stops: AbortController[] = [];
  const ended: Promise<SensorEnd>[] = [];
  const events: SensorEvent[][] = [];

  async function as(user: string): Promise<RedisTransport> {
    const settings = await redisSettings(`redis://${user}:secret@127.0.0.1:${server.port}`, '--fleet');
    const transport = new RedisTransport(settings);
    opened.push(transport);
    await transport.ready(10_000);
    return transport;
  }

  /** A sensor that was read to its end and answers from its file; or hands out nothing. */
  async function start(i: number, isAllowing: boolean): Promise<void> {
    const [stop, name, heard] = [new AbortController(), fleet.sensors[i]!, [] as SensorEvent[]];
    const desks = new Map([[publicText(own.privateKey), { name: 'main', key: own.publicKey }]]);
    stops[i] = stop;
    events[i] = heard;
    ended[i] = runSensor({
      name,
      key: fleet.privateKeys[i]!,
      transport: await as(`sonde-sensor-${name}`),
      shards: 1,
      retention: 1000,
      withPayload: false,
      spool: { disk: 0, memory: 1 << 24 },
      source: { files: [fleet.parts[i]!], speed: 'max' },
      onEvent: (event) => void heard.push(event),
      signal: stop.signal,
      ...(isAllowing ? { packets: { desks, most: 16 << 20 } } : {}),
    });
    if (!isAllowing) return void (await ended[i]);
    const isRead = (event: SensorEvent): boolean => event.event === 'notice' && event.code === 'packets-stay';
    await vi.waitFor(() => expect(heard.some(isRead)).toBe(true), SOON);
  }

  const openHere = async (key: KeyObject): Promise<Testing> => {
    const transport = await as('sonde-desk');
    const choice = { transport, group: GROUP, keys: fleet.keys, packetsKey: key, packetsWaitMs: 4000, lookMs: 200 };
    return testDesk({ fleet: choice });
  };

  /** The incident as the worker tells it, seen by these sensors; its packets as the desk fetches them. */
  async function asked(uid: string, seen: readonly number[], by = t.client) {
    const sensors = seen.map((i) => fleet.sensors[i]!);
    await publish(worker, GROUP, [{ ...incident, uid, schema: 'sonde.fleet-incident/1', state: 'open', sensors }]);
    const find = async (): Promise<number> => {
      const capture = (await t.client.fleet.state({})).fleet!.capture!;
      await t.client.incidents.get({ capture, uid });
      return capture;
    };
    const capture = await vi.waitFor(find, SOON);
    return by.exports.packets({ capture, incident: uid });
  }

  /** What a look tells until its end. */
  const looked = (capture: number, uid: string, by = t.client): Promise<PacketEvent[]> =>
    new Promise((resolve, reject) => {
      const events: PacketEvent[] = [];
      by.packets.look(
        { capture, incident: uid },
        { next: (event) => void events.push(event), end: () => resolve(events), error: reject },
      );
    });

  const requests = async (i: number) => {
    const name = fleet.sensors[i]!;
    return openHealth((await worker.get(names.health(name)))!, (of) => fleet.keys.get(of)).packetRequests!;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-fleet-packets-'));
    fleet = makeFleet(attackOnly({ seed: 5, hours: 0.1, format: 'pcap', attacks: ['brute-force:0.5'] }).bytes, 3);
    const alone = await triage({ files: [fleet.whole], seed: 1, threads: 1, causal: true });
    incident = alone.report.incidents.find(({ kind }) => kind === 'brute-force')!;
    alone.close();
    server = await RedisServer.start(rights(fleet.sensors));
    worker = await as('sonde-worker');
    for (const i of [0, 1, 2]) await start(i, i !== 2);
    t = await openHere(own.privateKey);
    await vi.waitFor(async () => {
      const { fleet: seen } = await t.client.fleet.state({});
      expect(seen!.sensors.map(({ health }) => health !== null)).toEqual([true, true, true]);
    }, SOON);
  }, SLOW);

  afterAll(async () => {
    for (const stop of stops) stop.abort();
    await Promise.all(ended);
    await t?.desk.close();
    for (const transport of opened) await transport.close();
    await server?.stop();
    fleet?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    'come from the sensors that saw the incident, and are in the audit log',
    async () => {
      const made = await asked('both', [0, 1]);
      const wanted = between(fleet.parts[0]!, incident) + between(fleet.parts[1]!, incident);
      expect(wanted).toBeGreaterThan(20);
      expect(made).toMatchObject({
        packets: wanted,
        notes: [],
        name: expect.stringMatching(/brute-force\.pcapng$/) as string,
      });
      const { path, bytes } = t.desk.downloads.get(made.download);
      expect(bytes).toBe(made.bytes);
      expect(await packetsIn(path)).toBe(wanted);
      const { rows } = await t.client.audit.list({ search: 'both' });
      expect(rows.map(({ action, detail, user }) => [action, detail, user])).toEqual([
        ['export', `${wanted} packets of sensors sensor-0, sensor-1`, 'ann'],
        ['open', 'packets asked of sensors sensor-0, sensor-1', 'ann'],
      ]);
      const told = events[0]!.filter((e) => e.event === 'notice').map((e) => (e.event === 'notice' ? e.code : ''));
      expect(told).toContain('packets-handed-out');
      const viewer = t.as({ role: 'viewer' });
      await expect(asked('both', [0], viewer)).rejects.toMatchObject({ code: 'not-allowed' });
    },
    SLOW,
  );

  it(
    'are shown on the desk with their flows, and what carried them',
    async () => {
      await asked('pair', [0, 1]);
      const capture = (await t.client.fleet.state({})).fleet!.capture!;
      const events = await looked(capture, 'pair');
      const wanted = between(fleet.parts[0]!, incident) + between(fleet.parts[1]!, incident);
      const packets = events.flatMap((event) => (event.type === 'packets' ? event.packets : []));
      expect(packets).toHaveLength(wanted);
      expect(events.at(-1)).toEqual({ type: 'done', total: null, more: false, notes: [] });
      const hosts = [...incident.sources, ...incident.targets];
      const isBetween = ({ source, target }: { source: string; target: string }): boolean =>
        [source, target].every((end) => hosts.includes(end.split(':')[0]!));
      expect(packets.every(isBetween)).toBe(true);
      expect(new Set(packets.map(({ flow }) => flow)).size).toBeGreaterThan(1);
      const [begun] = events;
      const view = begun?.type === 'begun' ? begun.view : '';
      const full = packets.find(({ payload }) => payload > 0)!;
      const stream = await t.client.packets.stream({ view, frame: full.frame });
      expect(stream.chunks.length).toBeGreaterThan(0);
      expect((await t.client.packets.one({ view, frame: full.frame })).layers.length).toBeGreaterThan(2);
      await expect(looked(capture, 'pair', t.as({ role: 'viewer' }))).rejects.toMatchObject({ code: 'not-allowed' });
    },
    SLOW,
  );

  it(
    'go into a case, each once, also where several of its incidents have them',
    async () => {
      await asked('again', [0, 2]);
      const capture = (await t.client.fleet.state({})).fleet!.capture!;
      const incidents = ['pair', 'again'].map((uid) => ({ capture, uid }));
      const made = await t.client.cases.export({ incidents, title: 'Both', note: '' });
      expect(made.left).toEqual([
        {
          capture: 'Fleet main',
          why: expect.stringContaining('sensor sensor-2 does not allow it') as string,
          some: true,
        },
      ]);
      const { path } = t.desk.downloads.get(made.download);
      const { manifest } = await openCase(path, join(folder, 'case'));
      const wanted = between(fleet.parts[0]!, incident) + between(fleet.parts[1]!, incident);
      expect(manifest.captures).toMatchObject([{ packets: wanted }]);
      expect(await packetsIn(join(folder, 'case', packetsName(1)))).toBe(wanted);
    },
    SLOW,
  );

  it(
    'are written by export-packets, from the database that a desk keeps',
    async () => {
      const [key, list, out] = ['desk.pem', 'sensors.json', 'out.pcapng'].map((name) => join(folder, name));
      writeFileSync(key!, own.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
      const sensors = fleet.sensors.map((name, i) => ({ name, key: publicText(fleet.privateKeys[i]!) }));
      writeFileSync(list!, JSON.stringify({ schema: 'sonde.sensors/1', sensors }));
      const url = `redis://sonde-desk:secret@127.0.0.1:${server.port}`;
      const to = ['--fleet', url, '--fleet-sensors', list!, '--fleet-packets-key', key!, '--db', t.desk.file];
      const make = (uid: string): ReturnType<typeof sonde> =>
        sonde(['export-packets', ...to, '--incident', uid, '--out', out!, '--json']);
      const made = await make('again');
      expect(made.stderr).toContain('sensor sensor-2 does not allow it');
      const wanted = between(fleet.parts[0]!, incident);
      expect(JSON.parse(made.stdout)).toMatchObject({ packets: wanted, sensors: ['sensor-0'], flows: 0 });
      expect(await packetsIn(out!)).toBe(wanted);
      const none = await make('nothing');
      expect([none.code, none.stdout]).toEqual([3, '']);
    },
    SLOW,
  );

  it(
    'stay where a sensor does not allow it, and it is said so',
    async () => {
      const some = await asked('some', [0, 2]);
      expect(some.packets).toBe(between(fleet.parts[0]!, incident));
      expect(some.notes).toEqual([expect.stringContaining('sensor sensor-2 does not allow it')]);
      await expect(asked('none', [2])).rejects.toMatchObject({
        code: 'not-allowed',
        message: 'sensor sensor-2 does not allow it',
        cure: expect.stringContaining('--allow-packets') as string,
      });
      const states = (await t.client.fleet.state({})).fleet!.sensors.map(({ health }) => health!.handsOut === null);
      expect(states).toEqual([false, false, true]);
      const { rows } = await t.client.audit.list({ search: 'no packets' });
      expect(rows[0]?.detail).toBe('no packets: sensor sensor-2 does not allow it');
    },
    SLOW,
  );

  it(
    'stay where the desk’s key is none that the sensor knows',
    async () => {
      const first = t;
      t = await openHere(generateKeyPairSync('ed25519').privateKey);
      try {
        await expect(asked('foreign', [0])).rejects.toMatchObject({
          code: 'not-allowed',
          message: expect.stringContaining('does not know the key of this desk') as string,
        });
      } finally {
        await t.desk.close();
        t = first;
      }
      await expect.poll(() => requests(0), SOON).toMatchObject({ refused: { 'unknown-desk': 1 } });
    },
    SLOW,
  );

  it(
    'are not handed out to what is malformed, too large, changed or asked twice; all of it is counted',
    async () => {
      const before = (await requests(1)).answered;
      const desk = await as('sonde-desk');
      const ends = (request: Uint8Array): Promise<unknown> =>
        (async () => {
          for await (const _ of desk.ask(names.packets('sensor-1'), request, 20_000)) void _;
        })();
      const wanted = { from: 0, to: 1, sources: ['10.0.0.1'], targets: [], ports: [], arp: false, cards: [] };
      const bounds = { at: Date.now(), nonce: randomBytes(16).toString('hex'), packets: 1, bytes: 1 << 20 };
      const sound = sealAsk({ sensor: 'sensor-1', ...wanted, ...bounds }, own.privateKey);
      const changed = Buffer.concat([Buffer.alloc(64), sound.subarray(64)]);
      for (const one of [Buffer.from('nonsense'), Buffer.alloc(1 << 18), changed, sound, sound]) await ends(one);
      await expect
        .poll(() => requests(1), SOON)
        .toEqual({
          answered: before + 1,
          refused: { 'not-a-request': 1, 'too-large': 1, 'bad-signature': 1, repeated: 1 },
        });
    },
    SLOW,
  );

  it(
    'do not come from a sensor that is gone: it is said which',
    async () => {
      stops[1]!.abort();
      expect(await ended[1]).toEqual({ isAllSent: true });
      await expect(asked('gone', [1])).rejects.toMatchObject({
        code: 'connection-lost',
        message: 'sensor sensor-1 does not answer',
      });
      const some = await asked('half', [0, 1]);
      expect(some.notes).toEqual([expect.stringContaining('sensor sensor-1 does not answer')]);
    },
    SLOW,
  );
});
