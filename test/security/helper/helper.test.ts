/** The capture helper against who calls it: whatever it is given, it keeps nothing and does nothing else. */
import { execFileSync, spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onPath } from '../../../scripts/lib/debian.mjs';
import { FAILURE, FRAME } from '../../../src-main/meter/capture/client/protocol.ts';
import { needs, suiteNeeds } from '../../setup/skip.ts';
import { HELPER, pause, removeFolder, ROOT, temporaryFolder, whyNoHelper } from '../../integration/capture/network.ts';

const noHelper = await whyNoHelper();
const isRoot = process.getuid?.() === 0;
const noDevice = noHelper || (isRoot ? '' : 'this needs root on Linux with network namespaces');
const canCompile = noHelper === '' && onPath('gcc');
const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

const run = (...args: string[]): SpawnSyncReturns<string> =>
  spawnSync(HELPER, args, { encoding: 'utf8', input: '', env: {}, timeout: 10_000 });

const capturing = (...args: string[]): ReturnType<typeof spawn> =>
  spawn(HELPER, ['--interface', 'lo', '--buffer-mb', '1', ...args], { stdio: ['pipe', 'pipe', 'pipe'], env: {} });

const firstByte = (child: ReturnType<typeof spawn>): Promise<Buffer> =>
  new Promise((resolve) => child.stdout?.once('data', resolve));
const ended = (child: ReturnType<typeof spawn>): Promise<[number | null, NodeJS.Signals | null]> =>
  new Promise((resolve) => child.once('close', (code, signal) => resolve([code, signal])));

suiteNeeds(noHelper === '', noHelper)('arguments', () => {
  it.each([
    ['none', []],
    ['an unknown one', ['--interface', 'lo', '--write', '/etc/passwd']],
    ['a short form', ['-i', 'lo']],
    ['with an equals sign', ['--interface=lo']],
    ['an end of options', ['--', '--interface', 'lo']],
    ['twice', ['--interface', 'lo', '--interface', 'eth0']],
    ['without its value', ['--interface']],
    ['an empty value', ['--interface', '']],
    ['a name of 16 bytes', ['--interface', 'a234567890123456']],
    ['a name with a line end', ['--interface', 'lo\n']],
    ['a filter of 4097 bytes', ['--interface', 'lo', '--filter', 'x'.repeat(4097)]],
    ['a filter with a control character', ['--interface', 'lo', '--filter', 'tcp\u0007']],
    ['a snap length of 0', ['--interface', 'lo', '--snaplen', '0']],
    ['a snap length below 0', ['--interface', 'lo', '--snaplen', '-1']],
    ['a snap length beyond all', ['--interface', 'lo', '--snaplen', '99999999999999999999']],
    ['a number with a tail', ['--interface', 'lo', '--snaplen', '100x']],
    ['a number with a space', ['--interface', 'lo', '--snaplen', ' 100']],
    ['a hexadecimal number', ['--interface', 'lo', '--buffer-mb', '0x10']],
    ['a buffer beyond all', ['--interface', 'lo', '--buffer-mb', '1025']],
    ['two modes', ['--list', '--version']],
    ['a mode and an interface', ['--list', '--interface', 'lo']],
    ['a filter to check and one to use', ['--check-filter', 'tcp', '--filter', 'udp']],
    ['a hundred', Array.from({ length: 100 }, () => '--no-promiscuous')],
  ])('%s: refused, with nothing on standard output', (_, args) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stdout }).toEqual({ status: FAILURE.USAGE, stdout: '' });
    expect(stderr).toMatch(/^sonde-capture: /);
  });

  it.each(['../etc/passwd', '/dev/mem', 'lo;id', '$(id)', 'usbmon0', 'bluetooth0', 'nflog', 'dbus-system', '-', 'LO'])(
    'interface %s: not one of the kernel’s, so refused',
    (name) => {
      const child = spawnSync(HELPER, ['--interface', name], { encoding: 'utf8', input: '', timeout: 10_000 });
      expect({ status: child.status, stdout: child.stdout }).toEqual({ status: FAILURE.INTERFACE, stdout: '' });
    },
  );

  it.each(['tcp port 80; id', '`id`', '$(id)', '-w /tmp/x', '%s%s%s%n', '/etc/passwd', '"', 'tcp -- '.repeat(200)])(
    'filter %s: told as no filter, and nothing else',
    (filter) => {
      const { status, stdout } = run('--check-filter', filter);
      expect({ status, stdout }).toEqual({ status: FAILURE.FILTER, stdout: '' });
    },
  );

  it('a filter that would keep the compiler busy is given up', () => {
    const deep = `${'('.repeat(2000)}tcp${')'.repeat(2000)}`;
    const began = performance.now();
    expect(run('--check-filter', deep).status).not.toBeNull();
    expect(performance.now() - began).toBeLessThan(9000);
  });
});

