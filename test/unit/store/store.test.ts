import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src-main/keep/store/client.ts';
import { migrate, MIGRATIONS, NEWEST } from '../../../src-main/keep/store/migrate.ts';
import { openDatabase } from '../../../src-main/keep/store/database.ts';
import { examineDatabase, tableSizes } from '../../../src-main/keep/store/examine.ts';
import type { Store } from '../../../src-main/keep/store/types.ts';
import { bufferOf, makeColumns } from '../../../src-main/meter/columns.ts';
import { hostWindowSchema } from '../../../src-main/meter/windows/types.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import { needs } from '../../setup/skip.ts';
import { flows } from './flow-rows.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-store-'));
  path = join(folder, 'kept.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): Promise<Store> => openStore(path, workerUrl('keep/store/store.worker'));
const capture = { name: 'office.pcap', importedAt: 1_700_000_000_000, program: 'sonde test' };

const incident: Incident = {
  id: 1,
  uid: '0123456789abcdef0123456789abcdef',
  kind: 'port-scan',
  severity: 'warning',
  confidence: 0.9,
  title: 'a scan',
  summary: '',
  firstTs: '2024-01-01T00:00:00.000000000Z',
  decidedTs: '2024-01-01T00:00:01.000000000Z',
  lastTs: '2024-01-01T00:00:02.000000000Z',
  sources: ['10.0.0.1'],
  sourcesTotal: 1,
  targets: ['10.0.0.2'],
  targetsTotal: 1,
  ports: [22],
  portsTotal: 1,
  domains: [],
  domainsTotal: 0,
  flows: 3,
  packets: 3,
  bytes: 180,
  technique: [],
  evidence: [{ fact: 'ports', value: 100, expected: 3, unit: 'ports' }],
  attributions: [],
  detectors: {},
  response: ['look'],
  wiresharkFilter: '',
};

describe('the store', () => {
  it('keeps a capture with its flows, windows, hosts and incidents', async () => {
    const store = await open();
    const id = await store.beginCapture(capture);
    await store.addFlows(id, flows(3));
    const windows = makeColumns(hostWindowSchema, 1);
    windows.host[0] = 1;
    windows.length[0] = 60;
    await store.addWindows(id, { capacity: 1, count: 1, columns: bufferOf(windows) });
    const host = {
      address: '10.0.0.1',
      risk: 0.5,
      incidents: [],
      flows: 3,
      bytesOut: 1,
      bytesIn: 2,
      roles: ['client'],
    };
    const device = { kind: 'camera' as const, confidence: 0.85, why: ['answers RTSP'] };
    await store.addHosts(id, [
      { ...host, device, host: 1, words: Uint32Array.of(0, 0, 0xffff, 0x0a000001) },
      { ...host, address: '8.8.8.8', host: 2, words: Uint32Array.of(0, 0, 0xffff, 0x08080808) },
    ]);
    await store.addIncidents(id, [{ incident, flows: [0, 2] }]);
    await store.finishCapture(id, { status: 'complete', inputs: [], report: { version: '1' } });
    expect(await store.captures()).toEqual([
      { id, name: 'office.pcap', status: 'complete', importedAt: capture.importedAt, flows: 3, incidents: 1 },
    ]);
    await store.close();

    const db = new Database(path, { readonly: true });
    const kept = db.prepare('SELECT device FROM hosts ORDER BY host').all() as { device: string | null }[];
    expect(kept.map((h) => h.device && (JSON.parse(h.device) as unknown))).toEqual([device, null]);
    const flow = db.prepare('SELECT duration, history, orig_bytes, resp_address, score FROM flows WHERE id = 2').get();
    expect(flow).toEqual({
      duration: 0.75,
      history: 'Sh',
      orig_bytes: null,
      resp_address: Buffer.from('00000000000000000000ffff08080808', 'hex'),
      score: null,
    });
    expect(db.prepare('SELECT flow FROM incident_flows ORDER BY flow').pluck().all()).toEqual([0, 2]);
    expect(db.prepare('SELECT fact, value, expected FROM evidence').get()).toEqual({
      fact: 'ports',
      value: 100,
      expected: 3,
    });
    expect(db.prepare('SELECT count(*) FROM windows').pluck().get()).toBe(1);
    expect(db.prepare('SELECT address FROM hosts').pluck().all()).toEqual(['10.0.0.1', '8.8.8.8']);
    db.close();
  });

  it('marks a capture incomplete until it is finished', async () => {
    const store = await open();
    await store.beginCapture(capture);
    expect((await store.captures())[0]?.status).toBe('incomplete');
    await store.close();
  });

  it('removes a capture with everything that belongs to it', async () => {
    const store = await open();
    const id = await store.beginCapture(capture);
    await store.addFlows(id, flows(2));
    await store.addIncidents(id, [{ incident, flows: [0] }]);
    await store.removeCapture(id);
    await store.close();
    const db = new Database(path, { readonly: true });
    for (const table of ['captures', 'flows', 'incidents', 'evidence', 'incident_flows']) {
      expect(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), table).toBe(0);
    }
    db.close();
  });

  it('keeps settings and models', async () => {
    const store = await open();
    expect(await store.setting('theme')).toBeUndefined();
    await store.setSetting('theme', { dark: true });
    await store.addModel('base', 'ab'.repeat(32), 1, new Uint8Array([1, 2]));
    expect(await store.setting('theme')).toEqual({ dark: true });
    await store.close();
  });

  it('finds a fresh database sound', async () => {
    const store = await open();
    expect(await store.check()).toEqual([]);
    await store.close();
  });

  it('answers what was asked before it closes, and refuses afterwards', async () => {
    const store = await open();
    const asked = store.captures();
    await store.close();
    expect(await asked).toEqual([]);
    await expect(store.captures()).rejects.toThrow('ended');
  });
});

