/** What a fleet tells comes into the desk's database once, as it was told last, whatever happens in between. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FleetState } from '../../../src-shared/contract/topics/fleet.ts';
import type { LiveIncident } from '../../../src-shared/domain/live.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { openStore } from '../../../src-main/keep/store/client.ts';
import type { Store } from '../../../src-main/keep/store/types.ts';
import { FleetDesk } from '../../../src-main/run/fleet/follow/fleet-desk.ts';
import { names } from '../../../src-main/run/fleet/names.ts';
import { MemoryBroker, MemoryTransport } from '../../../src-main/run/fleet/transport/memory.ts';
import type { FleetIncident } from '../../../src-main/run/fleet/worker/tell.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';
import { publish, tellWorker, told, workerHealth } from './desk-kit.ts';

const GROUP = 'main';
const SLOW = 60_000;
const SOON = { timeout: 15_000 };

let folder: string;
let store: Store;
let db: Database.Database;
let broker: MemoryBroker;
let transport: MemoryTransport;
let desk: FleetDesk | undefined;
let alerts: LiveIncident[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-follow-'));
  store = await openStore(join(folder, 'a.db'), workerUrl('keep/store/store.worker'));
  db = new Database(join(folder, 'a.db'), { readonly: true });
  broker = new MemoryBroker();
  transport = new MemoryTransport(broker);
  alerts = [];
});
afterEach(async () => {
  await desk?.close();
  db.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function follow(more: Partial<Store> = {}): FleetDesk {
  desk = new FleetDesk({
    transport,
    group: GROUP,
    keys: new Map(),
    lookMs: 20,
    store: { ...store, ...more },
    now: Date.now,
    onIncident: (event) => void alerts.push(event),
    onStored: () => undefined,
    onCapture: () => undefined,
    onBug: (error) => String(error),
  });
  desk.begin();
  return desk;
}

const kept = (): Incident[] =>
  (db.prepare('SELECT body FROM incidents ORDER BY uid').pluck().all() as string[]).map(
    (b) => JSON.parse(b) as Incident,
  );
const uids = (): string[] => kept().map(({ uid }) => uid);
const captures = (): unknown[] => db.prepare('SELECT name, status FROM captures').all();
const tell = (...incidents: FleetIncident[]): Promise<void> => publish(transport, GROUP, incidents);
const raw = (body: string): Promise<unknown> => transport.publish(names.results(GROUP), [Buffer.from(body)], 1000);

describe('the incidents of a fleet', () => {
  it(
    'are kept as they were told last, with their sensors',
    async () => {
      await tell(told('a', ['berlin']), told('b', ['paris']));
      follow();
      await expect.poll(uids, SOON).toEqual(['a', 'b']);
      await tell(
        told('a', ['berlin', 'paris'], { state: 'update', flows: 9 }),
        told('a', ['berlin', 'paris'], { flows: 12 }),
      );
      await expect.poll(() => kept()[0]?.flows, SOON).toBe(12);
      expect(kept()[0]).toMatchObject({ sensors: ['berlin', 'paris'] });
      expect(kept()[0]).not.toHaveProperty('state');
      expect(captures()).toEqual([{ name: 'Fleet main', status: 'complete' }]);
    },
    SLOW,
  );

  it(
    'that were withdrawn go, and the others stay',
    async () => {
      await tell(told('a', ['berlin']), told('b', ['berlin']));
      follow();
      await expect.poll(uids, SOON).toEqual(['a', 'b']);
      await tell(told('a', [], { state: 'closed', withdrawn: true }));
      await expect.poll(uids, SOON).toEqual(['b']);
    },
    SLOW,
  );

  it(
    'go on in the same capture after a start, from where they were kept',
    async () => {
      follow();
      await tell(told('a', ['berlin']));
      await expect.poll(uids, SOON).toEqual(['a']);
      await desk!.close();
      await tell(told('b', ['paris']));
      // What was read before is not read again: it would be seen.
      await store.dropIncidents(1, ['a']);
      follow();
      await expect.poll(uids, SOON).toEqual(['b']);
      expect(captures()).toHaveLength(1);
      await expect.poll(() => desk!.state(), SOON).toMatchObject({ taken: 1, gaps: 0, capture: 1 });
    },
    SLOW,
  );

  it(
    'are read as they stand where the server no longer has what came in between',
    async () => {
      follow();
      await tell(told('a', ['berlin']));
      await expect.poll(uids, SOON).toEqual(['a']);
      await desk!.close();
      await tell(told('b', ['paris']), told('c', ['paris'], { state: 'closed' }));
      broker.streams.set(names.results(GROUP), []);
      await tell(told('d', ['rome']));
      alerts = [];
      follow();
      await expect.poll(uids, SOON).toEqual(['a', 'b', 'c', 'd']);
      expect(desk!.state().gaps).toBe(1);
      // What is over by now is history.
      await expect.poll(() => alerts.map(({ uid }) => uid).sort(), SOON).toEqual(['a', 'b', 'd']);
    },
    SLOW,
  );

  it(
    'go where they were withdrawn while the server no longer had it told',
    async () => {
      await tell(told('a', ['berlin']), told('b', ['berlin']));
      follow();
      await expect.poll(uids, SOON).toEqual(['a', 'b']);
      await desk!.close();
      await tell(told('a', [], { state: 'closed', withdrawn: true }));
      // Nothing of it stands in the stream any more: only the table tells.
      broker.streams.set(names.results(GROUP), []);
      await tell(told('c', ['rome']));
      follow();
      await expect.poll(uids, SOON).toEqual(['b', 'c']);
      expect(desk!.state().gaps).toBe(1);
    },
    SLOW,
  );

  it(
    'raise alerts as they come, and old ones at the first start none',
    async () => {
      await tell(told('old', ['berlin'], { state: 'closed' }), told('open', ['berlin']));
      follow();
      await expect.poll(uids, SOON).toEqual(['old', 'open']);
      await tell(told('new', ['berlin']), told('short', ['berlin'], { state: 'closed' }));
      await expect.poll(() => uids().length, SOON).toBe(4);
      await expect.poll(() => alerts.map(({ uid }) => uid), SOON).toEqual(['open', 'new', 'short']);
    },
    SLOW,
  );

  it(
    'that are none are counted, and hold up nothing',
    async () => {
      follow();
      await tell(told('a', ['berlin']));
      await expect.poll(uids, SOON).toEqual(['a']);
      await raw('nonsense');
      await raw('{"schema":"sonde.fleet-incident/1"}');
      await tell(told('b', ['berlin']));
      await expect.poll(uids, SOON).toEqual(['a', 'b']);
      await expect.poll(() => desk!.state().refused, SOON).toEqual({ 'no-json': 1, 'no-incident': 1 });
      expect(desk!.state().trouble).toBeNull();
    },
    SLOW,
  );

  it(
    'come when the server is back, and it is said that it was away',
    async () => {
      broker.away = true;
      follow();
      await expect.poll(() => desk!.state().trouble?.message, SOON).toBeDefined();
      expect(desk!.state().connected).toBe(false);
      broker.away = false;
      await tell(told('a', ['berlin']));
      await expect.poll(uids, SOON).toEqual(['a']);
      await expect.poll(() => desk!.state(), SOON).toMatchObject({ connected: true, trouble: null });
    },
    SLOW,
  );

  it(
    'wait where the database takes none, and are not lost',
    async () => {
      let full = true;
      const addIncidents: Store['addIncidents'] = (...args) =>
        full
          ? Promise.reject(new SondeError('disk-full', 'no room', 'a.db', 'Make room.'))
          : store.addIncidents(...args);
      follow({ addIncidents });
      await tell(told('a', ['berlin']));
      await expect.poll(() => desk!.state().trouble, SOON).toEqual({ message: 'no room', cure: 'Make room.' });
      await expect.poll(() => desk!.state(), SOON).toMatchObject({ connected: true, taken: 0 });
      full = false;
      await expect.poll(uids, SOON).toEqual(['a']);
      await expect.poll(() => desk!.state(), SOON).toMatchObject({ trouble: null, taken: 1 });
    },
    SLOW,
  );

  it(
    'stand in a capture that tells how much the sensors saw',
    async () => {
      await tellWorker(transport, GROUP, workerHealth('w1', { at: Date.now(), now: Date.UTC(2026, 10, 21, 9) / 1000 }));
      await tell(told('a', ['berlin']));
      follow();
      const input = (): unknown => db.prepare('SELECT packets, first_ts, last_ts, format FROM inputs').get();
      await expect.poll(input, SOON).toEqual({
        packets: 10_000,
        first_ts: '2026-11-21T08:40:00.000000000Z',
        last_ts: '2026-11-21T09:00:00.000000000Z',
        format: 'fleet',
      });
    },
    SLOW,
  );

  it(
    'tell who listens, at each look',
    async () => {
      const states: FleetState[] = [];
      const end = follow().listen((state) => void states.push(state));
      await expect.poll(() => states.length, SOON).toBeGreaterThan(2);
      end();
      expect(states.at(-1)).toMatchObject({
        group: GROUP,
        server: 'memory',
        connected: true,
        sensors: [],
        workers: [],
      });
    },
    SLOW,
  );
});