suiteNeeds(noHelper === '', noHelper)('what it is started with', () => {
  it('a file as standard output is refused: it writes no files', () => {
    const output = openSync(join(folder, 'out'), 'w');
    const child = spawnSync(HELPER, ['--interface', 'lo'], { stdio: ['pipe', output, 'pipe'], timeout: 10_000 });
    expect(child.status).toBe(FAILURE.OUTPUT);
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('');
  });

  it('closed standard files end it at once: none of its own takes their place', () => {
    for (const closed of ['<&-', '>&-', '2>&-']) {
      const child = spawnSync('sh', ['-c', `"$0" --interface lo ${closed}`, HELPER], { timeout: 10_000 });
      expect(child.status).toBe(FAILURE.USAGE);
    }
  });

  needs(noDevice === '' && onPath('setpriv'), 'this needs root on Linux with network namespaces')(
    'set-user-ID it refuses to run',
    () => {
      const copy = join(folder, 'set-id');
      copyFileSync(HELPER, copy);
      chmodSync(copy, 0o4755);
      chmodSync(folder, 0o755);
      const child = spawnSync('setpriv', ['--reuid=54321', '--regid=54321', '--clear-groups', copy, '--version'], {
        encoding: 'utf8',
      });
      expect(child.stderr).toContain('must not be set-user-ID');
      expect(child.status).toBe(FAILURE.PRIVILEGES);
    },
  );

  needs(
    noDevice === '' && canCompile && onPath('setcap') && onPath('setpriv'),
    'this needs root on Linux with network namespaces',
  )('with its capability, libraries of the environment are not loaded', () => {
    const place = join(folder, 'libraries');
    const library = join(place, 'evil.so');
    const source = join(place, 'evil.c');
    mkdirSync(place);
    // Whatever loads it leaves a file with its own name.
    writeFileSync(
      source,
      `#include <errno.h>\n#include <fcntl.h>\n#include <stdio.h>
       unsigned la_version(unsigned version) { return version; }
       __attribute__((constructor)) static void on(void) {
         char path[512];
         snprintf(path, sizeof path, "${place}/by-%s", program_invocation_short_name);
         open(path, O_CREAT | O_WRONLY, 0666);
       }\n`,
    );
    execFileSync('gcc', ['-D_GNU_SOURCE', '-shared', '-fPIC', '-o', library, source]);
    copyFileSync(library, join(place, 'libpcap.so.0.8'));
    for (const name of ['plain', 'capable']) {
      copyFileSync(HELPER, join(place, name));
      chmodSync(join(place, name), 0o755);
    }
    execFileSync('setcap', ['cap_net_raw=ep', join(place, 'capable')]);
    chmodSync(folder, 0o755);
    chmodSync(place, 0o777);
    const go = (name: string, variable: string, value: string): SpawnSyncReturns<string> => {
      const asUser = ['--reuid=54321', '--regid=54321', '--clear-groups'];
      const command = ['env', '-i', `${variable}=${value}`, join(place, name), '--version'];
      return spawnSync('setpriv', [...asUser, ...command], { encoding: 'utf8' });
    };
    const loadedBy = (): string[] => {
      const found = readdirSync(place).filter((name) => name.startsWith('by-'));
      for (const name of found) rmSync(join(place, name));
      return found;
    };
    const version = 'sonde-capture 0.1.0 protocol 1 capture yes\n';
    for (const variable of ['LD_PRELOAD', 'LD_AUDIT']) {
      // Without the capability it is loaded: this would see it.
      go('plain', variable, library);
      expect(loadedBy(), variable).toEqual(['by-plain']);
      expect(go('capable', variable, library).stdout, variable).toBe(version);
      expect(loadedBy(), variable).toEqual([]);
    }
    // A libpcap that has none of libpcap's functions: whoever takes it does not start.
    expect(go('plain', 'LD_LIBRARY_PATH', place)).toMatchObject({ status: 127, stdout: '' });
    expect(go('capable', 'LD_LIBRARY_PATH', place).stdout).toBe(version);
    expect(loadedBy()).toEqual([]);
  });
});

