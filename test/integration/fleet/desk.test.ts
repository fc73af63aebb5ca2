/** A whole fleet over a real server: what sensors saw and workers told stands in the desk's database, through restarts and outages. */
import { readFileSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FleetState } from '../../../src-shared/contract/topics/fleet.ts';
import type { FleetChoice } from '../../../src-main/run/fleet/follow/fleet-desk.ts';
import { retire } from '../../../src-main/run/api/retention.ts';
import { RedisTransport } from '../../../src-main/run/fleet/transport/redis.ts';
import { redisSettings } from '../../../src-main/run/fleet/transport/settings.ts';
import { Worker } from '../../../src-main/run/fleet/worker/worker.ts';
import { attackOnly } from '../../generator/scenario.ts';
import { makeFleet, send, toldBy, type Fleet } from '../../setup/fleet-kit.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { testDesk, type Testing } from '../serve/desk-client.ts';
import { NO_REDIS, REDIS, RedisServer } from './transport-server.ts';

const SLOW = 300_000;
const SOON = { timeout: 60_000, interval: 200 };
const SHARDS = 2;
const GROUP = 'office';
const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/fleet-wire.md'), 'utf8');

/** The rights that the page gives a desk and a worker, and somebody who may do all. */
function rights(): string[] {
  const lines = PAGE.split('\n').filter((line) => /^user sonde-(desk|worker)/.test(line));
  return [...lines.map((line) => line.replace(/>\S+/, '>secret')), 'user sonde-all on >secret ~* &* +@all'];
}

