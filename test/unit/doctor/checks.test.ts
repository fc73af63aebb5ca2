import { chmodSync, mkdirSync, mkdtempSync, openSync, closeSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { KeyFileSecrets } from '../../../src-main/keep/alerts/key-file.ts';
import { openDatabase } from '../../../src-main/keep/store/database.ts';
import { NEWEST } from '../../../src-main/keep/store/migrate.ts';
import { fitToShare } from '../../../src-main/run/doctor/share.ts';
import { logLines, tailOf } from '../../../src-main/run/doctor/bundle.ts';
import { database } from '../../../src-main/run/doctor/checks/database.ts';
import { dataFolderCheck } from '../../../src-main/run/doctor/checks/disk.ts';
import { pagesIn } from '../../../src-main/run/doctor/checks/pages.ts';
import { baseModel, resources } from '../../../src-main/run/doctor/checks/resources.ts';
import { secrets } from '../../../src-main/run/doctor/checks/secrets.ts';
import { examine } from '../../../src-main/run/doctor/examine.ts';
import { CHECKS } from '../../../src-main/run/doctor/registry.ts';
import { ok, type Check, type CheckContext } from '../../../src-main/run/doctor/types.ts';

const root = mkdtempSync(join(tmpdir(), 'sonde-doctor-'));
let context: CheckContext;
let count = 0;
beforeEach(() => {
  const dataFolder = join(root, String(count++));
  mkdirSync(dataFolder, { mode: 0o700 });
  context = { database: join(dataFolder, 'desk.db'), dataFolder, thorough: true };
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const capture = (db: Database.Database, status: string): void => {
  db.prepare(`INSERT INTO captures (name, imported_at, status, program) VALUES ('a.pcap', 0, ?, 'sonde')`).run(status);
};

describe('the pages of the desk', () => {
  it('that are not built are named with what builds them', () => {
    const folder = join(context.dataFolder, 'renderer');
    const found = pagesIn(folder);
    expect(found).toMatchObject({ state: 'warning', cure: expect.stringContaining('npm run build') as string });
    expect(found.message).toContain(join(folder, 'index.html'));
    mkdirSync(folder);
    writeFileSync(join(folder, 'index.html'), '<!doctype html>');
    expect(pagesIn(folder)).toMatchObject({ state: 'ok', cure: '' });
    expect(CHECKS.map(({ id }) => id)).toContain('desk');
  });
});

describe('the database', () => {
  it('that is not there yet is no fault', async () => {
    expect(await database.run(context)).toMatchObject({ state: 'note', cure: '' });
    expect(await database.run({ ...context, database: null })).toMatchObject({ state: 'note' });
  });

  it('that is sound is counted', async () => {
    const db = openDatabase(context.database!);
    capture(db, 'complete');
    db.close();
    const found = await database.run(context);
    expect(found).toMatchObject({ state: 'ok' });
    expect(found.message).toContain(`schema ${NEWEST}`);
    expect(found.message).toContain(', 1 capture, 0 incidents');
  });

  it('with a capture that was never read to its end says so', async () => {
    const db = openDatabase(context.database!);
    capture(db, 'incomplete');
    db.close();
    expect(await database.run(context)).toMatchObject({ state: 'warning' });
  });

  it('whose pages are overwritten is damaged, and is not touched', async () => {
    const db = openDatabase(context.database!);
    for (let i = 0; i < 2000; i++) capture(db, 'complete');
    db.pragma('wal_checkpoint(TRUNCATE)');
    const page = Number(db.pragma('page_size', { simple: true }));
    const pages = Number(db.pragma('page_count', { simple: true }));
    db.close();
    const file = openSync(context.database!, 'r+');
    for (let i = pages - 8; i < pages; i++) writeSync(file, Buffer.alloc(page, 0xa5), 0, page, i * page);
    closeSync(file);
    const found = await database.run(context);
    expect(found.state).toBe('failed');
    expect(found.message).toMatch(/damaged/);
    expect(found.cure).not.toBe('');
  });

  it('of another program, or of a newer Sonde, is named as what it is', async () => {
    const other = new Database(context.database!);
    other.exec('CREATE TABLE x (y)');
    other.close();
    expect((await database.run(context)).message).toContain('another program');
    const newer = openDatabase(join(context.dataFolder, 'newer.db'));
    newer.pragma(`user_version = ${NEWEST + 1}`);
    newer.close();
    const found = await database.run({ ...context, database: join(context.dataFolder, 'newer.db') });
    expect(found).toMatchObject({ state: 'failed' });
    expect(found.message).toContain('newer Sonde');
  });

  it('of an older Sonde will be brought up to date', async () => {
    const db = openDatabase(context.database!);
    db.pragma('user_version = 1');
    db.close();
    const found = await database.run(context);
    expect(found).toMatchObject({ state: 'note' });
    expect(found.message).toContain('brought up to date');
  });
});

describe('the data folder', () => {
  it('that others may look into is a warning with the command', async () => {
    expect((await dataFolderCheck.run(context)).state).toBe('ok');
    chmodSync(context.dataFolder, 0o755);
    const found = await dataFolderCheck.run(context);
    expect(found).toMatchObject({ state: 'warning', cure: `chmod 700 ${context.dataFolder}` });
  });

  it('that is not made yet is looked at by the folder above', async () => {
    const found = await dataFolderCheck.run({ ...context, dataFolder: join(context.dataFolder, 'a', 'b') });
    expect(found).toMatchObject({ state: 'note' });
  });
});

describe('secrets', () => {
  it('are counted, and one that cannot be opened is a fault', async () => {
    expect((await secrets.run(context)).message).toContain('none');
    await new KeyFileSecrets(context.dataFolder).set('phone.token', 'abc');
    expect((await secrets.run(context)).message).toMatch(/^1 kept/);
    writeFileSync(join(context.dataFolder, 'alerts.key'), `${Buffer.alloc(32, 7).toString('base64')}\n`);
    const found = await secrets.run(context);
    expect(found).toMatchObject({ state: 'failed' });
    expect(found.message).not.toContain('abc');
  });

  it('open to other users are a fault', async () => {
    await new KeyFileSecrets(context.dataFolder).set('phone.token', 'abc');
    chmodSync(join(context.dataFolder, 'alerts.secrets'), 0o644);
    expect(await secrets.run(context)).toMatchObject({ state: 'failed' });
  });
});

describe('all checks', () => {
  it('find the shipped resources as they were shipped', async () => {
    expect(await resources.run(context)).toMatchObject({ state: 'ok' });
    expect(await baseModel.run(context)).toMatchObject({ state: 'ok' });
  });

  it('have ids of their own', () => {
    expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
  });

  it('go on when one throws', async () => {
    const bad: Check = { id: 'bad', title: 'Bad', run: () => Promise.reject(new Error('no luck')) };
    const good: Check = { id: 'good', title: 'Good', run: async () => ok('fine') };
    const findings = await examine(context, [bad, good]);
    expect(findings.map(({ state }) => state)).toEqual(['failed', 'ok']);
    expect(findings[0]!.message).toContain('no luck');
  });
});

describe('the log in a bundle', () => {
  it('is its end, without addresses, secrets and the home folder', () => {
    const path = join(context.dataFolder, 'errors.log');
    const secretLine = 'Error: 192.0.2.7 said password=hunter2 to fe80::1 by 00:11:22:33:44:55';
    writeFileSync(path, `first\n${'x'.repeat(3000)}\n${secretLine}\n`);
    const lines = logLines(path);
    expect(lines[0]).toBe('first');
    expect(lines.at(-1)).not.toMatch(/192\.0\.2\.7|hunter2|fe80|00:11/);
    expect(tailOf(path, 10)).toHaveLength(10);
    expect(logLines(join(context.dataFolder, 'none'))).toEqual([]);
  });

  it.each([
    ['Error: GET https://hooks.example/services/T0/B0/xyz?sig=abc123 failed', /hooks|xyz|abc123/],
    ['Error: https://api.telegram.org/bot123456:AA-bb said no', /bot123456|AA-bb/],
    ['Error: the password is geheim and pwd=geheim2', /geheim/],
    ['Error: token "abc def" is old', /abc|def/],
    ['Error: card 0011.2233.4455 at 10-1-2-3.dyn.example', /0011|dyn/],
    ['Error: mail to ann@corp.example of fileserver.corp.example failed', /ann|corp/],
    ['Error: /srv/ann/secret-case/evidence.pcap: no such file', /ann|evidence/],
    ['Error: C:\\Users\\ann\\evidence.pcap: no such file', /ann|evidence/],
  ])('keeps nothing of whom or what: %s', (line, never) => {
    expect(fitToShare(line)).not.toMatch(never);
    expect(fitToShare(line)).toMatch(/^Error: /);
  });

  it('keeps what tells us where: entries and stacks', () => {
    const entry = '2026-11-22T09:00:00.000Z 0123abcd sonde 0.1.0 node v24.21.0';
    expect(fitToShare(entry)).toBe(entry);
    const place = '    at openDatabase (file:///opt/app/src-main/keep/store/database.ts:104:9)';
    expect(fitToShare(place)).toBe('    at openDatabase (database.ts:104:9)');
    expect(fitToShare('TypeError: x is not a function')).toBe('TypeError: x is not a function');
  });
});
