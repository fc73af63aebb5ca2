import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { electronBinary, noWindow, openWindow, shellEntry } from '../../scripts/lib/electron.mjs';
import { leadingPage, noBrowser, openBrowser, openerOf } from '../../scripts/lib/open-browser.mjs';
import { dataFolder } from '../../src-main/run/paths.ts';
import { makeClient } from '../../src-shared/contract/client.ts';
import { contract, type DeskClient } from '../../src-shared/contract/index.ts';
import { needs } from '../setup/skip.ts';
import { CHECKOUT } from './tree.ts';

const START = join(CHECKOUT, 'scripts', 'start.mjs');
const SAMPLE = join(CHECKOUT, 'resources', 'sample', 'office-hour.pcapng.gz');
const linux = process.platform === 'linux';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'sonde start '))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Started {
  child: ChildProcess;
  url: URL;
  out(): string;
  err(): string;
  ended: Promise<[number | null, string | null]>;
}

/** Starts without a display, with the user's folders in `home`. */
function run(args: readonly string[], home: string, env: NodeJS.ProcessEnv = {}): Omit<Started, 'url'> {
  const none = { DISPLAY: '', WAYLAND_DISPLAY: '', SSH_CONNECTION: '', SSH_TTY: '', npm_lifecycle_event: undefined };
  const places = { XDG_DATA_HOME: join(home, 'data'), XDG_STATE_HOME: join(home, 'state') };
  const child = spawn(process.execPath, [START, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
    env: { ...process.env, ...none, ...places, ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (part: string) => (out += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (err += part));
  const ended = once(child, 'exit') as Started['ended'];
  return { child, ended, out: () => out, err: () => err };
}

async function start(args: readonly string[], home: string, env: NodeJS.ProcessEnv = {}): Promise<Started> {
  const started = run(args, home, env);
  const told = (): RegExpExecArray | null => /^The desk .*(http:\S+)$/m.exec(started.out());
  const over = started.ended.then(() => true);
  while (!told()) {
    const gone = await Promise.race([over, new Promise<false>((resolve) => setTimeout(() => resolve(false), 50))]);
    if (gone && !told()) throw new Error(`it ended: ${started.err()}`);
  }
  return { ...started, url: new URL(told()![1]!) };
}

function tokenOf(url: URL): string {
  return /^#token=([\w-]+)/.exec(url.hash)![1]!;
}

async function signedIn(url: URL): Promise<{ client: DeskClient; leave(): void }> {
  const { origin } = url;
  const headers = { origin, 'content-type': 'application/json' };
  const body = JSON.stringify({ token: tokenOf(url) });
  const answered = await fetch(`${origin}/session`, { method: 'POST', headers, body });
  const cookie = answered.headers.getSetCookie()[0]!.split(';')[0]!;
  const { key } = (await answered.json()) as { key: string };
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/socket`, ['sonde', key], {
    headers: { origin, cookie },
  });
  await once(socket, 'open');
  const client = makeClient(contract, {
    send: (message) => socket.send(JSON.stringify(message)),
    onMessage: (listener) => void socket.on('message', (data: Buffer) => listener(JSON.parse(data.toString()))),
    onClose: (listener) => void socket.once('close', listener),
    close: () => socket.close(),
  });
  return { client, leave: () => socket.terminate() };
}

function imported(client: DeskClient, job: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client.captures.progress({ job }, { next: () => undefined, end: () => resolve(undefined), error: reject });
  });
}

describe('npm start without a display', { timeout: 120_000 }, () => {
  it('serves the desk, reads the file that is named, keeps it, and ends with Ctrl-C', async () => {
    const home = join(folder, 'one');
    const first = await start([SAMPLE], home);
    expect(first.url.hash).toMatch(/^#token=[\w-]+\/open\?job=1$/);
    const page = await fetch(first.url.origin);
    expect([page.status, (await page.text()).includes('<title>Sonde</title>')]).toEqual([200, true]);
    const { client, leave } = await signedIn(first.url);
    await imported(client, 1);
    expect((await client.captures.list({})).captures.map((c) => c.name)).toEqual(['office-hour.pcapng.gz']);
    const { rows } = await client.audit.list({ actions: ['import'] });
    expect(rows.map((r) => r.object)).toEqual(['office-hour.pcapng.gz']);
    leave();
    first.child.kill('SIGINT');
    expect(await first.ended).toEqual([0, null]);
    expect(first.err().match(/so the desk is for your browser/g)).toHaveLength(1);
    expect(first.err()).toContain(`kept in ${join(home, 'data', 'sonde', 'desk.db')}`);

    const again = await start([], home);
    expect(again.url.hash).toMatch(/^#token=[\w-]+$/);
    const next = await signedIn(again.url);
    expect((await next.client.captures.list({})).captures.map((c) => c.status)).toEqual(['complete']);
    next.leave();
    again.child.kill('SIGINT');
    expect(await again.ended).toEqual([0, null]);
  });

  it('opens the file in the desk that runs already', async () => {
    const home = join(folder, 'two');
    const first = await start([], home);
    const second = await start([SAMPLE], home);
    expect(second.url.href).toBe(`${first.url.href}/open?job=1`);
    expect(second.out()).toContain('runs already');
    expect(await second.ended).toEqual([0, null]);
    const { client, leave } = await signedIn(first.url);
    await imported(client, 1);
    expect((await client.captures.list({})).captures.map((c) => c.name)).toEqual(['office-hour.pcapng.gz']);
    leave();
    const others = statSync(join(home, 'data', 'sonde', 'desk.db.desk')).mode & 0o077;
    expect([others, statSync(join(home, 'data', 'sonde')).mode & 0o077]).toEqual([0, 0]);
    first.child.kill('SIGTERM');
    expect(await first.ended).toEqual([0, null]);
    expect(existsSync(join(home, 'data', 'sonde', 'desk.db.desk'))).toBe(false);
  });

  needs(linux, 'written for Linux')('starts anew after it was killed', async () => {
    const home = join(folder, 'three');
    const first = await start([], home);
    // The desk itself is a child of what was started.
    const children = childrenOf(first.child.pid!);
    expect(children).toHaveLength(1);
    first.child.kill('SIGKILL');
    for (const each of children) process.kill(each, 'SIGKILL');
    await first.ended;
    const second = await start([], home);
    expect(second.out()).toContain('The desk is at');
    second.child.kill('SIGINT');
    expect(await second.ended).toEqual([0, null]);
  });

  it('follows a fleet, whose files are named from where the user is', async () => {
    const home = join(folder, 'fleet');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(folder, 'sensors.json'), '{"schema":"sonde.sensors/1","sensors":[]}');
    const { child, url, ended } = await start(
      ['--fleet', 'redis://127.0.0.1:1', '--fleet-sensors=sensors.json', '--fleet-group', 'office'],
      home,
    );
    const { client, leave } = await signedIn(url);
    const state = await client.fleet.state({});
    expect(state).toMatchObject({ from: 'command-line', fleet: { group: 'office', server: 'redis://127.0.0.1:1' } });
    leave();
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });

  it('says at once what is wrong with a name or an option', async () => {
    const cases: [string[], number, string][] = [
      [['nowhere.pcap'], 3, `${join(folder, 'nowhere.pcap')}: no such file`],
      [['.'], 3, 'is a directory'],
      [['--fleet-sensors', 'nobody.json'], 3, `${join(folder, 'nobody.json')}: no such file`],
      [['--prot'], 2, 'unknown option --prot'],
    ];
    for (const [args, code, text] of cases) {
      const wrong = run(args, join(folder, 'wrong'));
      expect([args, (await wrong.ended)[0]]).toEqual([args, code]);
      expect(wrong.err()).toContain(text);
    }
    expect(existsSync(join(folder, 'wrong'))).toBe(false);
  });

  needs(linux, 'written for Linux')(
    'opens the browser where there is a display, the token in no argument',
    async () => {
      const home = join(folder, 'four');
      mkdirSync(home, { recursive: true });
      const opener = join(home, 'xdg-open');
      writeFileSync(opener, `#!/bin/sh\nprintf '%s\\n' "$*" > '${home}/arguments'\ncat "$1" > '${home}/page'\n`);
      chmodSync(opener, 0o755);
      const env = { DISPLAY: ':7', PATH: `${home}:${process.env['PATH']}`, CI: '' };
      const { url, child, ended, err } = await start([], home, env);
      await expect.poll(() => existsSync(join(home, 'page')) && statSync(join(home, 'page')).size > 0).toBe(true);
      expect(readFileSync(join(home, 'arguments'), 'utf8')).not.toContain(tokenOf(url));
      expect(readFileSync(join(home, 'page'), 'utf8')).toContain(`url=${url.href}`);
      expect(err()).not.toContain('no browser');
      child.kill('SIGINT');
      expect(await ended).toEqual([0, null]);
      expect(existsSync(readFileSync(join(home, 'arguments'), 'utf8').trim())).toBe(false);
    },
  );
});

