import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access } from '../../../src-main/meter/capture/access/state.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { openStore } from '../../../src-main/keep/store/client.ts';
import { openReaders } from '../../../src-main/keep/store/readers.ts';
import type { Store } from '../../../src-main/keep/store/types.ts';
import { liveErrorAsOurs } from '../../../src-main/run/api/live/errors.ts';
import { HostSeconds } from '../../../src-main/run/api/live/host-seconds.ts';
import { IncidentWriter } from '../../../src-main/run/api/live/incident-writer.ts';
import { installCommand } from '../../../src-main/meter/capture/access/install.ts';
import { CaptureError } from '../../../src-main/meter/capture/types.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';
import { FlowWriter } from '../../../src-main/run/api/live/flow-writer.ts';
import { makeFlowBatch } from '../../../src-main/meter/flows/types.ts';
import { incident } from './examples.ts';

describe('HostSeconds', () => {
  /** Two hosts; the numbers are bytes in and out. */
  const second = (rows: readonly [host: number, bytesIn: number, bytesOut: number][]) => ({
    count: rows.length,
    columns: {
      host: Uint32Array.from(rows, ([host]) => host),
      packetsIn: Uint32Array.from(rows, () => 1),
      packetsOut: Uint32Array.from(rows, () => 1),
      bytesIn: Float64Array.from(rows, ([, bytesIn]) => bytesIn),
      bytesOut: Float64Array.from(rows, ([, , bytesOut]) => bytesOut),
    },
  });
  const addresses = { address: (id: number) => `host ${id}` } as unknown as HostTable;

  it('tells of every host of a second, also the quiet ones, most first', () => {
    const seconds = new HostSeconds();
    seconds.add(100, second([[1, 1, 2], [2, 500, 100], [0, 9, 9]])); // prettier-ignore
    expect(seconds.take(addresses).heat).toEqual([
      ['host 2', 600],
      ['host 1', 3],
    ]);
    expect(seconds.take(addresses).heat).toEqual([]);
  });

  it('sums talkers over the last one to two minutes', () => {
    const seconds = new HostSeconds();
    seconds.add(100, second([[1, 10, 0]]));
    seconds.add(161, second([[1, 5, 1], [2, 1, 1]])); // prettier-ignore
    expect(seconds.take(addresses).talkers).toEqual([
      { address: 'host 1', bytesIn: 15, bytesOut: 1 },
      { address: 'host 2', bytesIn: 1, bytesOut: 1 },
    ]);
    seconds.add(400, second([[2, 1, 1]]));
    expect(seconds.take(addresses).talkers).toEqual([{ address: 'host 2', bytesIn: 1, bytesOut: 1 }]);
  });
});

