import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src-main/keep/store/client.ts';
import type { AlertQueue } from '../../../src-main/keep/store/queries/alerts.ts';
import { openReaders } from '../../../src-main/keep/store/readers.ts';
import { shareSending } from '../../../src-main/keep/store/sending.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';
import { MAIN, type Ran } from '../cli/run.ts';

const SLOW = 180_000;
const SECRET = 'planted-secret-8d41f0';

let folder: string;
let db: string;
let server: Server;
let heard: (string | undefined)[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-alerts-command-'));
  db = join(folder, 'kept.db');
  heard = [];
  server = createServer((request, answer) => {
    heard.push(request.headers.authorization);
    answer.writeHead(request.url === '/no' ? 403 : 200).end('heard');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

function alerts(args: string[], input = ''): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, 'alerts', ...args], {
    env: { ...process.env, XDG_DATA_HOME: join(folder, 'data') },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

/** A queue with one that was delivered, two that were given up, and one that waits. */
async function fill(): Promise<void> {
  const store = await openStore(db, workerUrl('keep/store/store.worker'));
  const delivery = (key: string) => ({
    channel: 'ops',
    key,
    reason: 'opened' as const,
    severity: 'warning' as const,
    title: `alert ${key}`,
    body: '{}',
    madeAt: Date.UTC(2026, 10, 22),
  });
  await store.addDeliveries(['one', 'two', 'three', 'four'].map(delivery));
  for (const state of ['delivered', 'dead', 'dead'] as const) {
    const { delivery: taken } = await store.takeDelivery('ops', 1, 1);
    await store.settleDelivery(taken?.id ?? 0, { state, words: `answer: ${state}`, at: Date.UTC(2026, 10, 22, 1) });
  }
  await store.close();
}

describe('sonde alerts', { timeout: SLOW }, () => {
  it('lists, tries again and throws away', async () => {
    await fill();
    const list = await alerts(['--db', db]);
    expect(list.stdout).toContain('ops: 1 delivered, 1 waiting, 2 given up; failing since 2026-11-22T01:00:00Z');
    expect(list.stdout).toMatch(
      /\d {2}ops {2}2026-11-22T00:00:00Z {2}warning: alert three \(1 attempt, answer: dead\)/,
    );
    const listing = JSON.parse((await alerts(['list', '--db', db, '--json'])).stdout) as { dead: { id: number }[] };
    const schema = readFileSync(resourcePath('schemas', 'sonde.alerts-1.schema.json'), 'utf8');
    const ajv = new Ajv({ allErrors: true, strict: false });
    expect(ajv.compile(JSON.parse(schema) as object)(listing), JSON.stringify(ajv.errors)).toBe(true);
    const id = String(listing.dead[0]?.id);
    const retried = await alerts(['retry', '--id', id, '--db', db]);
    expect(retried.stdout).toMatch(/^1 alert will be tried again\.\nNothing is sending from this queue now: /);
    expect((await alerts(['drop', 'ops', '--db', db])).stdout).toBe('1 alert dropped.\n');
    expect((await alerts(['list', '--db', db])).stdout).toContain('1 delivered, 2 waiting, 0 given up');
  });

  it('says so where a program sends, and writes into the audit log who did what', async () => {
    await fill();
    const end = shareSending(db);
    const retried = await alerts(['retry', 'ops', '--db', db]);
    end();
    expect(retried).toMatchObject({ code: 0, stderr: '' });
    expect(retried.stdout).toBe(
      '2 alerts will be tried again.\nThe desk or the sonde watch that runs with this queue sends within 30 seconds.\n',
    );
    const readers = openReaders(db, workerUrl('keep/store/reader.worker'), 1);
    const { rows } = await readers.ask('listAudit', [{ search: '', limit: 10 }]);
    await readers.close();
    expect(rows).toMatchObject([
      { action: 'settings', object: 'alert queue', detail: '2 tried again by sonde alerts' },
    ]);
    expect(rows[0]?.user).not.toBe('');
  });

  it('knows a channel by its name too, and names what there is where there is no such one', async () => {
    await fill();
    const store = await openStore(db, workerUrl('keep/store/store.worker'));
    const channel = { kind: 'desktop', enabled: true, settings: {}, secrets: [] };
    await store.putAlertChannel({ ...channel, id: 'ops', name: 'Operations' });
    for (const id of ['twin', 'twin-2']) await store.putAlertChannel({ ...channel, id, name: 'Twins' });
    await store.close();
    const list = (await alerts(['--db', db])).stdout;
    expect(list).toContain('Operations (ops): 1 delivered');
    expect(list).toMatch(/\d {2}Operations {2}2026/);
    expect((await alerts(['drop', 'operations', '--db', db])).stdout).toBe('2 alerts dropped.\n');
    expect(await alerts(['drop', 'Operations', '--db', db])).toMatchObject({
      code: 0,
      stdout: 'There is nothing of it that was given up.\n',
    });
    for (const action of ['retry', 'drop', 'test']) {
      const wrong = await alerts([action, 'oops', '--db', db]);
      expect(wrong).toMatchObject({ code: 3, stdout: '' });
      expect(wrong.stderr).toContain('oops: there is no such channel. There are: Operations (ops), Twins (twin), ');
      const several = await alerts([action, 'twins', '--db', db]);
      expect(several).toMatchObject({ code: 2, stdout: '' });
      expect(several.stderr).toContain('several channels are called so. Name one by its id: twin, twin-2.');
    }
  });

  it('lists one channel alone, and says of one of a settings file that it comes from there', async () => {
    await fill();
    const store = await openStore(db, workerUrl('keep/store/store.worker'));
    const channel = { kind: 'desktop', enabled: true, settings: {}, secrets: [] };
    await store.putAlertChannel({ ...channel, id: 'quiet', name: 'Quiet' });
    await store.close();
    const one = await alerts(['list', 'quiet', '--db', db]);
    expect(one).toMatchObject({ code: 0, stdout: 'Quiet (quiet): 0 delivered, 0 waiting, 0 given up\n' });
    const other = JSON.parse((await alerts(['list', 'ops', '--db', db, '--json'])).stdout) as AlertQueue;
    expect(other.channels.map(({ channel: id }) => id)).toEqual(['ops']);
    expect([other.dead.length, other.latest.length]).toEqual([2, 4]);
    const wrong = await alerts(['list', 'oops', '--db', db]);
    expect(wrong).toMatchObject({ code: 3, stdout: '' });
    expect(wrong.stderr).toContain('oops: there is no such channel. There are: Quiet (quiet), ops.');
    const help = await alerts(['--help']);
    expect(help.stdout.replace(/\s+/g, ' ')).toContain('`retry CHANNEL` tries at once what was given up, or waits;');
    expect((await alerts(['retry', 'quiet', '--db', db])).stdout).toBe(
      'There is nothing of it that was given up, or waits for its next attempt.\n',
    );
    const ofFile = await alerts(['test', 'ops', '--db', db]);
    expect(ofFile).toMatchObject({ code: 3, stdout: '' });
    expect(ofFile.stderr).toContain('ops: this channel comes from a settings file. Add --settings FILE.');
  });

  it('answers no number that was not given up as success', async () => {
    await fill();
    for (const action of ['retry', 'drop']) {
      const wrong = await alerts([action, '--id', '999', '--db', db]);
      expect(wrong).toMatchObject({ code: 3, stdout: '' });
      expect(wrong.stderr).toContain('--id 999: no alert of that number was given up. Given up were: 3, 2.');
    }
    const half = await alerts(['retry', '--id', '2', '--id', '999', '--db', db]);
    expect(half).toMatchObject({ code: 4, stdout: expect.stringContaining('1 alert will be tried again.') as string });
    expect(half.stderr).toContain('--id 999: no alert of that number was given up');
  });

  it('keeps a secret that is given on standard input, and tests a channel with it', async () => {
    const kept = await alerts(['secret', 'ops.authorization'], `${SECRET}\n`);
    expect(kept).toMatchObject({ code: 0, stderr: '' });
    const { port } = server.address() as AddressInfo;
    const channel = (path: string): object => ({
      id: 'ops',
      kind: 'webhook',
      settings: {
        url: `http://127.0.0.1:${port}${path}`,
        allowPrivate: true,
        authorization: { key: 'ops.authorization' },
      },
    });
    const settings = join(folder, 'settings.json');
    const write = (path: string): void =>
      writeFileSync(settings, JSON.stringify({ schema: 'sonde.settings/1', channels: [channel(path)] }));
    write('/yes');
    const sent = await alerts(['test', 'ops', '--settings', settings]);
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringContaining('The answer: 200 heard') as string });
    write('/no');
    const refused = await alerts(['test', 'ops', '--settings', settings]);
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('403 heard') as string });
    expect(heard).toEqual([SECRET, SECRET]);
    const data = join(folder, 'data', 'sonde');
    const files = readdirSync(data).map((name) => readFileSync(join(data, name), 'latin1'));
    expect([kept, sent, refused].map(({ stdout, stderr }) => stdout + stderr).join() + files.join()).not.toContain(
      SECRET,
    );
    expect((await alerts(['secret', 'ops.authorization'])).stdout).toBe('ops.authorization is forgotten.\n');
    expect((await alerts(['test', 'ops', '--settings', settings])).code).toBe(2);
  });

  it('says what is wrong', async () => {
    expect(await alerts(['list'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no such file') as string,
    });
    expect((await alerts(['fly'])).code).toBe(2);
    const bare = await alerts(['retry', '--db', db]);
    expect(bare.code).toBe(2);
    expect(bare.stderr).toContain(
      'alerts retry: neither a channel nor a number was given. Write sonde alerts retry CHANNEL, or --id N.',
    );
    expect((await alerts(['drop', 'ops', '--id', '1', '--db', db])).code).toBe(2);
    expect((await alerts(['retry', '--id', 'x', '--db', db])).code).toBe(2);
    expect((await alerts(['secret', '../x'], SECRET)).code).toBe(2);
    await fill();
    expect((await alerts(['test', 'ops', '--db', db])).code).toBe(3);
  });
});