describe('a database that is not ours to change', () => {
  it('from a newer Sonde is refused and not a byte of it changes', async () => {
    openDatabase(path).close();
    const db = new Database(path);
    db.pragma(`user_version = ${NEWEST + 1}`);
    db.pragma('journal_mode = DELETE');
    db.close();
    const before = readFileSync(path);
    await expect(open()).rejects.toMatchObject({ code: 'wrong-version', where: path });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('of another program is refused and not a byte of it changes', async () => {
    const db = new Database(path);
    db.exec('CREATE TABLE theirs (x)');
    db.close();
    const before = readFileSync(path);
    await expect(open()).rejects.toMatchObject({ code: 'not-a-database' });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('that is a text file is refused and not a byte of it changes', async () => {
    writeFileSync(path, 'hello, I am no database at all, but long enough to look at '.repeat(20));
    const before = readFileSync(path);
    await expect(open()).rejects.toMatchObject({ code: 'not-a-database' });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  needs(process.platform === 'linux', 'written for Linux')(
    'that is a pipe or a device is refused at once',
    async () => {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      for (const place of [pipe, '/dev/zero']) {
        const refused = { code: 'not-a-database', message: `${place}: is not a regular file` };
        await expect(openStore(place, workerUrl('keep/store/store.worker'))).rejects.toMatchObject(refused);
        expect(() => examineDatabase(place, false)).toThrow(refused.message);
        expect(() => tableSizes(place)).toThrow(refused.message);
      }
    },
  );

  it('that is a directory, or in none, is refused by name', async () => {
    await expect(openStore(folder, workerUrl('keep/store/store.worker'))).rejects.toMatchObject({
      code: 'is-a-directory',
    });
    const nowhere = join(folder, 'no', 'such', 'kept.db');
    await expect(openStore(nowhere, workerUrl('keep/store/store.worker'))).rejects.toMatchObject({
      code: 'write-failed',
    });
  });
});

describe('migrations', () => {
  it('are numbered without a gap', () => {
    expect(MIGRATIONS.map((m) => m.version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
  });

  it('that fail leave the version before them, whole', () => {
    const db = openDatabase(path);
    const broken = { version: NEWEST + 1, sql: 'CREATE TABLE more (x); CREATE TABLE more (x);' };
    expect(() => migrate(db, [...MIGRATIONS, broken])).toThrow('more');
    expect(db.pragma('user_version', { simple: true })).toBe(NEWEST);
    expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'more'").pluck().get()).toBe(0);
    db.close();
  });

  it('do nothing to a database that is up to date', () => {
    openDatabase(path).close();
    const db = new Database(path);
    const before = db.pragma('schema_version', { simple: true });
    migrate(db);
    expect(db.pragma('schema_version', { simple: true })).toBe(before);
    db.close();
  });
});