suiteNeeds(REDIS, NO_REDIS)('the desk of a fleet', () => {
  let folder: string;
  let server: RedisServer;
  let fleet: Fleet;
  let all: RedisTransport;
  let t: Testing | undefined;
  const opened: RedisTransport[] = [];

  async function as(user: string): Promise<RedisTransport> {
    const address = `redis://${user}:secret@127.0.0.1:${server.port}`;
    const transport = new RedisTransport(await redisSettings(address, '--fleet'));
    opened.push(transport);
    await transport.ready(10_000);
    return transport;
  }

  async function openHere(): Promise<Testing> {
    const choice: FleetChoice = { transport: await as('sonde-desk'), group: GROUP, keys: fleet.keys, lookMs: 200 };
    return testDesk({ database: join(folder, 'desk.db'), fleet: choice });
  }

  const state = async (): Promise<FleetState> => (await t!.client.fleet.state({})).fleet!;

  /** What the desk keeps of the fleet, and what the workers told. */
  async function both(): Promise<[kept: string[], told: string[]]> {
    const capture = (await state()).capture ?? 1;
    const { rows } = await t!.client.incidents.list({ capture, suppressed: 'show', limit: 1000 });
    const words = (of: { kind: string; uid: string; severity: string; flows: number; sensors?: string[] }): string =>
      [of.kind, of.uid, of.severity, of.flows, ...(of.sensors ?? [])].join(' ');
    return [rows.map(words).sort(), (await toldBy(all, GROUP)).map(words).sort()];
  }

  async function agrees(): Promise<void> {
    await expect.poll(async () => (await both())[0], SOON).toEqual((await both())[1]);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-fleet-desk-'));
    const attacks = ['port-scan/xmas:0.3', 'host-sweep:0.5', 'brute-force:0.5'];
    fleet = makeFleet(attackOnly({ seed: 5, hours: 0.2, format: 'pcap', attacks }).bytes, 3);
    server = await RedisServer.start(rights());
    all = await as('sonde-all');
  }, SLOW);

  afterAll(async () => {
    await t?.desk.close();
    for (const transport of opened) await transport.close();
    await server?.stop();
    fleet?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    'keeps what its workers told, each with the sensors that saw it',
    async () => {
      t = await openHere();
      for (const [i] of fleet.sensors.entries()) await send(fleet, i, all, SHARDS);
      const worker = new Worker({
        name: 'w1',
        group: GROUP,
        transport: await as('sonde-worker'),
        keys: fleet.keys,
        shards: SHARDS,
        patienceMs: 120_000,
        seed: 1,
        once: true,
        signal: new AbortController().signal,
        onEvent: () => undefined,
      });
      await worker.run();
      await agrees();
      const [kept] = await both();
      expect(kept.length).toBeGreaterThan(2);
      const { capture } = await state();
      const { rows } = await t.client.incidents.list({ capture: capture! });
      const sweep = rows.find(({ kind }) => kind === 'host-sweep');
      expect(sweep?.sensors).toEqual(fleet.sensors);
      const page = await t.client.incidents.get({ capture: capture!, uid: sweep!.uid });
      expect(page.incident.sensors).toEqual(fleet.sensors);
      expect((await t.client.search.find({ text: 'sensor-1' })).incidents.rows.length).toBeGreaterThan(0);
    },
    SLOW,
  );

  it('tells how sensors and workers do, to whoever may look', async () => {
    const viewer = t!.as({ role: 'viewer' });
    const look = async () => (await viewer.fleet.state({})).fleet;
    // It is looked at every two seconds.
    const states = async (): Promise<unknown> => (await look())!.sensors.map(({ state: is }) => is);
    await expect.poll(states, SOON).toEqual(fleet.sensors.map(() => 'ended'));
    const seen = await look();
    expect(seen).toMatchObject({ group: GROUP, connected: true, trouble: null, gaps: 0, refused: {} });
    expect(seen!.server).not.toContain('secret');
    expect(seen!.sensors.map(({ name, state: is, health }) => [name, is, health !== null])).toEqual(
      fleet.sensors.map((name) => [name, 'ended', true]),
    );
    expect(seen!.workers).toMatchObject([{ name: 'w1', model: null, flows: expect.any(Number) as number }]);
    expect(seen!.workers[0]!.flows).toBeGreaterThan(100);
    const first = await new Promise((resolve) => {
      const end = viewer.fleet.watch({}, { next: (event) => (end?.(), resolve(event)) });
    });
    expect(first).toMatchObject({ fleet: { group: GROUP } });
  });

  it(
    'goes on in the same capture after a restart and an outage, and keeps it',
    async () => {
      const before = await state();
      await t!.desk.close();
      t = await openHere();
      await agrees();
      expect((await state()).capture).toBe(before.capture);
      await server.kill();
      await expect.poll(async () => (await state()).connected, SOON).toBe(false);
      expect((await state()).trouble?.message).toContain('Redis cannot be reached');
      await server.up();
      await expect.poll(async () => (await state()).connected, SOON).toBe(true);
      await all.ready(10_000);
      const [first] = await toldBy(all, GROUP);
      const changed = { ...first!, flows: first!.flows + 5 };
      await all.publish(`results:${GROUP}`, [Buffer.from('nonsense'), Buffer.from(JSON.stringify(changed))], 1000);
      await expect
        .poll(async () => (await both())[0].some((line) => line.includes(` ${changed.flows} `)), SOON)
        .toBe(true);
      await expect.poll(async () => (await state()).refused, SOON).toEqual({ 'no-json': 1 });
      const capture = before.capture!;
      await expect(t.client.captures.remove({ capture })).rejects.toMatchObject({ code: 'not-allowed' });
      await expect(t.client.exports.packets({ capture, incident: first!.uid })).rejects.toMatchObject({
        code: 'not-allowed',
        message: expect.stringContaining('no key with which it could ask sensors') as string,
      });
      await expect(t.client.exports.packets({ capture })).rejects.toMatchObject({ code: 'not-a-capture' });
    },
    SLOW,
  );

  it('goes, incident by incident, by the age of what was seen', async () => {
    const capture = (await state()).capture!;
    await t!.client.settings.set({ retentionDays: 1 });
    const desk = { ...t!.desk, now: () => Date.now() + 10 * 86_400_000 };
    expect(await retire(desk)).toBe(0);
    expect((await t!.client.incidents.list({ capture, suppressed: 'show' })).total).toBe(0);
    expect((await t!.client.captures.list({})).captures.map(({ id }) => id)).toEqual([capture]);
  });
});
