/** Continuous exports of the settings: what is refused, what files and log servers take, and what is left out. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LiveIncident } from '../../../src-shared/domain/live.ts';
import { siemExport, type SiemExport } from '../../../src-shared/contract/topics/siem.ts';
import { placeOf, siemFault } from '../../../src-main/keep/alerts/siem/check.ts';
import { SiemExports } from '../../../src-main/keep/alerts/siem/exports.ts';
import { SyslogSender } from '../../../src-main/keep/alerts/syslog-export/sender.ts';
import { syslogTarget } from '../../../src-main/keep/alerts/syslog-export/target.ts';
import { readExports, readSensor } from '../../../src-main/keep/alerts/siem/kept.ts';
import { testExport } from '../../../src-main/keep/alerts/siem/trial.ts';
import { checkFile } from '../../../src-main/keep/exports/continuous/own-lines.ts';
import { SessionExports } from '../../../src-main/run/api/live/session-exports.ts';
import { JudgedIncidents } from '../../../src-main/run/api/live/judged.ts';
import { settingsDocument } from '../../../src-main/run/settings-document.ts';
import { changed, NEW_EXPORT } from '../../../src-renderer/features/alerts/siem/draft.ts';
import { exportCounts, exportStanding, exportText } from '../../../src-renderer/features/alerts/siem/words.ts';
import { CHECKS } from '../exports/facts/check.ts';
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
    ['characters that turn a line', { target: '/var/log/gol\u202e.log' }, /nobody can see/],
    ['characters without a width', { target: '/var/log/a\u200b.log' }, /nobody can see/],
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

  it('lies where its folders lead to', () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'), 'junction');
    expect(placeOf(join(folder, 'link', 'no', 'x.log'))).toBe(placeOf(join(folder, 'real', 'no', 'x.log')));
    const list = ['real', 'link'].map((name) => asked({ id: name, target: join(folder, name, 'x.log') }));
    expect(settingsDocument.safeParse({ schema: 'sonde.settings/1', exports: list }).success).toBe(false);
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
    expect(() => checkFile(target)).not.toThrow();
  });

  it('is put aside by its size, and so many are kept', async () => {
    const target = join(folder, 'lines.log');
    const { exports } = made({ target, rotation: { bytes: 4096, seconds: null, files: 2 } });
    for (let i = 0; i < 40; i++) exports.take(event(`u${i}`));
    await exports.close();
    expect([existsSync(target), existsSync(`${target}.1`), existsSync(`${target}.2`)]).toEqual([true, true, false]);
  });

  it.each(['my notes\n', '{\n "name": "precious"\n}\n'])('of somebody else is left as it is: %j', async (notes) => {
    const target = join(folder, 'notes.log');
    writeFileSync(target, notes);
    const { exports, told } = made({ target });
    exports.take(event('a'));
    await exports.close();
    expect(readFileSync(target, 'utf8')).toBe(notes);
    expect(told).toEqual(['there is a file already that holds something else']);
    expect(exports.states()).toMatchObject([{ failing: true, written: 0, lost: 1 }]);
  });

  it('that cannot be opened is tried again, and what was lost is told', async () => {
    const target = join(folder, 'later', 'lines.log');
    let steady = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => steady);
    const { exports, told } = made({ target });
    exports.take(event('a'));
    expect(exports.states()).toMatchObject([{ failing: true, written: 0, lost: 1, errorAt: 0 }]);
    mkdirSync(join(folder, 'later'));
    exports.take(event('b'));
    steady = 5000;
    exports.take(event('c'));
    expect(exports.states()).toMatchObject([{ failing: false, written: 1, lost: 2 }]);
    expect(told).toEqual([expect.stringContaining('ENOENT'), 'well, 2 lost']);
    await exports.close();
    clock.mockRestore();
  });

  it('that is off is not made', () => {
    const target = join(folder, 'off.log');
    expect(made({ target, enabled: false }).exports.states()).toEqual([]);
    expect(existsSync(target)).toBe(false);
  });

  it.each(['ndjson', 'eve', 'ecs', 'ocsf'] as const)('is tried out by a line of %s that says so', async (format) => {
    const target = join(folder, 'tried.log');
    expect(await testExport(asked({ target, format }), Date.now)).toMatchObject({ ok: true });
    const [line] = linesOf(target);
    const title = 'Sonde: test of this export';
    const said = {
      ndjson: { test: true, category: 'test', title, severity: 'info' },
      eve: { alert: { gid: 7300, signature_id: 999, signature: title, category: 'test', severity: 3 } },
      ecs: { rule: { name: title, id: 'test', category: 'test' }, event: { action: 'test', severity: 21 } },
      ocsf: { message: title, severity_id: 1, finding_info: { title, types: ['test'] } },
    };
    expect(line).toMatchObject(said[format]);
    if (format !== 'ndjson') expect(CHECKS[format](line)).toEqual([]);
    // A session goes on in the same file.
    expect(() => checkFile(target)).not.toThrow();
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

  it('is told the name of this Sonde, where it has one', async () => {
    const policy = (sensor: unknown) => ({ setting: () => Promise.resolve({ quietMinutes: 5, sensor }) }) as never;
    expect(await readSensor(policy('attic'))).toBe('attic');
    expect(await readSensor(policy('sonde'))).toBeUndefined();
    expect(await readSensor({ setting: () => Promise.resolve(null) } as never)).toBeUndefined();
    const target = `syslog+tcp://127.0.0.1:${port()}`;
    const asking = asked({ target, format: 'cef', allowPrivate: true });
    const exports = new SiemExports([asking], { now: Date.now, sensor: () => 'attic', onTrouble: () => undefined });
    exports.take(event('a'));
    await expect.poll(() => got).toMatch(/Z attic sonde - open .* dvchost=attic /);
    await exports.close();
    got = '';
    expect(await testExport(asking, Date.now, 'attic')).toMatchObject({ ok: true });
    await expect.poll(() => got).toMatch(/Z attic sonde - test /);
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
    await expect.poll(() => got).toContain('Sonde: test of this export');
    const gone = port();
    await new Promise((done) => server.close(done));
    const nobody = asked({ target: `syslog+tcp://127.0.0.1:${gone}`, allowPrivate: true });
    expect(await testExport(nobody, Date.now)).toMatchObject({ ok: false });
  });
});

describe('a change while a session runs', () => {
  const nobody = { target: 'syslog+tcp://127.0.0.1:9?queue=100', allowPrivate: true };
  const session = async (kept: () => SiemExport[]) => {
    const [told, states]: [string[], unknown[]] = [[], []];
    const exports = new SessionExports({
      store: { setting: async () => kept(), expectedIncidents: async () => [] },
      capture: 1,
      onStates: (now) => void states.splice(0, states.length, ...now),
      onNotice: (_, message) => void told.push(message),
    });
    await exports.reload();
    return { exports, told, states };
  };

  it('loses nothing of those that stay, and tells and counts what a server was not sent', async () => {
    const target = join(folder, 'lines.log');
    let kept = [asked({ target }), asked({ ...nobody, id: 'server' })];
    const { exports, told, states } = await session(() => kept);
    const uids = Array.from({ length: 30 }, (_, i) => `u${i}`);
    for (const uid of uids.slice(0, 10)) exports.take(event(uid));
    exports.stored(uids.slice(0, 10));
    await expect.poll(() => linesOf(target)).toHaveLength(10);
    kept = [asked({ target, name: 'Other' })];
    const change = exports.reload();
    for (const uid of uids.slice(10, 20)) exports.take(event(uid));
    exports.stored(uids.slice(10, 20));
    await change;
    expect(told).toContainEqual(expect.stringMatching(/^[12]0 messages were not sent/));
    kept = [asked({ target, format: 'ecs' })];
    void exports.reload();
    for (const uid of uids.slice(20)) exports.take(event(uid));
    await exports.end();
    expect(linesOf(target)).toHaveLength(30);
    expect(states).toMatchObject([{ id: 'siem', written: 30, lost: 0 }]);
  }, 60_000);

  it('counts on from what was lost before it', async () => {
    const exports = new SiemExports([asked({ ...nobody, id: 'server' })], {
      now: Date.now,
      onTrouble: () => undefined,
    });
    exports.take(event('a'));
    const next = asked({ ...nobody, id: 'server', format: 'eve' });
    expect(await exports.change([next], 0)).toMatchObject([{ asked: { format: 'ndjson' }, lost: 1 }]);
    expect(exports.states()).toMatchObject([{ id: 'server', written: 0, lost: 1 }]);
    await exports.close(0);
  });

  it('ends a queue of datagrams without a second end', async () => {
    const server = createSocket('udp4');
    await new Promise<void>((done) => server.bind(0, '127.0.0.1', done));
    const sender = new SyslogSender(
      syslogTarget(`syslog+udp://127.0.0.1:${server.address().port}?queue=100000`),
      () => undefined,
    );
    for (let i = 0; i < 50_000; i++) sender.add(Buffer.from('x'));
    await expect.poll(() => sender.sent).toBeGreaterThan(0);
    expect(await sender.close(0)).toBeGreaterThan(0);
    // What was on its way then must not end it again: that would be an error that nobody catches.
    const { sent } = sender;
    await new Promise((done) => setTimeout(done, 200));
    expect([sender.sent, sender.waiting]).toEqual([sent, 0]);
    server.close();
  }, 20_000);
});

describe('one that throws', () => {
  it('does not hit the others, and its lines are counted', async () => {
    const told: string[] = [];
    const [bad, good] = ['bad', 'good'].map((id) => asked({ id, target: join(folder, `${id}.log`) }));
    const exports = new SiemExports([{ ...bad!, format: 'ecs' }, good!], {
      now: Date.now,
      onTrouble: ({ id }, error) => void told.push(`${id} ${error ? 'fails' : 'works'}`),
    });
    exports.take(event('a', { sources: null as never }));
    exports.take(event('b'));
    expect(exports.states()).toMatchObject([
      { written: 1, lost: 1 },
      { written: 2, lost: 0 },
    ]);
    expect(told).toEqual(['bad fails', 'bad works']);
    await exports.close();
  });

  it('does not keep back what follows', async () => {
    const told: string[] = [];
    const judged = new JudgedIncidents({
      expected: () => Promise.resolve([]),
      pass: ({ uid }) => {
        if (uid === 'odd') throw new Error('odd');
        told.push(uid);
      },
    });
    for (const uid of ['odd', 'a']) judged.take(event(uid));
    judged.stored(['odd', 'a']);
    judged.take(event('b'));
    await judged.end();
    expect(told).toEqual(['a', 'b']);
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