suiteNeeds(noDevice === '', noDevice)('while it captures', () => {
  it('no thread of it has a capability, an id of root, a group, or an environment', async () => {
    const child = spawn(HELPER, ['--interface', 'lo'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { SECRET: 'x', PCAP_DEBUG: '1', SUDO_UID: '0', PKEXEC_UID: '0' },
    });
    await firstByte(child);
    const tasks = readdirSync(`/proc/${child.pid ?? 0}/task`);
    expect(tasks).toHaveLength(1);
    for (const task of tasks) {
      const status = readFileSync(`/proc/${child.pid ?? 0}/task/${task}/status`, 'utf8');
      expect(status).toMatch(/^Uid:(\t65534){4}$/m);
      expect(status).toMatch(/^Gid:(\t65534){4}$/m);
      expect(status).toMatch(/^Groups:\s*$/m);
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
        expect(status).toMatch(new RegExp(`^${set}:\\t0{16}$`, 'm'));
      }
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      expect(status).toMatch(/^Seccomp:\t2$/m);
    }
    const open = readdirSync(`/proc/${child.pid ?? 0}/fd`).length;
    // The three standard files, the device, libpcap's wake-up, netlink, and the kernel's account of itself.
    expect(open).toBeLessThanOrEqual(8);
    const limits = readFileSync(`/proc/${child.pid ?? 0}/limits`, 'utf8');
    for (const name of ['Max file size', 'Max processes', 'Max core file size']) {
      expect(limits).toMatch(new RegExp(`^${name}\\s+0\\s+0\\s`, 'm'));
    }
    child.stdin?.end();
    expect(await ended(child)).toEqual([0, null]);
  });

  it('files that its caller left open are closed', async () => {
    const child = spawn('sh', ['-c', 'exec 7</etc/passwd 9>/dev/null; exec "$0" --interface lo', HELPER], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    await firstByte(child);
    const links = execFileSync('sh', ['-c', `ls -l /proc/${child.pid ?? 0}/fd`], { encoding: 'utf8' });
    expect(links).not.toMatch(/passwd|null/);
    child.stdin?.end();
    await ended(child);
  });

  it('the end of its input ends it, and so does a command that is none', async () => {
    const first = capturing();
    await firstByte(first);
    first.stdin?.end();
    expect(await ended(first)).toEqual([0, null]);
    const second = capturing();
    await firstByte(second);
    second.stdin?.write('X');
    expect(await ended(second)).toEqual([FAILURE.CAPTURE, null]);
  });

  it('a reader that goes away ends it within a second and a half, and kills nothing else', async () => {
    const child = capturing();
    await firstByte(child);
    const began = performance.now();
    child.stdout?.destroy();
    expect(await ended(child)).toEqual([FAILURE.OUTPUT, null]);
    expect(performance.now() - began).toBeLessThan(1500);
  });

  it('Ctrl-C and a lost terminal leave it to its caller; SIGTERM ends it', async () => {
    const child = capturing();
    await firstByte(child);
    child.kill('SIGINT');
    child.kill('SIGHUP');
    child.kill('SIGPIPE');
    await pause(300);
    expect(child.exitCode).toBeNull();
    child.kill('SIGTERM');
    expect(await ended(child)).toEqual([null, 'SIGTERM']);
  });

  it('its pipe being full for ever, it still ends when it is told to, and by the end of its input', async () => {
    for (const [how, limit] of [
      ['S', 4000],
      ['', 1500],
    ] as const) {
      const child = spawn(HELPER, ['--interface', 'lo'], { stdio: ['pipe', 'pipe', 'pipe'] });
      await firstByte(child);
      child.stdout?.pause();
      const { createSocket } = await import('node:dgram');
      const socket = createSocket('udp4');
      for (let i = 0; i < 3000; i++) {
        await new Promise((resolve) => socket.send(Buffer.alloc(1400), 9, '127.0.0.1', resolve));
        if (i % 100 === 0) await pause(1);
      }
      socket.close();
      await pause(200);
      const began = performance.now();
      const exited = new Promise((resolve) => child.once('exit', resolve));
      if (how === '') child.stdin?.end();
      else child.stdin?.write(how);
      await exited;
      expect(performance.now() - began).toBeLessThan(limit);
      child.stdout?.destroy();
    }
  });

  it('says what it is in its first frame, and ends with statistics and the reason', async () => {
    const child = capturing('--snaplen', '128');
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    await pause(300);
    child.stdin?.write('S');
    expect(await ended(child)).toEqual([0, null]);
    const bytes = Buffer.concat(chunks);
    const types: number[] = [];
    for (let at = 0; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) types.push(bytes.readUInt8(at + 5));
    expect(types[0]).toBe(FRAME.STARTED);
    expect(types.slice(-2)).toEqual([FRAME.STATISTICS, FRAME.END]);
  });
});

