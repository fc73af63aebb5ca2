import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src-main/keep/store/client.ts';
import { migrate, MIGRATIONS, NEWEST } from '../../../src-main/keep/store/migrate.ts';
import { first } from '../../../src-main/keep/store/migrations/0001-first.ts';
import {
  damagedExperiments,
  experimentFiles,
  getExperiment,
  listExperiments,
  nameOfExperiment,
} from '../../../src-main/keep/store/queries/experiments.ts';
import { hostNames, listHosts } from '../../../src-main/keep/store/queries/hosts.ts';
import type { NewExperiment } from '../../../src-main/keep/store/types.ts';
import { openReaders } from '../../../src-main/keep/store/readers.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';

const EXPERIMENT: NewExperiment = {
  name: 'first try',
  createdAt: 7,
  user: 'ann',
  options: {
    train: ['records.txt'],
    test: [],
    regime: 'normal-only',
    split: 'time',
    seeds: [1],
    validation: 0.2,
    targetFpr: 0.05,
    duplicates: 'drop',
    keepShortcuts: false,
  },
  files: ['/somewhere/records.txt'],
  summary: {
    format: 'nsl-kdd',
    selected: 'mean-z2',
    rocAuc: 0.9,
    prAuc: 0.8,
    recall: 0.7,
    fpr: 0.05,
    trainRows: 10,
    testRows: 5,
    attacks: 2,
    warnings: 0,
  },
  report: '{"selected":"mean-z2"}',
};