describe('incidents of a running session', () => {
  let folder: string;
  let store: Store;
  let path: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-live-store-'));
    path = join(folder, 'a.db');
    store = await openStore(path, workerUrl('keep/store/store.worker'));
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are in the store within a second, keep what was decided about them, and go when withdrawn', async () => {
    const capture = await store.beginCapture({ name: 'Live', importedAt: 1, program: 'test' });
    const readers = openReaders(path, workerUrl('keep/store/reader.worker'));
    const list = async () => {
      const asked = { capture, search: '', suppressed: 'show', order: 'rank', limit: 10 } as const;
      return (await readers.ask('listIncidents', [asked])).rows.map(({ uid, title, status }) => [uid, title, status]);
    };
    let stored = 0;
    const failures: unknown[] = [];
    const writer = new IncidentWriter({
      store,
      capture,
      now: () => 1,
      onStored: () => void stored++,
      onFailure: (error) => void failures.push(error),
    });
    writer.take(incident('a'));
    writer.take(incident('b', { title: 'b' }));
    await expect.poll(() => stored, { timeout: 3000 }).toBe(1);
    expect(await list()).toEqual([
      ['a', '10.0.0.5 floods 10.0.0.9', 'new'],
      ['b', 'b', 'new'],
    ]);
    await store.setIncidentStatus(capture, 'a', { at: 2, user: 'ann', status: 'investigating', note: 'mine' });
    writer.take(incident('a', { state: 'update', title: 'it grew' }));
    writer.take(incident('b', { state: 'closed', withdrawn: true }));
    await writer.end();
    expect(await list()).toEqual([['a', 'it grew', 'investigating']]);
    const { history, incident: kept } = await readers.ask('getIncident', [{ capture, uid: 'a' }]);
    expect(history.map(({ note }) => note)).toEqual(['mine']);
    expect(kept).not.toHaveProperty('state');
    expect(failures).toEqual([]);
    await readers.close();
  });

  it('name their flows at once, then now and then, and at their end', async () => {
    const capture = await store.beginCapture({ name: 'Live', importedAt: 1, program: 'test' });
    const db = new Database(path, { readonly: true });
    const flows = () =>
      db.prepare('SELECT flow FROM incident_flows WHERE capture = ? ORDER BY flow').pluck().all(capture);
    let now = 0;
    const nothing = () => undefined;
    const writer = new IncidentWriter({ store, capture, now: () => now, onStored: nothing, onFailure: nothing });
    const seen: unknown[] = [];
    for (const [at, state, ids] of [
      [0, 'open', [1]],
      [1000, 'update', [1, 2]],
      [12_000, 'update', [1, 2, 3]],
      [13_000, 'closed', [1, 2, 3, 4]],
    ] as const) {
      // prettier-ignore
      now = at;
      writer.take(incident('a', { state }), new Set(ids));
      await writer.end();
      seen.push(flows());
    }
    db.close();
    expect(seen).toEqual([[1], [1], [1, 2, 3], [1, 2, 3, 4]]);
  });

  it('are silenced by what their flows tell before these have ended', async () => {
    const capture = await store.beginCapture({ name: 'Live', importedAt: 1, program: 'test' });
    const scope = { protocol: 'ssh' };
    const id = await store.addSuppression({ scope, reason: 'ours', author: 'ann', createdAt: 1, expiresAt: null });
    const nothing = (): undefined => undefined;
    const writer = new IncidentWriter({ store, capture, now: () => 1, onStored: nothing, onFailure: nothing });
    writer.take(incident('a'), new Set([1]), { protocols: ['tcp', 'ssh'], ja4: [] });
    writer.take(incident('b'), new Set([2]), { protocols: ['tcp', 'ftp'], ja4: [] });
    await writer.end();
    expect(await store.expectedIncidents(capture)).toEqual(['a']);
    // What is judged again later, for another's sake, stays as it was.
    writer.take(incident('c'), new Set([3]), { protocols: ['udp'], ja4: [] });
    await writer.end();
    expect(await store.expectedIncidents(capture)).toEqual(['a']);
    await store.removeSuppression(id);
  });

  it('whose database fails are told of once', async () => {
    const failures: unknown[] = [];
    const fail = (): Promise<never> => Promise.reject(new Error('disk full'));
    const writer = new IncidentWriter({
      store: { addIncidents: fail, keepIncidents: fail, applySuppressions: fail },
      capture: 1,
      now: () => 1,
      onStored: () => undefined,
      onFailure: (error) => void failures.push(error),
    });
    writer.take(incident('a'));
    await writer.end();
    writer.take(incident('b'));
    await writer.end();
    expect(failures).toEqual([new Error('disk full')]);
  });
});