function childrenOf(pid: number): number[] {
  const found: number[] = [];
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      if (Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]) === pid) found.push(Number(name));
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

describe('opening the browser', () => {
  it('is left to the system’s own opener', () => {
    expect(openerOf('/x/desk.html', 'linux')).toEqual(['xdg-open', '/x/desk.html']);
    expect(openerOf('/x/desk.html', 'darwin')).toEqual(['open', '/x/desk.html']);
    expect(openerOf('C:\\x.html', 'win32')).toEqual(['rundll32.exe', 'url.dll,FileProtocolHandler', 'C:\\x.html']);
  });

  it('is not tried without a display, over SSH, or unattended', () => {
    expect(noBrowser('linux', {})).toBe('there is no display');
    expect(noBrowser('linux', { DISPLAY: ':0' })).toBeNull();
    expect(noBrowser('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBeNull();
    expect(noBrowser('linux', { DISPLAY: 'localhost:10.0', SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' })).toContain(
      'SSH',
    );
    expect(noBrowser('darwin', {})).toBeNull();
    expect(noBrowser('win32', { CI: 'true' })).toContain('unattended');
  });

  it('goes by a page that leads to the address and holds no other markup of it', () => {
    expect(leadingPage('http://127.0.0.1:1/#token=a/open?job=1')).toContain(
      'content="0; url=http://127.0.0.1:1/#token=a/',
    );
    expect(leadingPage('http://x/"><script>')).not.toContain('<script>');
  });

  it('says when there is no opener', async () => {
    const { PATH } = process.env;
    process.env['PATH'] = join(folder, 'nothing');
    try {
      let failed = 0;
      await openBrowser('http://127.0.0.1:1/', () => failed++);
      expect(failed).toBe(1);
    } finally {
      process.env['PATH'] = PATH;
    }
  });
});

describe('the window', () => {
  const root = (): string => join(folder, 'tree');
  const install = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, 0o755);
  };

  it('is opened where Electron’s runtime is, with a display, and not as root', () => {
    const on = { platform: 'linux', env: { DISPLAY: ':0' }, uid: 1000 } as const;
    expect(noWindow(root(), on)).toContain('npx install-electron');
    install(electronBinary(root(), 'linux'), '#!/bin/sh\nexit 0\n');
    expect(noWindow(root(), on)).toContain('not built');
    install(shellEntry(root()), '');
    expect(noWindow(root(), on)).toBeNull();
    expect(noWindow(root(), { ...on, env: {} })).toContain('no display');
    expect(noWindow(root(), { ...on, uid: 0 })).toContain('root');
  });

  needs(linux, 'written for Linux')(
    'is given the files; where it cannot run at all, the browser takes its place',
    async () => {
      const binary = electronBinary(root());
      install(binary, `#!/bin/sh\nprintf '%s\\n' "$@" > '${root()}/arguments'\n`);
      expect(await openWindow(root(), ['/a b.pcap'])).toBe(0);
      expect(readFileSync(join(root(), 'arguments'), 'utf8')).toBe(`${root()}\n/a b.pcap\n`);
      const fleet = ['--fleet=rediss://r', '--fleet-sensors=/s.json'];
      expect(await openWindow(root(), ['/a.pcap'], fleet)).toBe(0);
      const handed = [root(), ...fleet, '--', '/a.pcap'];
      expect(readFileSync(join(root(), 'arguments'), 'utf8')).toBe(`${handed.join('\n')}\n`);
      install(binary, '#!/bin/sh\nkill -ABRT $$\n');
      expect(await openWindow(root(), [])).toBeNull();
    },
  );
});

describe('the user’s own folder', () => {
  it('is where the platform keeps it', () => {
    expect(dataFolder('linux', {}, '/people/ann')).toBe('/people/ann/.local/share/sonde');
    expect(dataFolder('linux', { XDG_DATA_HOME: '/data' }, '/people/ann')).toBe('/data/sonde');
    expect(dataFolder('linux', { XDG_DATA_HOME: 'data' }, '/people/ann')).toBe('/people/ann/.local/share/sonde');
    expect(dataFolder('darwin', {}, '/people/ann')).toBe('/people/ann/Library/Application Support/Sonde');
  });
});