suiteNeeds(canCompile, noHelper || 'the capture helper cannot be built here')('the system call filter', () => {
  const program = join(folder, 'forbidden');
  beforeAll(() => {
    const helper = join(ROOT, 'src-main/meter/capture/helper');
    const sources = [join(import.meta.dirname, 'forbidden.c'), join(helper, 'privileges.c')];
    execFileSync('gcc', ['-D_GNU_SOURCE', '-std=gnu11', '-w', '-o', program, ...sources]);
  });
  const call = (which: string): SpawnSyncReturns<string> => spawnSync(program, [which], { encoding: 'utf8' });

  it.each(['nothing', 'send-netlink'])('lets through what is needed: %s', (which) => {
    expect(call(which)).toMatchObject({ status: 0, stdout: 'ok\n' });
  });

  it.each([
    'open',
    'socket',
    'execve',
    'fork',
    'mprotect',
    'send-elsewhere',
    'write-elsewhere',
    'read-elsewhere',
    'ptrace',
    'setuid',
    ...(process.arch === 'x64' ? ['32-bit'] : []),
  ])('kills the process at %s', (which) => {
    expect(call(which)).toMatchObject({ status: null, signal: 'SIGSYS', stdout: '' });
  });
});

describe('its size', () => {
  it('stays below 700 lines, so that it can be read in an hour', () => {
    const sources = join(ROOT, 'src-main/meter/capture/helper');
    const names = readdirSync(sources).filter((name) => /\.[ch]$/.test(name));
    expect(names.length).toBeGreaterThan(5);
    const lines = names.map((name) => readFileSync(join(sources, name), 'utf8').split('\n').length - 1);
    expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThan(700);
  });
});
