/** Continuous exports of the settings: by `sonde watch --settings`, and by a live session of the desk. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MemorySecrets } from '../../../src-main/keep/alerts/secrets.ts';
import { scanFile } from '../cli/captures.ts';
import { sonde } from '../cli/run.ts';
import { failure, testDesk, type Testing } from '../serve/desk-client.ts';
import { listening, portOf } from './channels-servers.ts';

const SLOW = 120_000;
vi.setConfig({ testTimeout: SLOW, hookTimeout: SLOW });

let folder = '';
let server: Server;
let got = '';
let log = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-siem-'));
  writeFileSync(join(folder, 'scan.pcap'), scanFile(300));
  server = createServer((socket) => socket.on('error', () => undefined).on('data', (data) => (got += data.toString())));
  await listening(server);
  log = `syslog+tcp://127.0.0.1:${portOf(server)}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const linesOf = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const types = (lines: readonly Record<string, unknown>[]): Set<unknown> =>
  new Set(lines.map((line) => line['event_type']));

describe('sonde watch --settings', () => {
  const settings = (exports: object[], more: object = {}): string => {
    const path = join(folder, 'settings.json');
    writeFileSync(path, JSON.stringify({ schema: 'sonde.settings/1', exports, ...more }));
    return path;
  };
  const watch = (path: string, ...args: string[]) =>
    sonde(['watch', '--replay', join(folder, 'scan.pcap'), '--speed', 'max', '--no-models', '--json', '--settings', path, ...args]); // prettier-ignore

  it('exports to a file and a log server, beside --export', async () => {
    got = '';
    const [eve, own] = [join(folder, 'eve.log'), join(folder, 'own.ndjson')];
    const path = settings([
      { id: 'file', target: eve, format: 'eve', flows: true },
      { id: 'siem', target: log, format: 'cef', allowPrivate: true },
      { id: 'off', target: join(folder, 'off.log'), enabled: false },
    ]);
    const { code, stderr } = await watch(path, '--export', own);
    expect([code, stderr]).toEqual([0, '']);
    expect(types(linesOf(eve))).toEqual(new Set(['alert', 'flow']));
    expect(got).toContain('CEF:0|');
    expect(linesOf(own).every(({ event }) => event === 'incident')).toBe(true);
    expect(existsSync(join(folder, 'off.log'))).toBe(false);
  });

  it('leaves out what is suppressed', async () => {
    const target = join(folder, 'quiet.log');
    const path = settings([{ id: 'file', target }], { suppressions: [{ scope: { kind: 'port-scan' } }] });
    expect((await watch(path)).code).toBe(0);
    expect(readFileSync(target, 'utf8')).toBe('');
  });

  it('says what is wrong before anything is watched', async () => {
    const inside = await watch(settings([{ id: 'a', target: log }]));
    expect([inside.code, inside.stderr]).toEqual([2, expect.stringContaining('allowPrivate')]);
    const nowhere = await watch(settings([{ id: 'a', target: join(folder, 'no', 'where.log') }]));
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('where.log')]);
    const option = await watch(settings([]), '--export', join(folder, 'no', 'own.ndjson'));
    expect([option.code, option.stderr]).toEqual([2, expect.stringContaining('own.ndjson')]);
    const twice = await watch(settings([]), '--export', join(folder, 'a.ndjson'), '--export', join(folder, 'b.ndjson'));
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringMatching(/given twice.*settings document.*10/)]);
    expect(existsSync(join(folder, 'a.ndjson'))).toBe(false);
  });
});

describe('the desk', () => {
  let t: Testing;
  beforeAll(async () => void (t = await testDesk({ secrets: new MemorySecrets() })));
  afterAll(() => t.desk.close());

  const replay = async (): Promise<void> => {
    await t.client.live.start({ kind: 'file', file: { kind: 'path', path: join(folder, 'scan.pcap') }, speed: 'max' });
    await expect.poll(() => t.desk.live.session()?.state, { timeout: 60_000 }).toBe('ended');
  };

  it('exports what a live session tells, and says how it goes', async () => {
    got = '';
    const target = join(folder, 'desk.log');
    const file = await t.client.siem.set({ name: 'A file', target, format: 'eve', flows: true });
    expect(file).toMatchObject({ id: 'a-file', state: 'waiting', written: 0, lost: 0 });
    await t.client.siem.set({ name: 'Log server', target: log, format: 'leef', allowPrivate: true });
    await t.client.alerts.setPolicy({ sensor: 'attic' });
    await t.client.siem.set({ name: 'Broken', target: join(folder, 'no', 'where.log') });
    await replay();
    const lines = linesOf(target);
    expect(types(lines)).toEqual(new Set(['alert', 'flow']));
    const { exports } = await t.client.siem.list({});
    expect(exports).toMatchObject([
      { id: 'a-file', state: 'waiting', written: lines.length, lost: 0, error: '' },
      { id: 'log-server', state: 'waiting', lost: 0 },
      { id: 'broken', written: 0, error: expect.stringContaining('ENOENT') },
    ]);
    expect(exports[1]!.written).toBeGreaterThan(0);
    expect(exports[2]!.lost).toBeGreaterThan(0);
    expect(got).toContain('LEEF:');
    expect(got).toContain('^sensor=attic^');
    expect(got).toMatch(/Z attic sonde - closed .*\^reason=closed\^.*\^title=Over: /);
    await t.client.siem.remove({ id: 'broken' });
  });

  it('leaves out what is suppressed', async () => {
    const target = join(folder, 'desk-quiet.log');
    const { id } = await t.client.siem.set({ name: 'Quiet', target });
    const made = await t.client.suppressions.create({ scope: { kind: 'port-scan' }, reason: 'ours' });
    await replay();
    expect(readFileSync(target, 'utf8')).toBe('');
    await t.client.suppressions.removeAll({ ids: [made.id] });
    await t.client.siem.remove({ id });
  });

  it('refuses what cannot work, and a file that another one writes', async () => {
    const refused = async (change: object): Promise<string> =>
      (await failure(t.client.siem.set({ name: 'X', target: log, ...change }))).message;
    expect(await refused({})).toContain('allowPrivate');
    expect(await refused({ target: 'relative.log' })).toContain('full path');
    expect(await refused({ target: join(folder, 'desk.log') })).toContain('A file writes into this file already');
    expect(await refused({ id: 'nobody', allowPrivate: true })).toContain('no longer there');
    await expect(t.as({ role: 'analyst' }).siem.set({ name: 'X', target: '/tmp/x.log' })).rejects.toThrow();
    await expect(t.as({ role: 'viewer' }).siem.list({})).rejects.toThrow();
  });

  it('takes and gives them in the settings document; files and private servers need a yes', async () => {
    const { document } = await t.client.alerts.export({});
    const { exports } = JSON.parse(document) as { exports: object[] };
    expect(exports).toMatchObject([{ id: 'a-file' }, { id: 'log-server', allowPrivate: true }]);
    const name = 'nas.local';
    const named = { id: 'nas', target: `syslog+tcp://${name}` };
    const open = { id: 'siem', target: 'syslog+tls://siem.example' };
    const text = JSON.stringify({ schema: 'sonde.settings/1', exports: [...exports, named, open] });
    const preview = await t.client.alerts.previewImport({ document: text });
    expect(preview.exports).toMatchObject([
      { id: 'a-file', change: 'same', asksPrivate: true },
      { id: 'log-server', change: 'same', asksPrivate: true },
      { id: 'nas', change: 'new', asksPrivate: true },
      { id: 'siem', change: 'new', asksPrivate: false },
    ]);
    await expect(t.client.alerts.import({ document: text, allowExports: ['a-file'] })).rejects.toThrow(name);
    await t.client.alerts.import({ document: text, allowExports: ['a-file', 'log-server', 'nas'] });
    expect((await t.client.siem.list({})).exports).toMatchObject([
      { id: 'a-file', allowPrivate: false },
      { id: 'log-server', allowPrivate: true },
      { id: 'nas', allowPrivate: true },
      { id: 'siem', allowPrivate: false },
    ]);
  });
});