const LIST = { capture: 1, search: '', order: 'risk', descending: true, limit: 10 } as const;
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-desk-store-'));
  path = join(folder, 'kept.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A database as the version before wrote it, with one capture, incident and setting. */
function older(): void {
  const db = new Database(path);
  migrate(db, [first]);
  db.exec(`
    INSERT INTO captures (id, name, status, imported_at, program) VALUES (1, 'old', 'complete', 5, 'sonde');
    INSERT INTO incidents VALUES (1, 'u1', 1, 'port-scan', 'warning', 0.5, 't', '2024', '2024', '2024', '{}');
    INSERT INTO settings VALUES ('desk', '{"theme":"dark"}');`);
  db.close();
}

describe('a database of the first version', () => {
  it('is brought up to date with all that is in it', async () => {
    older();
    const store = await openStore(path, workerUrl('keep/store/store.worker'));
    expect(await store.captures()).toEqual([
      { id: 1, name: 'old', status: 'complete', importedAt: 5, flows: 0, incidents: 1 },
    ]);
    expect(await store.setting('desk')).toEqual({ theme: 'dark' });
    expect(await store.setIncidentStatus(1, 'u1', { at: 1, user: 'ann', status: 'closed', note: '' })).toBe(true);
    expect(await store.setIncidentStatus(1, 'nobody', { at: 1, user: 'ann', status: 'closed', note: '' })).toBe(false);
    expect(await store.check()).toEqual([]);
    await store.close();
    const db = new Database(path, { readonly: true });
    expect(db.pragma('user_version', { simple: true })).toBe(NEWEST);
    expect(db.prepare('SELECT status, suppressed_by FROM incidents').get()).toEqual({
      status: 'closed',
      suppressed_by: null,
    });
    db.close();
  });
});

describe('a database of the second version', () => {
  it('keeps the names of hosts, of which it did not know when and who said so', async () => {
    older();
    const old = new Database(path);
    migrate(old, MIGRATIONS.slice(0, 2));
    old.exec("INSERT INTO host_names (capture, address, source, name) VALUES (1, '10.0.0.5', 'dns', 'a.example')");
    old.close();
    await (await openStore(path, workerUrl('keep/store/store.worker'))).close();
    const db = new Database(path, { readonly: true });
    expect(db.prepare('SELECT name, first, last, told_by FROM host_names').get()).toEqual({
      name: 'a.example',
      first: null,
      last: null,
      told_by: '',
    });
    db.close();
  });
});

describe('a database of the fourth version', () => {
  it('keeps all it has and can hold experiments, whose numbers are never given again', async () => {
    older();
    const old = new Database(path);
    migrate(old, MIGRATIONS.slice(0, 4));
    old.close();
    const store = await openStore(path, workerUrl('keep/store/store.worker'));
    expect(await store.captures()).toHaveLength(1);
    const one = await store.addExperiment(EXPERIMENT);
    expect(await store.removeExperiment(one)).toBe(true);
    expect(await store.removeExperiment(one)).toBe(false);
    const two = await store.addExperiment(EXPERIMENT);
    expect(two).toBeGreaterThan(one);
    await store.close();
    const db = new Database(path, { readonly: true });
    const { name, createdAt, user, options, summary } = EXPERIMENT;
    const row = { id: two, name, createdAt, user, options, summary };
    expect(listExperiments(db)).toEqual([row]);
    expect(getExperiment(db, two)).toEqual({ row, report: { selected: 'mean-z2' } });
    expect(() => getExperiment(db, one)).toThrow('no longer there');
    expect(experimentFiles(db)).toEqual(['/somewhere/records.txt']);
    db.close();
  });

  it('lists experiments beside damaged ones, which can be named and nothing more', async () => {
    const store = await openStore(path, workerUrl('keep/store/store.worker'));
    const ids: number[] = [];
    for (const name of ['whole', 'cut', 'strange', 'lost'])
      ids.push(await store.addExperiment({ ...EXPERIMENT, name }));
    await store.close();
    const db = new Database(path);
    const [whole, cut, strange, lost] = ids as [number, number, number, number];
    db.prepare(`UPDATE experiments SET options = '{"train":["re', files = '[7, "/a' WHERE id = ?`).run(cut);
    db.prepare("UPDATE experiments SET summary = '{}' WHERE id = ?").run(strange);
    db.prepare("UPDATE experiments SET report = 'nothing' WHERE id = ?").run(lost);
    expect(listExperiments(db).map(({ id }) => id)).toEqual([lost, whole]);
    const { createdAt, user } = EXPERIMENT;
    expect(damagedExperiments(db)).toEqual([
      { id: strange, name: 'strange', createdAt, user },
      { id: cut, name: 'cut', createdAt, user },
    ]);
    for (const id of [cut, strange, lost]) expect(() => getExperiment(db, id)).toThrow('is damaged');
    expect(nameOfExperiment(db, cut)).toBe('cut');
    expect(() => nameOfExperiment(db, 99)).toThrow('no longer there');
    expect(experimentFiles(db)).toHaveLength(3);
    db.close();
  });
});

describe('a database in which nothing could be a false alarm', () => {
  it('keeps what was decided, and what belongs to incidents', async () => {
    older();
    const old = new Database(path);
    old.pragma('foreign_keys = ON');
    migrate(
      old,
      MIGRATIONS.filter(({ version }) => version < 8),
    );
    old.exec(`
      UPDATE incidents SET status = 'expected', suppressed_by = 7;
      INSERT INTO incident_changes (capture, uid, at, user, status, note) VALUES (1, 'u1', 3, 'ann', 'expected', 'ours');
      INSERT INTO evidence VALUES (1, 'u1', 0, 'fact', 1, NULL, '');
      INSERT INTO incident_flows VALUES (1, 'u1', 5);`);
    expect(() => old.exec("UPDATE incidents SET status = 'false-alarm'")).toThrow('CHECK');
    old.close();
    const store = await openStore(path, workerUrl('keep/store/store.worker'));
    expect(await store.check()).toEqual([]);
    expect(await store.setIncidentStatus(1, 'u1', { at: 4, user: 'ann', status: 'false-alarm', note: '' })).toBe(true);
    await store.close();
    const db = new Database(path);
    db.pragma('foreign_keys = ON');
    const counts = ['evidence', 'incident_flows', 'incident_changes'].map((table) =>
      db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    );
    expect(counts).toEqual([1, 1, 2]);
    expect(db.prepare('SELECT status, suppressed_by FROM incidents').get()).toEqual({
      status: 'false-alarm',
      suppressed_by: 7,
    });
    expect(() => db.exec("UPDATE incidents SET status = 'gone'")).toThrow('CHECK');
    expect(db.pragma('foreign_key_check')).toEqual([]);
    db.close();
  });
});

describe('the name that a host is shown under', () => {
  it('is of the best source, and of those the newest; claims come last', async () => {
    older();
    await (await openStore(path, workerUrl('keep/store/store.worker'))).close();
    const db = new Database(path);
    db.exec(`INSERT INTO hosts (capture, host, address, address_bytes, risk, flows, bytes_out, bytes_in, roles)
      VALUES (1, 1, '10.0.0.5', x'00000000000000000000ffff0a000005', 0, 0, 0, 0, '[]')`);
    const shown = (...names: [source: string, name: string, last: number][]): string => {
      db.exec('DELETE FROM host_names');
      const insert = db.prepare("INSERT INTO host_names VALUES (1, '10.0.0.5', ?, ?, 1, ?, '')");
      for (const name of names) insert.run(...name);
      return listHosts(db, LIST).rows[0]!.name;
    };
    expect(shown(['dns', 'a', 5], ['dns', 'b', 9], ['claimed', '0', 99])).toBe('b');
    expect(shown(['claimed', '0', 99], ['http', 'z', 1])).toBe('z');
    expect(shown(['claimed', '0', 99], ['claimed', 'z', 100])).toBe('z');
    db.close();
  });
});

describe('the names beside addresses', () => {
  it('are the best of each host, and none that was only claimed or asked for in HTTP', () => {
    older();
    const db = new Database(path);
    migrate(db);
    db.exec('DELETE FROM host_names');
    const insert = db.prepare("INSERT INTO host_names VALUES (1, ?, ?, ?, 1, 2, '')");
    const seen: [address: string, source: string, name: string][] = [
      ['10.0.0.5', 'dns', 'nas.example'],
      ['10.0.0.5', 'dhcp', 'nas'],
      ['10.0.0.6', 'claimed', 'bank.example'],
      ['10.0.0.7', 'http', 'bank.example'],
      ['10.0.0.8', 'certificate', 'mail.example'],
    ];
    for (const row of seen) insert.run(...row);
    const addresses = ['10.0.0.8', '10.0.0.5', '10.0.0.6', '10.0.0.7', '10.0.0.5', '10.0.0.9'];
    expect(hostNames(db, { capture: 1, addresses })).toEqual({
      names: [
        { address: '10.0.0.8', name: 'mail.example' },
        { address: '10.0.0.5', name: 'nas' },
      ],
    });
    expect(hostNames(db, { capture: 2, addresses })).toEqual({ names: [] });
    db.close();
  });
});

describe('incidents that are expected', () => {
  it('are those that somebody judged so, and those that are silenced', async () => {
    older();
    const store = await openStore(path, workerUrl('keep/store/store.worker'));
    const body = { kind: 'port-scan', sources: ['10.0.0.5'], sourcesTotal: 1 };
    const db = new Database(path);
    db.prepare('UPDATE incidents SET body = ?').run(JSON.stringify(body));
    db.close();
    expect(await store.expectedIncidents(1)).toEqual([]);
    await store.setIncidentStatus(1, 'u1', { at: 1, user: 'ann', status: 'expected', note: '' });
    expect(await store.expectedIncidents(1)).toEqual(['u1']);
    await store.setIncidentStatus(1, 'u1', { at: 2, user: 'ann', status: 'investigating', note: '' });
    expect(await store.expectedIncidents(1)).toEqual([]);
    await store.setIncidentStatus(1, 'u1', { at: 2, user: 'ann', status: 'false-alarm', note: '' });
    expect(await store.expectedIncidents(1)).toEqual(['u1']);
    await store.setIncidentStatus(1, 'u1', { at: 2, user: 'ann', status: 'closed', note: '' });
    expect(await store.expectedIncidents(1)).toEqual([]);
    const scope = { source: '10.0.0.0/24' };
    const id = await store.addSuppression({ scope, reason: 'ours', author: 'ann', createdAt: 3, expiresAt: null });
    await store.applySuppressions(4, 1);
    expect(await store.expectedIncidents(1)).toEqual(['u1']);
    expect(await store.expectedIncidents(2)).toEqual([]);
    await store.removeSuppression(id);
    await store.applySuppressions(5, 1);
    expect(await store.expectedIncidents(1)).toEqual([]);
    await store.close();
  });
});

describe('the audit log', () => {
  it('only grows, whoever writes', async () => {
    const store = await openStore(path, workerUrl('keep/store/store.worker'));
    await store.addAudit({ at: 1, user: 'ann', action: 'open', object: 'x', detail: '' });
    await store.close();
    const db = new Database(path);
    expect(() => db.exec('DELETE FROM audit')).toThrow('the audit log only grows');
    expect(() => db.exec("UPDATE audit SET user = 'bob'")).toThrow('the audit log only grows');
    expect(db.prepare('SELECT count(*) AS n FROM audit').get()).toEqual({ n: 1 });
    db.close();
  });
});

describe('readers', () => {
  const WALK = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
    INSERT INTO flows SELECT 1, i, 'u', 'c', i, 0, 1, 0, x'00', 0, 0, x'00', 0, 6, '', '', 0, 'S', 1, 1, 0, 1, 1, 1, 1, 0, 0, NULL, NULL, 0, '', '', NULL, '' FROM n`;

  it('stop in the middle of a walk when the question is cancelled, and answer the next', async () => {
    older();
    const db = new Database(path);
    migrate(db);
    db.exec(WALK);
    db.close();
    const readers = openReaders(path, workerUrl('keep/store/reader.worker'), 1);
    await readers.ask('savedFilters', []);
    const walk = { capture: 1, filter: '!(history contains "zz" || history contains "yy" || app contains "xx")' };
    const started = performance.now();
    await readers.ask('flowTotals', [walk]);
    const whole = performance.now() - started;
    const cancel = new AbortController();
    const asked = readers.ask('flowTotals', [walk], cancel.signal).then(
      () => 'answered',
      (error: { code: string }) => error.code,
    );
    await new Promise((resolve) => void setTimeout(resolve, whole / 20));
    const cancelled = performance.now();
    cancel.abort();
    expect(await asked).toBe('cancelled');
    expect(await readers.ask('savedFilters', [])).toEqual([]);
    expect(performance.now() - cancelled).toBeLessThan(whole / 2);
    await readers.close();
  });

  it('tell how far a walk has come while it goes on, and nothing before and after', async () => {
    older();
    const db = new Database(path);
    migrate(db);
    db.exec(WALK);
    db.close();
    const readers = openReaders(path, workerUrl('keep/store/reader.worker'), 1);
    await readers.ask('savedFilters', []);
    expect(readers.walked('flowTotals', 1)).toBe(0);
    const seen: number[] = [];
    const timer = setInterval(() => seen.push(readers.walked('flowTotals', 1)), 1);
    await readers.ask('flowTotals', [{ capture: 1, filter: '!(history contains "zz" || app contains "xx")' }]);
    clearInterval(timer);
    const walked = seen.filter((rows) => rows > 0);
    expect(walked.length).toBeGreaterThan(2);
    expect(walked).toEqual(walked.toSorted((a, b) => a - b));
    expect(walked.at(-1)).toBeLessThanOrEqual(300_000);
    expect(readers.walked('flowTotals', 1)).toBe(0);
    await readers.close();
  });

  it('cannot write', async () => {
    older();
    const store = await openStore(path, workerUrl('keep/store/store.worker'));
    const readers = openReaders(path, workerUrl('keep/store/reader.worker'), 1);
    await expect(readers.ask('constructor' as never, [] as never)).rejects.toThrow('no such question');
    await expect(readers.ask('getCapture', [99])).rejects.toMatchObject({ code: 'not-found' });
    await readers.close();
    await store.close();
  });

  it('of a file that is no database say so', async () => {
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path, 'text '.repeat(500));
    const readers = openReaders(path, workerUrl('keep/store/reader.worker'), 1);
    await expect(readers.ask('listCaptures', [])).rejects.toMatchObject({ code: 'not-a-database' });
    await readers.close();
  });
});
