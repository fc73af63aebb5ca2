/** The shell's parts by themselves. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import log from 'electron-log/node.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appRoot } from '../../../src-main/run/paths.ts';
import { openingBounds, readBounds, writeBounds } from '../../../src-main/run/shell/bounds.ts';
import { fleetArguments } from '../../../src-main/run/shell/fleet-arguments.ts';
import { filesOf } from '../../../src-main/run/shell/inputs.ts';
import { moveFile } from '../../../src-main/run/shell/kept-file.ts';
import { setUpLog } from '../../../src-main/run/shell/log.ts';
import { watchingText } from '../../../src-main/run/shell/engine-process.ts';
import type { LiveSession, LiveTickShown } from '../../../src-shared/contract/topics/live.ts';
import { menuTemplate, VIEWS, type MenuActions } from '../../../src-main/run/shell/menu.ts';
import { noticeOf, placeOfAlert, workOf } from '../../../src-main/run/shell/notices.ts';
import { Progress } from '../../../src-main/run/shell/progress.ts';
import { Recent } from '../../../src-main/run/shell/recent.ts';
import { redact } from '../../../src-main/run/redact.ts';
import { Secrets } from '../../../src-main/run/shell/secrets.ts';
import { Theme } from '../../../src-main/run/shell/theme.ts';
import { lookForUpdates, type UpdateParts } from '../../../src-main/run/shell/updates.ts';
import {
  findWireshark,
  forgetPackets,
  openInWireshark,
  plainEnvironment,
} from '../../../src-main/run/shell/wireshark.ts';
import { makeElectron } from './double/electron.ts';
import { until } from './double/desktop.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-parts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (...parts: string[]): string => join(folder, ...parts);

describe('where the window opens', () => {
  const screen = { x: 0, y: 0, width: 1920, height: 1080 };
  const was = { x: 100, y: 50, width: 1200, height: 800, maximized: false };

  it('is where it was', () => {
    writeBounds(at('w', 'window.json'), was);
    expect(readBounds(at('w', 'window.json'))).toEqual(was);
    expect(openingBounds(was, [screen])).toEqual(was);
    expect(openingBounds({ ...was, x: 2000 }, [screen, { ...screen, x: 1920 }])).toEqual({ ...was, x: 2000 });
  });

  it('is on a screen that is there, and not larger than it', () => {
    const first = { width: 1440, height: 900, maximized: false };
    expect(openingBounds({ ...was, x: 2000 }, [screen])).toEqual(first);
    expect(openingBounds({ ...was, x: 1900 }, [screen])).toEqual(first);
    expect(openingBounds({ ...was, width: 9000, height: 9000 }, [screen])).toMatchObject({ width: 1920, height: 1080 });
    expect(openingBounds({ ...was, maximized: true, x: -5000 }, [screen])).toEqual({ ...first, maximized: true });
    expect(openingBounds(null, [])).toEqual(first);
  });

  it.each(['', 'null', '[]', '{"x":1}', '{"x":"1","y":0,"width":1,"height":1,"maximized":false}', '{"x":1e999}'])(
    'is not taken from what makes no sense: %s',
    (text) => {
      writeFileSync(at('window.json'), text);
      expect(readBounds(at('window.json'))).toBeNull();
    },
  );
});

describe('files among arguments', () => {
  it('are those that are there, once each, from where the program was started', () => {
    for (const name of ['a.pcap', 'b.pcap', '-c.pcap']) writeFileSync(at(name), '');
    mkdirSync(at('d'));
    const args = ['a.pcap', at('b.pcap'), './a.pcap', '--flag=a.pcap', '-c.pcap', 'd', '', 'none.pcap', 'a\0.pcap'];
    expect(filesOf(['sonde', ...args], folder, true)).toEqual([at('a.pcap'), at('b.pcap')]);
    expect(filesOf(['electron', '.', ...args], folder, false)).toEqual([at('a.pcap'), at('b.pcap')]);
    expect(filesOf(['sonde', 'a.pcap', '--', '-c.pcap'], folder, true)).toEqual([at('a.pcap'), at('-c.pcap')]);
    const address = pathToFileURL(at('a.pcap')).href;
    expect(filesOf(['sonde', address, 'file://elsewhere/a.pcap', 'file://%zz'], folder, true)).toEqual([at('a.pcap')]);
  });
});

describe('a fleet among arguments', () => {
  const url = '--fleet=rediss://desk@redis.example.org';

  it('is taken out with its values, and files are whole paths', () => {
    const argv = ['sonde', '--fleet', 'rediss://r', 'a.pcap', '--fleet-sensors=s.json', '--fleet-group', 'x', '--flag'];
    expect(fleetArguments(argv, '/from')).toEqual({
      fleet: ['--fleet=rediss://r', '--fleet-sensors=/from/s.json', '--fleet-group=x'],
      rest: ['sonde', 'a.pcap', '--flag'],
    });
  });

  it('has options alone that are of a fleet, before --', () => {
    const argv = ['sonde', '--fleets=1', '--fleet-no', 's', '--', url];
    expect(fleetArguments(argv, '/')).toEqual({ fleet: [], rest: argv });
  });

  it('says by an empty value that it is missing', () => {
    expect(fleetArguments(['--fleet-sensors', url, '--fleet-ca'], '/').fleet).toEqual([
      '--fleet-sensors=',
      url,
      '--fleet-ca=',
    ]);
  });
});

describe('the menu', () => {
  const none = (): void => undefined;
  const actions: MenuActions = {
    open: none,
    openSample: none,
    openRecent: none,
    clearRecent: none,
    export: none,
    print: none,
    go: none,
    keys: none,
    commandLine: none,
    techniques: none,
    log: none,
    about: none,
  };
  const electron = makeElectron({ folder: tmpdir() }).electron;
  const labels = (facts: Parameters<typeof menuTemplate>[1]): string =>
    JSON.stringify(electron.Menu.buildFromTemplate(menuTemplate(actions, facts)));

  it('has every view of the desk, by the digits', () => {
    const source = readFileSync(join(appRoot(), 'src-renderer', 'app', 'views.ts'), 'utf8');
    const names = [...source.matchAll(/\bname: '(\w+)'/g)].map((found) => found[1]);
    expect(new Set(VIEWS.map(([, view]) => view))).toEqual(new Set(names));
    expect(VIEWS).toHaveLength(names.length);
    expect(labels({ mac: false, packaged: true, recent: [] })).toContain('"accelerator":"CmdOrCtrl+9"');
  });

  it('follows Apple on a Mac and has developer tools in a checkout only', () => {
    expect(labels({ mac: true, packaged: true, recent: [] })).toMatch(
      /^\[\{"label":"Sonde".*"role":"services".*"role":"quit"/,
    );
    expect(labels({ mac: false, packaged: true, recent: [] })).not.toMatch(/toggleDevTools|reload|services/);
    expect(labels({ mac: false, packaged: false, recent: [] })).toMatch(/toggleDevTools/);
  });

  it('lists recent captures by their names, by their paths where names are the same', () => {
    const text = labels({ mac: false, packaged: true, recent: ['/a/x.pcap', '/b/x.pcap', '/b/R&D.pcap'] });
    expect(text).toContain('"label":"/a/x.pcap"');
    expect(text).toContain('"label":"R&&D.pcap"');
  });
});

describe('recent captures', () => {
  it('are ten, the latest first, each once', () => {
    const recent = new Recent(at('recent.json'));
    for (let n = 0; n < 12; n++) recent.add([`/${n}`]);
    recent.add(['/5']);
    expect(new Recent(at('recent.json')).list()).toEqual([
      '/5',
      '/11',
      '/10',
      '/9',
      '/8',
      '/7',
      '/6',
      '/4',
      '/3',
      '/2',
    ]);
    writeFileSync(at('recent.json'), '[1]');
    expect(recent.list()).toEqual([]);
  });
});

describe('notices', () => {
  const found = { type: 'finished', name: 'a.pcap', capture: 3, incidents: 0, first: null, failed: null } as const;

  it('say what was found, or that it could not be read, only while nobody looks', () => {
    expect(noticeOf(found, true)).toBeNull();
    expect(noticeOf(found, false)).toEqual({ title: 'a.pcap: nothing stands out', body: '', place: '/c/3/overview' });
    const first = { uid: 'u/1', title: 'Port scan', severity: 'warning' } as const;
    expect(noticeOf({ ...found, incidents: 1, first }, false)).toEqual({
      title: 'a.pcap: 1 incident',
      body: 'Warning: Port scan.',
      place: '/c/3/incidents/u%2F1',
    });
    expect(noticeOf({ ...found, capture: null, failed: 'no capture' }, false)).toMatchObject({ body: 'no capture' });
  });

  it('of an alert lead to its incident, where it has one', () => {
    const alert = { type: 'alert', title: 'Port scan', body: '' } as const;
    expect(placeOfAlert({ ...alert, incident: { capture: 7, uid: 'u/1' } })).toBe('/c/7/incidents/u%2F1');
    expect(placeOfAlert({ ...alert, incident: null })).toBeNull();
  });

  it('tell how far imports are', () => {
    expect(workOf({ type: 'working', names: [], share: null })).toBeNull();
    expect(workOf({ type: 'working', names: ['a'], share: 0.999 })).toEqual({
      text: 'Sonde reads a: 99 %',
      share: 0.999,
    });
    expect(workOf({ type: 'working', names: ['a', 'b'], share: null })?.text).toBe('Sonde reads 2 captures');
  });
});

describe('progress', () => {
  it('is in the tray as long as anything is under way', () => {
    const { electron, trays } = makeElectron({ folder });
    const bars: number[] = [];
    writeFileSync(at('tray.png'), '');
    const makeTray = () => new electron.Tray(at('tray.png'));
    const progress = new Progress({ makeTray, setBar: (share) => void bars.push(share), onClick: () => undefined });
    progress.set('import', { text: 'reads', share: 0.5 });
    progress.set('capture', { text: 'captures', share: null });
    expect(trays.map(({ tip }) => tip)).toEqual(['reads\ncaptures']);
    progress.set('import', null);
    expect(trays[0]).toMatchObject({ tip: 'captures', destroyed: false });
    progress.set('capture', null);
    expect(trays[0]!.destroyed).toBe(true);
    expect(bars).toEqual([0.5, 0.5, 2, -1]);
  });

  it('shows no bar for what has no end', () => {
    const bars: number[] = [];
    const progress = new Progress({
      makeTray: () => null,
      setBar: (share) => void bars.push(share),
      onClick: () => undefined,
    });
    progress.set('live', { text: 'watches', share: 'endless' });
    progress.set('import', { text: 'reads', share: 0.5 });
    progress.set('import', null);
    expect(bars).toEqual([-1, 0.5, -1]);
  });

  it('does without a tray where there is none', () => {
    const progress = new Progress({ makeTray: () => null, setBar: () => undefined, onClick: () => undefined });
    progress.set('import', { text: 'reads', share: 0.5 });
    progress.set('import', null);
  });
});

describe('a live session in the tray', () => {
  const session = { state: 'running', source: { name: 'eth0' } } as unknown as LiveSession;
  const tick = (critical: number, warning: number) =>
    ({ incidents: { critical, warning, info: 9 } }) as unknown as LiveTickShown;

  it('says what is open in it, and nothing once it is over', () => {
    expect(watchingText(session, null)).toBe('Sonde watches eth0: nothing to look at');
    expect(watchingText(session, tick(1, 2))).toBe('Sonde watches eth0: 3 to look at, 1 critical');
    expect(watchingText({ ...session, state: 'ended' }, tick(1, 2))).toBeNull();
    expect(watchingText(null, null)).toBeNull();
  });
});

describe('the log', () => {
  it('holds no home folder, token, secret or address', () => {
    const text = [
      'at /home/ann/x.ts',
      'token=abc123 password: hunter2 "secret":"s3"',
      'Authorization: Bearer abc.def',
      'https://ann:pw@example.org/',
      '10.0.0.5 fe80::1:2:3 2001:db8::8a2e:370:7334 a4:83:e7:c9:a5:2c ::ffff:10.1.2.3',
    ].join('\n');
    const left = redact(text, '/home/ann');
    expect(left).toContain('at ~/x.ts');
    for (const secret of ['ann', 'abc', 'hunter2', 's3', 'pw@', '10.0.0.5', 'fe80', '2001', '370', 'a4:83', '10.1.2.3'])
      expect(left).not.toContain(secret);
  });

  it('is written redacted, by the real logger', () => {
    const own = log.create({ logId: 'shell-test' });
    setUpLog(own, () => at('main.log'));
    own.transports.console.level = false;
    own.warn('from 192.168.7.9', new Error('token=abcdef'), { password: 'hunter2' });
    const text = readFileSync(at('main.log'), 'utf8');
    expect(text).toContain('from [address]');
    expect(text).toContain('[removed]');
    expect(text).not.toMatch(/192\.168|abcdef|hunter2/);
  });
});

describe('secrets', () => {
  const keep = (keychain?: 'none' | 'basic_text', platform: NodeJS.Platform = 'linux'): Secrets =>
    new Secrets(
      at('secrets.json'),
      makeElectron({ folder, ...(keychain ? { keychain } : {}) }).electron.safeStorage,
      platform,
    );

  it('come back to the program, not in plain, and can be forgotten', async () => {
    const secrets = keep();
    await secrets.set('smtp', 'correct horse');
    expect(await keep().get('smtp')).toBe('correct horse');
    expect(readFileSync(at('secrets.json'), 'utf8')).not.toMatch(/correct|horse/);
    expect(statSync(at('secrets.json')).mode & 0o777).toBe(0o600);
    await secrets.set('smtp', '');
    expect([secrets.has('smtp'), await secrets.get('smtp')]).toEqual([false, null]);
  });

  it('are refused where nothing keeps them, saying so', async () => {
    for (const keychain of ['none', 'basic_text'] as const) {
      await expect(keep(keychain).set('smtp', 'x')).rejects.toMatchObject({ code: 'not-permitted' });
      expect(existsSync(at('secrets.json'))).toBe(false);
    }
    // basic_text is of Linux: elsewhere the answer means nothing.
    await keep('basic_text', 'darwin').set('smtp', 'x');
    await expect(keep('none').get('smtp')).rejects.toMatchObject({ code: 'not-permitted' });
  });
});

describe('the theme', () => {
  it('is at once what it was last time', () => {
    const native = { themeSource: 'system' as const };
    new Theme(at('theme.json'), native).choose('dark');
    const next = { themeSource: 'system' as const };
    expect(new Theme(at('theme.json'), next)).toBeDefined();
    expect([native, next]).toEqual([{ themeSource: 'dark' }, { themeSource: 'dark' }]);
    writeFileSync(at('theme.json'), '{"theme":"pink"}');
    const third = { themeSource: 'dark' as const };
    expect(new Theme(at('theme.json'), third)).toBeDefined();
    expect(third).toEqual({ themeSource: 'system' });
  });
});

describe('updates', () => {
  it('are looked for only where a feed is configured; a failure is logged and nothing else', async () => {
    const log: unknown[] = [];
    let made = 0;
    const updater = {
      autoDownload: false,
      autoInstallOnAppQuit: false,
      allowDowngrade: true,
      logger: console as never,
      checkForUpdates: () => Promise.reject(new Error('no network')),
    };
    const again: number[] = [];
    const parts = (configured: boolean): UpdateParts => ({
      load: () => (made++, updater as never),
      configured,
      log: (message) => void log.push(message),
      every: (ms) => void again.push(ms),
    });
    expect(lookForUpdates(parts(false))).toBe(false);
    expect([made, again]).toEqual([0, []]);
    expect(lookForUpdates(parts(true))).toBe(true);
    await until(() => log.length > 0, 'the failure');
    expect(log).toMatchObject([{ message: 'no network' }]);
    expect([made, again]).toEqual([1, [86_400_000]]);
    expect(updater).toMatchObject({ allowDowngrade: false, logger: null });
  });
});

describe('Wireshark', () => {
  it('is looked for by full paths only', () => {
    const asked: string[] = [];
    const none = (path: string): boolean => (asked.push(path), false);
    expect(findWireshark('linux', '.:/usr/bin::bin:/opt/bin', none)).toBeNull();
    expect(asked).toEqual(['/usr/bin/wireshark', '/opt/bin/wireshark']);
    expect(findWireshark('win32', 'C:\\Tools;.', (path) => path.startsWith('C:\\Tools'))).toBe(
      'C:\\Tools\\Wireshark.exe',
    );
    expect(findWireshark('darwin', '', () => true)).toBe('/Applications/Wireshark.app/Contents/MacOS/Wireshark');
  });

  it('is not a file that nobody may run, nor a folder', () => {
    mkdirSync(at('a', 'wireshark'), { recursive: true });
    mkdirSync(at('b'));
    writeFileSync(at('b', 'wireshark'), '');
    expect(findWireshark('linux', `${at('a')}:${at('b')}`)).toBeNull();
    chmodSync(at('b', 'wireshark'), 0o755);
    expect(findWireshark('linux', `${at('a')}:${at('b')}`)).toBe(at('b', 'wireshark'));
  });

  it('gets the packets and the filter as they are, through no shell, without what is only ours', async () => {
    const program = at('wireshark');
    writeFileSync(
      program,
      `#!/bin/sh\nprintf '%s\\n' "$@" "\${ELECTRON_X:-none}" > '${at('said')}.part'; mv '${at('said')}.part' '${at('said')}'\n`,
    );
    chmodSync(program, 0o755);
    process.env['ELECTRON_X'] = 'ours';
    const filter = 'ip.addr == 10.0.0.5 && $(touch /tmp/x); `id`';
    const taken: string[] = [];
    const take = (to: string): Promise<void> => Promise.resolve(void taken.push(to));
    await openInWireshark({ temporary: folder, take }, { name: 'i.pcapng', filter }, program);
    await until(() => existsSync(at('said')), 'the program');
    expect(readFileSync(at('said'), 'utf8').split('\n')).toEqual(['-r', taken[0], '-Y', filter, 'none', '']);
    delete process.env['ELECTRON_X'];
    expect(plainEnvironment({ PATH: '/bin', NODE_OPTIONS: '--inspect', APPIMAGE: '/x' })).toEqual({ PATH: '/bin' });
  });

  it('that is not there, or does not start, is said', async () => {
    const parts = { temporary: folder, take: () => Promise.resolve() };
    await expect(openInWireshark(parts, { name: 'a', filter: '' }, null)).rejects.toMatchObject({ code: 'not-found' });
    await expect(openInWireshark(parts, { name: 'a', filter: '' }, at('none'))).rejects.toMatchObject({
      code: 'read-failed',
    });
  });

  it('leaves nothing of the packets beyond the next start; what is not ours stays', () => {
    for (const name of ['sonde-packets-abcDEF', 'sonde-packets-', 'other']) mkdirSync(at(name));
    writeFileSync(at('sonde-packets-abcDEF', 'a.pcapng'), '');
    symlinkSync(at('other'), at('sonde-packets-linked'));
    forgetPackets(folder);
    expect(['sonde-packets-abcDEF', 'sonde-packets-', 'other'].map((name) => existsSync(at(name)))).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('a file that goes where the user wants it', () => {
  it('replaces what was there only when it is whole, and says what is wrong', () => {
    writeFileSync(at('from'), 'new');
    writeFileSync(at('to'), 'old');
    moveFile(at('from'), at('to'));
    expect([readFileSync(at('to'), 'utf8'), existsSync(at('from'))]).toEqual(['new', false]);
    mkdirSync(at('folder', 'x'), { recursive: true });
    expect(() => moveFile(at('to'), at('folder'))).toThrow('cannot be written');
    expect(() => moveFile(at('to'), at('none', 'x'))).toThrow('cannot be written');
    expect(readFileSync(at('to'), 'utf8')).toBe('new');
  });
});
