/** The capture helper where its surroundings are against it: signals, ends that close early, limits set from outside. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { onPath } from '../../../scripts/lib/debian.mjs';
import { FAILURE, FrameParser } from '../../../src-main/meter/capture/client/protocol.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { recorder } from '../../unit/capture/frames.ts';
import { HELPER, pause, removeFolder, ROOT, temporaryFolder, whyNoCable } from '../../integration/capture/network.ts';

const why = await whyNoCable();
const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

const capturing = (...args: string[]): ChildProcess =>
  spawn(HELPER, ['--interface', 'lo', '--buffer-mb', '1', ...args], { stdio: ['pipe', 'pipe', 'pipe'], cwd: folder });
const firstByte = (child: ChildProcess): Promise<Buffer> =>
  new Promise((resolve) => child.stdout?.once('data', resolve));
const ended = (child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> =>
  new Promise((resolve) => child.once('close', (code, signal) => resolve([code, signal])));

suiteNeeds(why === '', why)('signals', () => {
  it.each(['SIGTERM', 'SIGQUIT', 'SIGABRT', 'SIGSEGV', 'SIGUSR1', 'SIGALRM', 'SIGKILL'] as const)(
    '%s ends it, without a core file',
    async (signal) => {
      const child = capturing();
      await firstByte(child);
      child.kill(signal);
      expect(await ended(child)).toEqual([null, signal]);
      expect(readdirSync(folder).filter((name) => name.startsWith('core'))).toEqual([]);
    },
  );

  it('a storm of those that it leaves to its caller damages no frame', async () => {
    const child = capturing();
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    await firstByte(child);
    for (let i = 0; i < 300; i++) {
      for (const signal of ['SIGINT', 'SIGHUP', 'SIGPIPE', 'SIGCONT', 'SIGWINCH'] as const) child.kill(signal);
      // Standing still and going on interrupts what it waits in.
      if (i % 10 === 0) child.kill('SIGSTOP');
      if (i % 10 === 0) child.kill('SIGCONT');
      if (i % 20 === 0) await pause(20);
    }
    await pause(800);
    child.stdin?.write('S');
    expect(await ended(child)).toEqual([0, null]);
    const { told, handler } = recorder();
    const parser = new FrameParser(handler);
    parser.push(Buffer.concat(chunks));
    expect(parser.whole).toBe(true);
    expect(told.at(-1)).toEqual({ reason: 1 });
  });
});

suiteNeeds(why === '', why)('ends that close early', () => {
  it.each([
    ['its input', (child: ChildProcess) => child.stdin?.end(), [0, FAILURE.OUTPUT]],
    ['its output', (child: ChildProcess) => child.stdout?.destroy(), [FAILURE.OUTPUT]],
    ['its messages', (child: ChildProcess) => child.stderr?.destroy(), null],
    [
      'all of them',
      (child: ChildProcess) => {
        child.stdin?.destroy();
        child.stdout?.destroy();
        child.stderr?.destroy();
      },
      [0, FAILURE.OUTPUT],
    ],
  ] as const)('%s, before it has said a word', async (_, close, codes) => {
    const child = capturing();
    const end = ended(child);
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    close(child);
    if (codes === null) {
      // It goes on, and ends when it is told to.
      await firstByte(child);
      child.stdin?.write('S');
      expect(await end).toEqual([0, null]);
      return;
    }
    const began = performance.now();
    child.stdout?.resume();
    expect(codes).toContain(await exited);
    expect(performance.now() - began).toBeLessThan(2000);
    expect(existsSync(`/proc/${child.pid ?? 0}/status`)).toBe(false);
  });

  it('a command before its first frame is obeyed, and one that is none ends it', async () => {
    for (const [byte, code] of [
      ['S', 0],
      ['\0', FAILURE.CAPTURE],
      ['SSSS', 0],
      ['x'.repeat(60_000), FAILURE.CAPTURE],
    ] as const) {
      const child = capturing();
      const end = ended(child);
      child.stdout?.resume();
      child.stdin?.on('error', () => undefined);
      child.stdin?.write(byte);
      expect(await end).toEqual([code, null]);
    }
  });
});

suiteNeeds(why === '', why)('a filter for a capture', () => {
  it.each(['-w /tmp/x', 'tcp; id', '$(touch x)', '`touch x`', '%n%n%n%n', 'tcp and', '/etc/shadow', '\u00e9'])(
    '%s: ends it before a packet, and leaves nothing',
    (filter) => {
      const before = readdirSync(folder);
      const args = ['--interface', 'lo', '--filter', filter];
      const child = spawnSync(HELPER, args, { encoding: 'utf8', input: '', cwd: folder, timeout: 10_000 });
      expect({ status: child.status, stdout: child.stdout }).toEqual({ status: FAILURE.FILTER, stdout: '' });
      expect(readdirSync(folder)).toEqual(before);
    },
  );
});

const noTools =
  why ||
  (onPath('setpriv') && onPath('setcap') && onPath('unshare') ? '' : 'tcpreplay, dumpcap or setcap is not installed');
suiteNeeds(noTools === '', noTools)('limits set from outside', () => {
  const installed = join(folder, 'installed', 'sonde-capture');
  beforeAll(() => {
    mkdirSync(join(folder, 'installed'));
    copyFileSync(HELPER, installed);
    chmodSync(installed, 0o755);
    chmodSync(folder, 0o755);
    execFileSync('setcap', ['cap_net_raw=ep', installed]);
  });

  it('where /proc is not there nothing can be verified, so it does not start', () => {
    const hidden = 'mount -t tmpfs tmpfs /proc && exec "$0" --interface lo';
    const child = spawnSync('unshare', ['--mount', 'sh', '-c', hidden, HELPER], { encoding: 'utf8', input: '' });
    expect({ status: child.status, stdout: child.stdout }).toEqual({ status: FAILURE.PRIVILEGES, stdout: '' });
    expect(child.stderr).toContain('nothing can be verified');
  });

  it('a /proc of somebody’s own making is not believed', () => {
    const made = [
      'mount -t tmpfs tmpfs /proc',
      'mkdir -p /proc/self/task/1',
      'echo "Uid: 0" > /proc/self/task/1/status',
      'exec "$0" --interface lo',
    ].join(' && ');
    const child = spawnSync('unshare', ['--mount', 'sh', '-c', made, HELPER], { encoding: 'utf8', input: '' });
    // By then the filter of system calls is on, and a complaint is one call too many.
    expect(child).toMatchObject({ status: null, signal: 'SIGSYS', stdout: '' });
  });

  const asUser = ['--reuid=54321', '--regid=54321', '--clear-groups'];
  it('under no_new_privs it gains nothing, says so, and captures nothing', () => {
    const go = (...args: string[]): ReturnType<typeof spawnSync> =>
      // By a shell: setpriv itself still has what root had when it starts a program.
      spawnSync('setpriv', [...asUser, '--no-new-privs', 'sh', '-c', 'exec "$0" "$@"', installed, ...args], {
        encoding: 'utf8',
        input: '',
      });
    expect(go('--version').stdout).toBe('sonde-capture 0.1.0 protocol 1 capture no\n');
    expect(go('--interface', 'lo')).toMatchObject({ status: FAILURE.PERMISSION, stdout: '' });
  });

  it('with an ambient capability of its caller it captures, and keeps that no more than its own', async () => {
    const ambient = [
      '--inh-caps=+net_raw',
      '--ambient-caps=+net_raw',
      '--bounding-set=-all,+net_raw',
      '--no-new-privs',
    ];
    const child = spawn('setpriv', [...asUser, ...ambient, installed, '--interface', 'lo'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    await firstByte(child);
    const sets = execFileSync('grep', ['-E', '^Cap(Inh|Prm|Eff|Amb)', `/proc/${child.pid ?? 0}/status`], {
      encoding: 'utf8',
    });
    expect(sets.match(/\t0{16}\n/g)).toHaveLength(4);
    child.stdin?.end();
    expect(await ended(child)).toEqual([0, null]);
  });

  it('where nothing may have its capability, the client says that, and nothing breaks', () => {
    const client = join(ROOT, 'src-main', 'meter', 'capture', 'client');
    const script = join(folder, 'ask.ts');
    writeFileSync(
      script,
      `import { probeHelper } from ${JSON.stringify(pathToFileURL(join(client, 'run-helper.ts')).href)};
       import { HelperSource } from ${JSON.stringify(pathToFileURL(join(client, 'helper-source.ts')).href)};
       const path = ${JSON.stringify(installed)};
       const opened = HelperSource.open({ path, interface: 'lo' }).then(() => 'opened', (error) => error.code);
       console.log((await probeHelper(path)).status, await opened);`,
    );
    const args = ['--bounding-set=-net_raw', process.execPath, script];
    const { stdout, stderr } = spawnSync('setpriv', args, { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'not-allowed no-permission\n', stderr: '' });
  });

  it('few files, little memory or no time: it works or ends with a code of its own', () => {
    for (const limit of ['--nofile=4', '--nofile=3', '--as=20000000', '--stack=65536', '--cpu=1']) {
      const { status, signal, stdout } = spawnSync('prlimit', [limit, HELPER, '--version'], { encoding: 'utf8' });
      if (status === 0) expect(stdout).toMatch(/^sonde-capture /);
      else expect([signal, status]).toEqual([null, expect.any(Number)]);
    }
  });
});
