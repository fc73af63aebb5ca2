/** A group's incidents in a database: all of them, each once, whenever it was begun and however it ended. */
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { names } from '../../../src-main/run/fleet/names.ts';
import { MemoryBroker, MemoryTransport } from '../../../src-main/run/fleet/transport/memory.ts';
import { IncidentFile } from '../../../src-main/run/fleet/follow/incident-file.ts';
import type { FleetIncident } from '../../../src-main/run/fleet/worker/tell.ts';
import { openStore } from '../../../src-main/keep/store/client.ts';
import type { Store } from '../../../src-main/keep/store/types.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';
import { removeFolder, temporaryFolder } from '../capture/network.ts';

const GROUP = 'test';
const SLOW = 120_000;
const folder = temporaryFolder();
let path = '';
let count = 0;
let transport: MemoryTransport;

beforeEach(() => {
  path = join(folder, `${count++}.db`);
  transport = new MemoryTransport(new MemoryBroker());
});

afterAll(() => removeFolder(folder));

function incident(uid: string, more: Partial<FleetIncident> = {}): FleetIncident {
  const at = '2026-03-10T00:00:00.000000000Z';
  return {
    schema: 'sonde.fleet-incident/1',
    state: 'open',
    sensors: ['berlin'],
    id: 1,
    uid,
    kind: 'host-sweep',
    severity: 'warning',
    confidence: 0.9,
    title: 'A sweep',
    summary: 'Somebody looked for hosts.',
    firstTs: at,
    decidedTs: at,
    lastTs: at,
    sources: ['10.0.0.1'],
    sourcesTotal: 1,
    targets: [],
    targetsTotal: 0,
    ports: [],
    portsTotal: 0,
    domains: [],
    domainsTotal: 0,
    flows: 3,
    packets: 3,
    bytes: 180,
    technique: [],
    evidence: [],
    attributions: [],
    detectors: {},
    response: [],
    wiresharkFilter: '',
    ...more,
  } as FleetIncident;
}

/** As a worker tells it. */
async function tell(told: FleetIncident): Promise<void> {
  const body = Buffer.from(JSON.stringify(told));
  await transport.putField(names.incidents(GROUP), told.uid, body);
  await transport.publish(names.results(GROUP), [body], 1000);
}

async function open(): Promise<{ store: Store; file: IncidentFile }> {
  const store = await openStore(path, workerUrl('keep/store/store.worker'));
  const onFailure = (error: unknown): never => {
    throw error;
  };
  return { store, file: await IncidentFile.open({ transport, group: GROUP, store, onFailure }) };
}

interface Row {
  capture: number;
  uid: string;
  title: string;
}

function rows(): Row[] {
  const db = new Database(path, { readonly: true });
  const found = db.prepare('SELECT capture, uid, title FROM incidents ORDER BY uid').all() as Row[];
  db.close();
  return found;
}

const uids = (): string[] => rows().map(({ uid }) => uid);

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !isSo(); i++) await wait(20);
  expect(isSo()).toBe(true);
}

it(
  'has what was told before, what is told now, and not what was withdrawn',
  async () => {
    await tell(incident('a'));
    await tell(incident('b'));
    const { store, file } = await open();
    await until(() => uids().join() === 'a,b');
    await tell(incident('c'));
    await tell(incident('b', { withdrawn: true, state: 'closed' }));
    await tell(incident('a', { title: 'A larger sweep' }));
    await until(() => uids().join() === 'a,c' && rows()[0]!.title === 'A larger sweep');
    await file.close();
    await store.close();
    expect(file.refused).toBe(0);
  },
  SLOW,
);

it(
  'begun again it goes on in the same capture, and what people decided stays',
  async () => {
    await tell(incident('a'));
    await tell(incident('b'));
    const first = await open();
    await until(() => uids().length === 2);
    await first.store.setIncidentStatus(first.file.capture, 'a', {
      at: 1,
      user: 'me',
      status: 'false-alarm',
      note: '',
    });
    // Not closed: as after a kill. Its store is left open by a process that does nothing any more.
    await tell(incident('c'));
    const second = await open();
    await until(() => uids().join() === 'a,b,c');
    expect(second.file.capture).toBe(first.file.capture);
    expect(await second.store.captures()).toHaveLength(1);
    expect(await second.store.expectedIncidents(second.file.capture)).toEqual(['a']);
    for (const { file, store } of [first, second]) {
      await file.close();
      await store.close();
    }
    expect(uids()).toEqual(['a', 'b', 'c']);
  },
  SLOW,
);

it(
  'is not disturbed by what is no incident',
  async () => {
    const { store, file } = await open();
    const hostile = [
      '',
      '{',
      '[]',
      'null',
      '{"schema":"sonde.fleet-incident/1"}',
      JSON.stringify(incident('x')).slice(9),
    ];
    await transport.publish(
      names.results(GROUP),
      hostile.map((text) => Buffer.from(text)),
      100,
    );
    await tell(incident('a'));
    await until(() => uids().join() === 'a');
    expect(file.refused).toBe(hostile.length);
    await file.close();
    await store.close();
  },
  SLOW,
);
