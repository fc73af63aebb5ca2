/** What a page may try that is not the desk, or that somebody got into. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTENT_POLICY } from '../../../src-main/run/api/pages.ts';
import { appRoot } from '../../../src-main/run/paths.ts';
import { isAllowedOutside, mayLoad } from '../../../src-main/run/shell/guards.ts';
import { FakeFrame, type FakeContents } from '../../unit/shell/double/contents.ts';
import { preloadScript, runDesktop, type Running } from '../../unit/shell/double/desktop.ts';
import type { FakeSession } from '../../unit/shell/double/electron.ts';

const ELSEWHERE = [
  'https://example.org/',
  'http://127.0.0.1:27633/',
  'file:///etc/passwd',
  'app://other/',
  'app://sonde.example.org/',
  'app://user:password@sonde/',
  'app://sonde:80/',
  'data:text/html,<script>1</script>',
  'javascript:alert(1)',
  'about:blank',
  'chrome://gpu/',
  'not an address',
];

let running: Running;
let page: FakeContents;
let session: FakeSession;

beforeAll(async () => {
  running = await runDesktop();
  page = running.double.windows[0]!.webContents;
  session = running.double.windows[0]!.session;
});
afterAll(() => running.stop());

describe('a page', () => {
  it('has no Node, a sandbox, and a world of its own', () => {
    expect(running.double.windows[0]!.options.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    });
  });

  it.each(ELSEWHERE)('does not go to %s', (url) => {
    expect(page.tryNavigate(url)).toBe(true);
    expect(page.tryNavigate(url, 'will-redirect')).toBe(true);
    expect(page.tryNavigate(url, 'will-frame-navigate')).toBe(true);
  });

  it('stays where it is by an address of its own', () => {
    expect(page.tryNavigate('app://sonde/')).toBe(false);
  });

  it.each([...ELSEWHERE, 'app://sonde/'])('opens no window for %s', (url) => {
    const before = running.double.outside.length;
    expect(page.tryOpen(url)).toBe('deny');
    expect(running.double.outside).toHaveLength(before);
  });

  it('leads to descriptions of techniques in the user’s own browser, and to nothing that only looks like it', () => {
    const technique = 'https://attack.mitre.org/techniques/T1071/004/';
    expect(page.tryOpen(technique)).toBe('deny');
    expect(running.double.outside).toEqual([technique]);
    for (const url of [
      'http://attack.mitre.org/',
      'https://attack.mitre.org.example.org/',
      'https://attack.mitre.org@example.org/',
      'https://user@attack.mitre.org/',
      'https://attack.mitre.org:8443/',
      'https://example.org/?https://attack.mitre.org/',
      'file://attack.mitre.org/share',
    ])
      expect(isAllowedOutside(url)).toBe(false);
  });

  it('embeds no other page', () => {
    expect(page.tryWebview()).toBe(true);
  });

  it('loads nothing from afar', () => {
    const cancelled = (url: string): boolean | undefined => {
      let answer: { cancel?: boolean } = {};
      session.beforeRequest!({ url }, (given) => (answer = given));
      return answer.cancel;
    };
    expect(cancelled('app://sonde/assets/desk.js')).toBe(false);
    expect(cancelled('data:image/png;base64,AA==')).toBe(false);
    for (const url of [
      'https://example.org/a.js',
      'ws://127.0.0.1/',
      'file:///etc/passwd',
      'data:text/html,x',
      'app://x/',
    ])
      expect(cancelled(url)).toBe(true);
    expect([mayLoad('devtools://devtools/a.js', true), mayLoad('devtools://devtools/a.js', false)]).toEqual([
      true,
      false,
    ]);
  });

  it('is given one permission: to write what the user copies, and that to the desk’s own page alone', () => {
    const other = Object.assign(Object.create(page) as FakeContents, { getURL: () => 'https://example.org/' });
    const all = 'media geolocation notifications clipboard-read hid usb serial fullscreen openExternal fileSystem midi';
    for (const permission of all.split(' ')) {
      expect(session.requestPermission(page, permission)).toBe(false);
      expect(session.checkPermission(page, permission, 'app://sonde/')).toBe(false);
    }
    expect(session.checkPermission(page, 'clipboard-sanitized-write', 'app://sonde/')).toBe(true);
    expect(session.checkPermission(other, 'clipboard-sanitized-write', 'https://example.org/')).toBe(false);
    expect(session.checkPermission(null, 'clipboard-sanitized-write', '')).toBe(false);
    expect(session.requestPermission(other, 'clipboard-sanitized-write')).toBe(false);
    expect(session.onDevice!({ deviceType: 'usb' })).toBe(false);
  });

  it('downloads nothing by itself', () => {
    expect(session.download(page, 'https://example.org/a.exe')).toBe(true);
    expect(session.download(page, 'blob:app://sonde/1')).toBe(true);
  });

  it('of another session is held to the same', () => {
    const other = running.double.sessions.get('')!;
    expect(other.requestPermission(page, 'media')).toBe(false);
    expect(other.download(page, 'https://example.org/')).toBe(true);
  });

  it('trusts no certificate: there is no server to speak to', () => {
    let trusted: boolean | undefined;
    const event = { stopped: false, preventDefault: () => (event.stopped = true) };
    const trust = (answer: boolean): void => void (trusted = answer);
    running.double.app.emit('certificate-error', event, page, 'https://example.org/', 'net::ERR', {}, trust);
    expect([event.stopped, trusted]).toEqual([true, false]);
    let result = 0;
    session.onCertificate!({}, (answer) => (result = answer));
    expect(result).toBe(-2);
  });
});

describe('app://sonde/', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-pages-'));
  let served: Running;
  let get: (url: string, method?: string) => Promise<Response>;

  beforeAll(async () => {
    const pages = join(folder, 'pages');
    mkdirSync(join(pages, 'assets'), { recursive: true });
    writeFileSync(join(pages, 'index.html'), '<!doctype html><title>Sonde</title>');
    writeFileSync(join(pages, 'assets', 'desk.js'), '1');
    writeFileSync(join(pages, '.hidden.js'), 'hidden');
    writeFileSync(join(folder, 'secret.js'), 'secret');
    symlinkSync(join(folder, 'secret.js'), join(pages, 'link.js'));
    symlinkSync(folder, join(pages, 'up'));
    served = await runDesktop({ folder });
    get = (url, method) => served.double.windows[0]!.session.fetch(url, method);
  });
  afterAll(async () => {
    await served.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives the page out under the same content policy as the browser’s', async () => {
    for (const [url, type] of [
      ['app://sonde/', 'text/html; charset=utf-8'],
      ['app://sonde/index.html', 'text/html; charset=utf-8'],
      ['app://sonde/assets/desk.js', 'text/javascript; charset=utf-8'],
    ] as const) {
      const response = await get(url);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe(type);
      expect(response.headers.get('content-security-policy')).toBe(CONTENT_POLICY);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it.each([
    'app://sonde/../secret.js',
    'app://sonde/%2e%2e/secret.js',
    'app://sonde/..%2fsecret.js',
    'app://sonde/assets/..%2f..%2fsecret.js',
    'app://sonde/..%5csecret.js',
    'app://sonde//etc/passwd',
    'app://sonde/%2fetc%2fpasswd',
    'app://sonde/secret.js%00.js',
    'app://sonde/%zz',
    'app://sonde/.hidden.js',
    'app://sonde/link.js',
    'app://sonde/up/secret.js',
    'app://sonde/assets',
    'app://sonde/assets/',
    'app://sonde/desk.db',
  ])('has nothing at %s', async (url) => {
    const response = await get(url);
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('');
  });

  it('answers for no other host and to nothing but GET', async () => {
    for (const url of ['app://other/', 'app://sonde.example.org/', 'app://a:b@sonde/'])
      expect((await get(url)).status).toBe(403);
    for (const method of ['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])
      expect((await get('app://sonde/', method)).status).toBe(405);
  });
});

describe('IPC', () => {
  const answered = async (frame: FakeFrame | null, channel: string, ...args: unknown[]): Promise<unknown> =>
    running.double.ipcMain.invoke(frame, channel, ...args);
  const refused = (code: string): unknown => ({ ok: false, error: expect.objectContaining({ code }) });
  const VALID: Record<string, object> = {
    'sonde:connect': { token: '0123456789abcdef0123' },
    'sonde:open-files': {},
    'sonde:grant': { paths: ['/etc/passwd'] },
    'sonde:save': { id: 'a'.repeat(32), name: 'a.csv' },
    'sonde:open-in-wireshark': { id: 'a'.repeat(32), name: 'a.pcapng', filter: '' },
    'sonde:has-wireshark': {},
    'sonde:print-to-pdf': { name: 'a.pdf' },
    'sonde:set-secret': { name: 'smtp', secret: 'x' },
    'sonde:has-secret': { name: 'smtp' },
    'sonde:set-theme': { theme: 'dark' },
  };

  it('has the channels of this list and no others', () => {
    expect(running.double.ipcMain.channels()).toEqual(Object.keys(VALID).sort());
  });

  it.each(Object.keys(VALID))('%s is answered to no frame but the desk’s own', async (channel) => {
    const ipcMain = running.double.ipcMain;
    const foreign = new FakeFrame(page, 'https://example.org/', null, ipcMain);
    const similar = new FakeFrame(page, 'app://sonde.example.org/', null, ipcMain);
    const lying = Object.assign(new FakeFrame(page, 'app://sonde/', null, ipcMain));
    Object.defineProperty(lying, 'origin', { value: 'null' });
    for (const frame of [foreign, similar, lying, page.subframe('app://sonde/'), page.subframe('about:srcdoc'), null])
      expect(await answered(frame, channel, VALID[channel])).toEqual(refused('not-allowed'));
    expect(running.double.dialogs).toEqual([]);
    expect(running.double.theme.themeSource).toBe('system');
  });

  it.each(Object.keys(VALID))('%s takes nothing that does not fit', async (channel) => {
    const valid = VALID[channel]!;
    const own = '__proto__';
    for (const wrong of [
      undefined,
      null,
      'text',
      7,
      [],
      [valid],
      { ...valid, more: 1 },
      JSON.parse(`{"${own}":{"admin":true},"constructor":1}`) as object,
      Object.fromEntries(Object.keys(valid).map((name) => [name, { toString: 'x' }])),
    ]) {
      if (
        Array.isArray(wrong) ||
        Object.keys(Object(wrong) as object).length > 0 ||
        typeof wrong !== 'object' ||
        wrong === null
      )
        expect(await answered(page.mainFrame, channel, wrong)).toEqual(refused('bad-request'));
    }
    expect(await answered(page.mainFrame, channel)).toEqual(refused('bad-request'));
    expect(await answered(page.mainFrame, channel, valid, valid)).toEqual(refused('bad-request'));
    expect(running.double.dialogs).toEqual([]);
  });

  it.each([
    ['sonde:save', { id: '../../etc/passwd', name: 'a' }],
    ['sonde:save', { id: '__proto__', name: 'a' }],
    ['sonde:save', { id: 'A'.repeat(32), name: 'a' }],
    ['sonde:save', { id: 'a'.repeat(32), name: '../a' }],
    ['sonde:save', { id: 'a'.repeat(32), name: '/etc/cron.d/a' }],
    ['sonde:save', { id: 'a'.repeat(32), name: 'C:\\a' }],
    ['sonde:save', { id: 'a'.repeat(32), name: 'a\0.csv' }],
    ['sonde:save', { id: 'a'.repeat(32), name: '.bashrc' }],
    ['sonde:open-in-wireshark', { id: 'a'.repeat(32), name: '-X.pcapng/../a', filter: '' }],
    ['sonde:grant', { paths: ['relative.pcap'] }],
    ['sonde:grant', { paths: ['/a\0b'] }],
    ['sonde:grant', { paths: Array.from({ length: 65 }, () => '/a') }],
    ['sonde:set-secret', { name: '__proto__', secret: 'x' }],
    ['sonde:has-secret', { name: 'constructor '.trim() + '/../' }],
    ['sonde:set-theme', { theme: 'constructor' }],
    ['sonde:connect', { token: '<script>' }],
  ])('%s refuses %j', async (channel, input) => {
    expect(await answered(page.mainFrame, channel, input)).toEqual(refused('bad-request'));
    expect(running.double.dialogs).toEqual([]);
  });

  it('knows no secret by the name of what every object has', async () => {
    for (const name of ['constructor', 'tostring', 'valueof'])
      expect(await answered(page.mainFrame, 'sonde:has-secret', { name })).toEqual({ ok: true, value: false });
  });

  it('saves no file under an id that was never given out', async () => {
    running.double.answers.save.push({ canceled: false, filePath: join(running.folder, 'stolen') });
    const answer = await answered(page.mainFrame, 'sonde:save', { id: 'f'.repeat(32), name: 'stolen' });
    expect(answer).toEqual(refused('not-found'));
    expect(readdirSync(running.folder)).not.toContain('stolen');
    running.double.dialogs.length = 0;
  });

  it('says what went wrong in the one form, also of what is no error of ours', async () => {
    const answer = (await answered(page.mainFrame, 'sonde:set-theme', { theme: 1 })) as { error: object };
    expect(Object.keys(answer.error).sort()).toEqual(['at', 'code', 'cure', 'message', 'where']);
  });

  it('is used by one file on each side, and raw by none', () => {
    const folder = join(appRoot(), 'src-main', 'run', 'shell');
    const using = (word: string): string[] =>
      readdirSync(folder).filter((name) => new RegExp(`\\b${word}\\b`).test(readFileSync(join(folder, name), 'utf8')));
    expect(using('ipcRenderer')).toEqual(['preload.ts']);
    // desktop.ts hands it over and does not call it.
    expect(using('ipcMain').sort()).toEqual(['desktop.ts', 'ipc.ts']);
    expect(readFileSync(join(folder, 'desktop.ts'), 'utf8')).not.toMatch(/ipcMain\s*\.\s*\w/);
  });
});

describe('the preload script', () => {
  it('gives the page functions with names, and no way to name a channel', () => {
    const names = Object.keys(running.shell());
    expect(names).toEqual([
      'connect',
      'openFiles',
      'pathsOf',
      'save',
      'hasWireshark',
      'openInWireshark',
      'printToPdf',
      'setSecret',
      'hasSecret',
      'setTheme',
      'onGo',
    ]);
    expect(Object.isFrozen(running.shell())).toBe(true);
    expect(page.world).toEqual({ sondeShell: running.shell() });
  });

  it('is one file that needs nothing but electron', async () => {
    const script = await preloadScript();
    expect(script.match(/require\(([^)]*)\)/g)).toEqual(['require("electron")']);
    expect(script).not.toMatch(/^\s*import\s/m);
  });

  it('tells nobody the path of what is no file', async () => {
    await expect(running.shell()['pathsOf']!([{ path: '/etc/passwd' }])).rejects.toThrow('not a File');
  });
});

describe('a packaged program', () => {
  const start = async (...argv: string[]): Promise<Running> => runDesktop({ packaged: true, argv });

  it.each([
    '--inspect',
    '--inspect=0.0.0.0:9229',
    '--inspect-brk',
    '--remote-debugging-port=9222',
    '-remote-debugging-port=9222',
    '--REMOTE-debugging-port=9222',
    '--remote-debugging-pipe',
    '--no-sandbox',
    '--disable-web-security',
    '--js-flags=--allow-natives-syntax',
    '--load-extension=/tmp/x',
    '--renderer-cmd-prefix=sh',
    '--utility-cmd-prefix=sh',
  ])('does not start with %s', async (door) => {
    const refused = await start(door);
    expect(refused.started).toBe(false);
    expect(refused.double.app.code).toBe(1);
    expect(refused.double.windows).toHaveLength(0);
    expect(refused.double.engines).toHaveLength(0);
    expect(refused.double.dialogs).toHaveLength(1);
    rmSync(refused.folder, { recursive: true, force: true });
  });

  it('has no developer tools, and takes a file that is called like a switch', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-shell-'));
    writeFileSync(join(folder, '--inspect'), 'no capture');
    const packaged = await runDesktop({ packaged: true, folder, argv: ['--', '--inspect'] });
    expect(packaged.started).toBe(true);
    expect(packaged.double.windows[0]!.options.webPreferences['devTools']).toBe(false);
    expect(JSON.stringify(packaged.double.menu())).not.toContain('toggleDevTools');
    expect(packaged.double.app.lockData).toEqual({ files: [join(folder, '--inspect')] });
    await packaged.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('a second start', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', '/etc/passwd'],
    ['an array', ['/etc/passwd']],
    ['files that are no texts', { files: [{ toString: 'x' }, 7] }],
    ['a relative path', { files: ['package.json'] }],
    ['a path with a NUL', { files: ['/etc/passwd\0.pcap'] }],
    ['too many files', { files: Array.from({ length: 65 }, () => '/etc/hostname') }],
    ['too long a path', { files: [`/${'a'.repeat(5000)}`] }],
    ['more than files', { files: [], command: 'quit' }],
    ['a folder', { files: ['/'] }],
    ['a device', { files: ['/dev/zero'] }],
    ['a file that is not there', { files: ['/no/such/file'] }],
  ])('that hands over %s only brings the window to the front', async (_name, data) => {
    const before = running.told('sonde:go').length;
    running.double.windows[0]!.focused = false;
    running.double.app.emit('second-instance', {}, ['sonde', '--inspect', '/etc/passwd'], '/', data);
    expect(running.double.windows[0]!.focused).toBe(true);
    expect(running.double.app.recent).toEqual([]);
    expect(running.told('sonde:go')).toHaveLength(before);
  });
});

describe('the built program', () => {
  it('parses packets in the engine alone: the first process has no code for it', async () => {
    const { build } = await import('esbuild');
    const entry = (name: string): string => join(appRoot(), 'src-main', 'run', 'shell', name);
    const inputsOf = async (name: string): Promise<string[]> => {
      const { metafile } = await build({
        entryPoints: [entry(name)],
        absWorkingDir: appRoot(),
        bundle: true,
        format: 'esm',
        platform: 'node',
        packages: 'external',
        metafile: true,
        write: false,
        logLevel: 'silent',
      });
      return Object.keys(metafile.inputs);
    };
    const below = (files: string[], rooms: RegExp): string[] => files.filter((file) => rooms.test(file));
    const rooms = /^src-main\/(meter|detect|keep|run\/(pipeline|api\/(desk|topics|import)))/;
    expect(below(await inputsOf('main.ts'), rooms)).toEqual([]);
    expect(below(await inputsOf('engine.ts'), rooms)).toContain('src-main/run/api/desk.ts');
  });

  it('starts no program but Wireshark', () => {
    const found = execFileSync('grep', ['-rlE', 'child_process', join(appRoot(), 'src-main', 'run', 'shell')], {
      encoding: 'utf8',
    });
    expect(found.trim().split('\n')).toEqual([join(appRoot(), 'src-main', 'run', 'shell', 'wireshark.ts')]);
  });
});
