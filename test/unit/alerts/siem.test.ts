/** Continuous exports of the settings: what is refused, what files and log servers take, and what is left out. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LiveIncident } from '../../../src-shared/domain/live.ts';
import { siemExport, type SiemExport } from '../../../src-shared/contract/topics/siem.ts';
import { siemFault } from '../../../src-main/keep/alerts/siem/check.ts';
import { SiemExports } from '../../../src-main/keep/alerts/siem/exports.ts';
import { readExports } from '../../../src-main/keep/alerts/siem/kept.ts';
import { testExport } from '../../../src-main/keep/alerts/siem/trial.ts';
import { JudgedIncidents } from '../../../src-main/run/api/live/judged.ts';
import { settingsDocument } from '../../../src-main/run/settings-document.ts';
import { changed, NEW_EXPORT } from '../../../src-renderer/features/alerts/siem/draft.ts';
import { exportCounts, exportStanding, exportText } from '../../../src-renderer/features/alerts/siem/words.ts';
import { incident } from './made.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'sonde-siem-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const asked = (change: Partial<SiemExport>): SiemExport =>
  siemExport.parse({ id: 'siem', target: '/var/log/sonde.log', ...change });
const event = (uid: string, change: Partial<LiveIncident> = {}): LiveIncident => ({
  event: 'incident',
  state: 'open',
  latencyMs: null,
  ...incident({ uid }),
  ...change,
});
const linesOf = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('what is asked for', () => {
  it.each<[string, Partial<SiemExport>, RegExp]>([
    ['a path that is not whole', { target: 'sonde.log' }, /full path/],
    ['a file of another kind', { target: '/etc/cron.d/sonde' }, /end in \.json/],
    ['characters that nobody sees', { target: '/var/log/a\n.log' }, /nobody can see/],
    ['CEF in a file', { format: 'cef' }, /log servers alone/],
    ['flows in a format without', { format: 'ocsf', flows: true }, /without flows/],
    ['a way that there is none', { target: 'syslog+quic://siem.example' }, /syslog\+udp/],
    ['two formats', { target: 'syslog+tcp://siem.example?format=eve' }, /field of its own/],
    ['this machine', { target: 'syslog+udp://localhost' }, /allowPrivate/],
    ['a private address', { target: 'syslog+tls://10.1.2.3' }, /allowPrivate/],
    ['an address of the link', { target: 'syslog+tcp://[fe80::1]' }, /allowPrivate/],
    ['the metadata of a cloud', { target: 'syslog+tcp://169.254.169.254:80' }, /allowPrivate/],
  ])('is refused: %s', (_, change, words) => {
    expect(siemFault(asked(change))).toMatch(words);
    const document = { schema: 'sonde.settings/1', exports: [asked(change)] };
    expect(settingsDocument.safeParse(document).success).toBe(false);
  });

  it('is taken where it is sound, private addresses with a yes', () => {
    for (const change of [
      {},
      { target: '/var/log/a.eve.json', format: 'eve', flows: true },
      { target: 'syslog+tls://siem.example?facility=local0', format: 'leef' },
      { target: 'syslog+udp://10.1.2.3', allowPrivate: true },
    ] as const)
      expect(siemFault(asked(change))).toBeNull();
  });

  it('is one of each id and file', () => {
    const exports = (...list: Partial<SiemExport>[]): boolean =>
      settingsDocument.safeParse({ schema: 'sonde.settings/1', exports: list.map(asked) }).success;
    expect(exports({}, { id: 'other', target: '/var/log/other.log' })).toBe(true);
    expect(exports({}, { target: '/var/log/other.log' })).toBe(false);
    expect(exports({}, { id: 'other', target: '/var/log/x/../sonde.log' })).toBe(false);
    expect(exports({ target: 'syslog+tcp://a.example' }, { id: 'b', target: 'syslog+tcp://a.example' })).toBe(true);
  });

  it('is left out where it is kept and no longer sound', async () => {
    const setting = async (): Promise<unknown> => [asked({}), { id: 'x' }, { ...asked({ target: 'here' }), id: 'y' }];
    expect(await readExports({ setting } as never)).toEqual([asked({})]);
  });
});

describe('a file', () => {
  const made = (change: Partial<SiemExport>, now = (): number => 0) => {
    const told: string[] = [];
    const onTrouble = (_: SiemExport, error: Error | null, lost: number): void =>
      void told.push(error ? error.message : `well, ${lost} lost`);
    return { told, exports: new SiemExports([asked(change)], { now, onTrouble }) };
  };

  it.each(['ndjson', 'eve', 'ecs', 'ocsf'] as const)('takes each event as a line of %s', async (format) => {
    const target = join(folder, 'lines.log');
    const { exports } = made({ target, format });
    exports.take(event('a'));
    exports.take(event('b'));
    expect(exports.states()).toEqual([{ id: 'siem', failing: false, error: '', errorAt: null, written: 2, lost: 0 }]);
    expect(await exports.close()).toEqual([]);
    expect(linesOf(target)).toHaveLength(2);
  });

  it('is put aside by its size, and so many are kept', async () => {
    const target = join(folder, 'lines.log');
    const { exports } = made({ target, rotation: { bytes: 4096, seconds: null, files: 2 } });
    for (let i = 0; i < 40; i++) exports.take(event(`u${i}`));
    await exports.close();
    expect([existsSync(target), existsSync(`${target}.1`), existsSync(`${target}.2`)]).toEqual([true, true, false]);
  });

  it('of somebody else is left as it is', async () => {
    const target = join(folder, 'notes.log');
    writeFileSync(target, 'my notes\n');
    const { exports, told } = made({ target });
    exports.take(event('a'));
    await exports.close();
    expect(readFileSync(target, 'utf8')).toBe('my notes\n');
    expect(told).toEqual(['there is a file already that holds something else']);
    expect(exports.states()).toMatchObject([{ failing: true, written: 0, lost: 1 }]);
  });

  it('that cannot be opened is tried again, and what was lost is told', async () => {
    const target = join(folder, 'later', 'lines.log');
    let now = 0;
    const { exports, told } = made({ target }, () => now);
    exports.take(event('a'));
    expect(exports.states()).toMatchObject([{ failing: true, written: 0, lost: 1, errorAt: 0 }]);
    mkdirSync(join(folder, 'later'));
    exports.take(event('b'));
    now = 5000;
    exports.take(event('c'));
    expect(exports.states()).toMatchObject([{ failing: false, written: 1, lost: 2 }]);
    expect(told).toEqual([expect.stringContaining('ENOENT'), 'well, 2 lost']);
    await exports.close();
  });

  it('that is off is not made', () => {
    const target = join(folder, 'off.log');
    expect(made({ target, enabled: false }).exports.states()).toEqual([]);
    expect(existsSync(target)).toBe(false);
  });

  it('is tried out by a line that says so', async () => {
    const target = join(folder, 'tried.log');
    expect(await testExport(asked({ target, format: 'ecs' }), Date.now)).toMatchObject({ ok: true });
    expect(JSON.stringify(linesOf(target))).toContain('A test of the export');
    const nowhere = asked({ target: join(folder, 'no', 'where.log') });
    expect(await testExport(nowhere, Date.now)).toMatchObject({ ok: false, words: expect.stringContaining('ENOENT') });
  });
});

describe('a log server', () => {
  let server: Server;
  let got = '';
  beforeEach(async () => {
    got = '';
    server = createServer((socket) => socket.on('data', (data) => (got += data.toString())));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterEach(() => void server.close());
  const port = (): number => (server.address() as { port: number }).port;

  it('is told, and counted', async () => {
    const target = `syslog+tcp://127.0.0.1:${port()}`;
    const exports = new SiemExports([asked({ target, format: 'cef', allowPrivate: true })], {
      now: Date.now,
      onTrouble: () => undefined,
    });
    exports.take(event('a'));
    await expect.poll(() => exports.states()[0]?.written).toBe(1);
    await exports.close();
    await expect.poll(() => got).toContain('CEF:0|');
  });

  it('is not told without the yes, whatever its name leads to', async () => {
    // Checked by its name, `localhost` never gets so far: this is a name that turned out to lead inside.
    const asking = asked({ target: `syslog+tcp://localhost:${port()}` });
    const exports = new SiemExports([asking], { now: Date.now, onTrouble: () => undefined });
    exports.take(event('a'));
    await expect.poll(() => exports.states()[0]?.error).toMatch(/not an address of the open Internet/);
    expect(await testExport(asking, Date.now)).toMatchObject({ ok: false, words: expect.stringContaining('private') });
    const udp = { ...asking, target: asking.target.replace('tcp', 'udp') };
    expect(await testExport(udp, Date.now)).toMatchObject({ ok: false, words: expect.stringContaining('private') });
    expect(got).toBe('');
    await exports.close(0);
  });

  it('is tried out: a message that says so, or why it did not get there', async () => {
    const there = asked({ target: `syslog+tcp://127.0.0.1:${port()}`, allowPrivate: true });
    expect(await testExport(there, Date.now)).toMatchObject({ ok: true });
    await expect.poll(() => got).toContain('A test of the export');
    const gone = port();
    await new Promise((done) => server.close(done));
    const nobody = asked({ target: `syslog+tcp://127.0.0.1:${gone}`, allowPrivate: true });
    expect(await testExport(nobody, Date.now)).toMatchObject({ ok: false });
  });
});

describe('incidents of a session', () => {
  it('are told when they are judged, in their order; what is expected or taken back is not', async () => {
    const told: string[] = [];
    const judged = new JudgedIncidents({
      expected: () => Promise.resolve(['quiet']),
      pass: ({ uid, state }) => void told.push(`${uid} ${state}`),
    });
    for (const uid of ['a', 'quiet', 'gone']) judged.take(event(uid));
    judged.take(event('a', { state: 'update' }));
    judged.take(event('gone', { state: 'closed', withdrawn: true }));
    expect(told).toEqual([]);
    judged.stored(['a', 'quiet']);
    judged.take(event('a', { state: 'closed', withdrawn: true }));
    judged.take(event('late'));
    await judged.end();
    expect(told).toEqual(['a open', 'a update', 'a closed', 'late open']);
  });

  it('are told all where the store does not answer', async () => {
    const told: string[] = [];
    const expected = (): Promise<string[]> => Promise.reject(new Error('gone'));
    const judged = new JudgedIncidents({ expected, pass: ({ uid }) => void told.push(uid) });
    judged.take(event('a'));
    await judged.end();
    expect(told).toEqual(['a']);
  });
});

describe('an export on the desk', () => {
  it('keeps together only what goes together', () => {
    const log = changed(NEW_EXPORT, { target: 'syslog+tls://siem.example', format: 'cef' });
    expect(log.format).toBe('cef');
    expect(changed(log, { target: '/var/log/a.log' })).toMatchObject({ format: 'ndjson' });
    expect(changed({ ...NEW_EXPORT, flows: true }, { format: 'ocsf' }).flows).toBe(false);
  });

  it('is said in words', () => {
    expect(exportText({ ...asked({}), flows: true })).toBe(
      "Incidents and flows as Sonde's own, JSON lines to /var/log/sonde.log, put aside beyond 100 MB; 10 files in all",
    );
    expect(exportText(asked({ target: 'syslog+tls://siem.example', format: 'leef' }))).toBe(
      'Incidents as LEEF to syslog+tls://siem.example',
    );
    const shown = { ...asked({}), name: 'SIEM', error: '', errorAt: null, written: 0, lost: 0 } as const;
    expect(exportStanding({ ...shown, state: 'waiting' }).text).toBe('Waits for a live session.');
    expect(exportStanding({ ...shown, state: 'failing', error: 'no room' })).toEqual({
      mark: 'bad',
      text: 'Failing: no room',
    });
    expect(exportCounts({ ...shown, state: 'working', written: 1, lost: 2 })).toBe('1 line written, 2 lost in this session'); // prettier-ignore
  });
});