describe('flows of a running session', () => {
  const KEEPS = 16_384;
  let folder: string;
  let store: Store;
  let db: Database.Database;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-live-flows-'));
    store = await openStore(join(folder, 'a.db'), workerUrl('keep/store/store.worker'));
    db = new Database(join(folder, 'a.db'), { readonly: true });
  });
  afterAll(async () => {
    db.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const hosts = new HostTable();
  const host = hosts.intern(Uint32Array.of(0, 0, 0xffff, 0x0a000001), 0);
  const batch = (from: number, count: number) => {
    const made = makeFlowBatch(count);
    made.count = count;
    for (let row = 0; row < count; row++) {
      made.columns.id[row] = from + row;
      made.columns.origHost[row] = host;
      made.columns.parent[row] = -1;
    }
    return made;
  };
  const scores = (count: number, score: number) => ({
    count,
    score: new Float32Array(count).fill(score),
    surprise: new Float32Array(count),
    anomalous: new Uint8Array(count),
    detectors: [],
    perDetector: [],
  });

  async function begin(keeps: number) {
    const capture = await store.beginCapture({ name: 'Live', importedAt: 1, program: 'test' });
    const failures: unknown[] = [];
    let stored = 0;
    const onFailure = (error: unknown): void => void failures.push(error);
    const writer = new FlowWriter({ store, capture, hosts, keeps, onStored: () => void stored++, onFailure });
    const ids = () => db.prepare('SELECT id FROM flows WHERE capture = ? ORDER BY id').pluck().all(capture) as number[];
    return { capture, writer, ids, failures, stored: () => stored };
  }

  it('are in the store within two seconds, with their addresses; it is known which are there as they are', async () => {
    const { capture, writer, ids, failures, stored } = await begin(KEEPS);
    writer.take(batch(7, 2), scores(2, 0.5));
    writer.take(batch(3, 1), undefined);
    await expect.poll(stored, { timeout: 3000 }).toBe(1);
    await writer.end(0);
    expect(ids()).toEqual([3, 7, 8]);
    expect(db.prepare('SELECT host, address FROM hosts WHERE capture = ?').all(capture)).toEqual([
      { host, address: '10.0.0.1' },
    ]);
    expect(writer.isStored(batch(7, 2), scores(2, 0.5), 0)).toBe(true);
    expect(writer.isStored(batch(7, 2), scores(2, 0.6), 0)).toBe(false);
    expect(writer.isStored(batch(8, 2), scores(2, 0.5), 0)).toBe(false);
    expect(writer.isStored(batch(3, 1), undefined, 2)).toBe(true);
    expect(writer.isStored(batch(3, 1), scores(1, 0.5), 2)).toBe(false);
    expect(writer.isStored(batch(4, 1), undefined, 3)).toBe(false);
    expect(failures).toEqual([]);
  });

  it('that are too many for a second wait for the end; those that are kept no longer go', async () => {
    const { writer, ids, stored } = await begin(KEEPS);
    writer.take(batch(0, 100), undefined);
    await expect.poll(stored, { timeout: 3000 }).toBe(1);
    writer.take(batch(100, 29_900), undefined);
    await expect.poll(stored, { timeout: 3000 }).toBe(2);
    expect(ids()).toHaveLength(2148);
    // The ring of those that are remembered begins anew: the first 1,232 go.
    writer.take(batch(30_000, 4000), undefined);
    await expect.poll(stored, { timeout: 3000 }).toBe(3);
    expect(ids().slice(0, 2)).toEqual([1232, 1233]);
    expect(writer.isStored(batch(1231, 1), undefined, 1231)).toBe(false);
    expect(writer.isStored(batch(1232, 1), undefined, 1232)).toBe(true);
    await writer.end(1500);
    expect(ids()).toHaveLength(648 + 2048);
    expect([ids()[0], ids()[648]]).toEqual([1500, 30_000]);
  });

  it('all stay where a session keeps all', async () => {
    const { writer, ids, stored } = await begin(Infinity);
    writer.take(batch(0, 10), undefined);
    await expect.poll(stored, { timeout: 3000 }).toBe(1);
    writer.take(batch(10, 300_000), undefined);
    await writer.end(0);
    expect(ids()).toHaveLength(10);
    expect(writer.isStored(batch(0, 10), undefined, 0)).toBe(false);
  });
});

describe('installCommand', () => {
  const places = {
    installed: '/usr/libexec/sonde/sonde-capture',
    shipped: '/x/sonde-capture',
    installer: '/x/install.sh',
  };
  const access = { engine: null } as unknown as Access;
  const system = (there: readonly string[], env: NodeJS.ProcessEnv = { DISPLAY: ':0' }) => ({
    env,
    platform: 'linux' as const,
    exists: (path: string) => there.includes(path),
  });
  const ALL = ['/usr/bin/pkexec', '/x/sonde-capture', '/x/install.sh'];

  it('installs the shipped helper where there is a screen to ask on', () => {
    expect(installCommand(access, places, system(ALL))).toEqual(['/bin/sh', '/x/install.sh', '/x/sonde-capture']);
  });

  it('sets up the installed one where a package put it', () => {
    const setup = '/usr/libexec/sonde/sonde-capture-install';
    expect(installCommand(access, places, system([...ALL, places.installed, setup]))).toEqual([setup]);
  });

  it('offers nothing without a screen, without pkexec, or where the helper works', () => {
    expect(installCommand(access, places, system(ALL, {}))).toBeNull();
    expect(installCommand(access, places, system(ALL.slice(1)))).toBeNull();
    expect(installCommand({ engine: 'helper' } as unknown as Access, places, system(ALL))).toBeNull();
  });
});

describe('errors of a card', () => {
  it('keep their cure, under codes of the program', () => {
    const told = liveErrorAsOurs(new CaptureError('no-permission', 'not permitted', 'Install it.'), 'eth0');
    expect(told).toMatchObject({ code: 'not-permitted', message: 'not permitted', cure: 'Install it.', where: 'eth0' });
    const other = new Error('a bug');
    expect(liveErrorAsOurs(other, 'eth0')).toBe(other);
  });
});
