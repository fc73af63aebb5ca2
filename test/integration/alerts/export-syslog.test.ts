/** `sonde watch --export syslog+…`: a replay into rsyslog, by UDP, TCP and TLS, also one that is away for a while. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SyslogSender } from '../../../src-main/keep/alerts/syslog-export/sender.ts';
import { syslogTarget } from '../../../src-main/keep/alerts/syslog-export/target.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { CHECKS } from '../../unit/exports/facts/check.ts';
import { scanFile } from '../cli/captures.ts';
import { sonde, type Ran } from '../cli/run.ts';
import { listening, makeCertificates, OPENSSL, portOf } from './channels-servers.ts';

const RSYSLOG = '/usr/sbin/rsyslogd';
const MODULES = ['/usr/lib/x86_64-linux-gnu/rsyslog', '/usr/lib/aarch64-linux-gnu/rsyslog', '/usr/lib/rsyslog'];
const GTLS = MODULES.some((folder) => existsSync(join(folder, 'lmnsd_gtls.so')));
const SLOW = 120_000;
vi.setConfig({ testTimeout: SLOW, hookTimeout: SLOW });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-export-syslog-'));
  writeFileSync(join(folder, 'scan.pcap'), scanFile(300));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const watch = (...args: string[]): Promise<Ran> =>
  sonde(['watch', '--replay', join(folder, 'scan.pcap'), '--speed', 'max', '--no-models', '--json', ...args]);

async function until(what: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!what()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** A free port for both UDP and TCP, for a program that has to be told its port. */
async function freePort(): Promise<number> {
  const server = createServer();
  await listening(server);
  const port = portOf(server);
  await new Promise((done) => server.close(done));
  return port;
}

interface Logged {
  app: string;
  msgid: string;
  facility: string;
  severity: string;
  message: string;
}

/** A log server of the test's own: its configuration, port and folder, nothing of the system's. */
class Rsyslog {
  private child: ChildProcess | undefined;
  private readonly out: string;
  private readonly config: string;
  private readonly pid: string;

  constructor(name: string, inputs: readonly string[]) {
    this.out = join(folder, `${name}.json`);
    this.config = join(folder, `${name}.conf`);
    this.pid = join(folder, `${name}.pid`);
    const properties = { app: 'app-name', msgid: 'msgid', facility: 'syslogfacility-text', severity: 'syslogseverity-text', message: 'msg' }; // prettier-ignore
    const fields = Object.entries(properties).map(
      ([outname, property]) => `property(outname="${outname}" name="${property}" format="jsonf")`,
    );
    const template = `template(name="line" type="list") { constant(value="{") ${fields.join(' constant(value=",") ')} constant(value="}\\n") }`;
    const lines = [
      `global(workDirectory="${folder}" maxMessageSize="64k" net.enableDNS="off")`,
      ...inputs,
      template,
      `action(type="omfile" file="${this.out}" template="line")`,
    ];
    writeFileSync(this.config, `${lines.join('\n')}\n`);
  }

  async start(): Promise<this> {
    this.child = spawn(RSYSLOG, ['-n', '-f', this.config, '-i', this.pid], { stdio: 'ignore' });
    await until(() => existsSync(this.pid));
    await new Promise((done) => setTimeout(done, 500));
    return this;
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (!child) return;
    const closed = new Promise((done) => child.once('close', done));
    child.kill();
    await closed;
    rmSync(this.pid, { force: true });
  }

  /** All that was logged, once it has been stopped: it may write until its very end. */
  logged(): Logged[] {
    if (!existsSync(this.out)) return [];
    const text = readFileSync(this.out, 'utf8').trim();
    return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Logged);
  }
}

const plain = (port: number): string[] => [
  'module(load="imudp")',
  `input(type="imudp" address="127.0.0.1" port="${port}")`,
  'module(load="imtcp")',
  `input(type="imtcp" address="127.0.0.1" port="${port}")`,
];

const incidentsOf = ({ stdout }: Ran): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ event }) => event === 'incident');

suiteNeeds(existsSync(RSYSLOG), 'rsyslog or rsyslog-gnutls is not installed')('into rsyslog', () => {
  // Datagrams may be lost: there, only few are sent.
  it.each([
    ['udp', 0],
    ['tcp', 300],
  ])('every incident arrives by %s as in the events, and %i flows', async (transport, flows) => {
    const port = await freePort();
    const server = await new Rsyslog(transport, plain(port)).start();
    const options = flows > 0 ? ['--export-flows'] : [];
    const ran = await watch('--export', `syslog+${transport}://127.0.0.1:${port}?facility=local2`, ...options);
    await until(() => server.logged().length >= flows + incidentsOf(ran).length);
    await server.stop();
    expect(ran.stderr).toBe('');
    expect(ran.code).toBe(0);
    const logged = server.logged();
    expect(new Set(logged.map(({ app, facility }) => `${app} ${facility}`))).toEqual(new Set(['sonde local2']));
    const told = logged.filter(({ msgid }) => msgid !== 'flow');
    expect(told.map(({ message }) => JSON.parse(message) as unknown)).toEqual(incidentsOf(ran));
    expect(told.map(({ msgid }) => msgid)).toEqual(incidentsOf(ran).map(({ state }) => state));
    expect(logged.filter(({ msgid }) => msgid === 'flow')).toHaveLength(flows);
  });

  it.each(['eve', 'ecs', 'ocsf', 'cef', 'leef'])('arrives as %s', async (format) => {
    const port = await freePort();
    const server = await new Rsyslog(format, plain(port)).start();
    const ran = await watch('--export', `syslog+tcp://localhost:${port}?format=${format}`);
    await until(() => server.logged().length >= incidentsOf(ran).length);
    await server.stop();
    const [first] = server.logged();
    expect(first?.severity).toBe('warning');
    const body = first!.message.trim();
    if (format === 'cef') expect(body).toMatch(/^CEF:0\|Sonde\|Sonde\|[^|]+\|port-scan\|.*cs1=[0-9a-f]{32} /);
    else if (format === 'leef') expect(body).toMatch(/^LEEF:2\.0\|Sonde\|Sonde\|[^|]+\|port-scan\|\^\|devTime=/);
    else expect(CHECKS[format as keyof typeof CHECKS](JSON.parse(body))).toEqual([]);
  });

  it('waits for a server that is away, and loses nothing that its queue holds', async () => {
    const port = await freePort();
    const server = new Rsyslog('away', plain(port));
    const told: string[] = [];
    const sender = new SyslogSender(syslogTarget(`syslog+tcp://127.0.0.1:${port}`), (error, lost) =>
      told.push(error ? 'failed' : `again, ${lost} lost`),
    );
    const add = (from: number): void => {
      for (let i = from; i < from + 500; i++)
        sender.add(Buffer.from(`<165>1 2026-11-22T08:00:00.000Z host sonde - flow - n${i}`));
    };
    add(0);
    await until(() => told.length === 1);
    await server.start();
    await until(() => sender.waiting === 0);
    await server.stop();
    await until(() => told.length === 3);
    add(500);
    await server.start();
    await until(() => sender.waiting === 0 && told.length === 4);
    expect(await sender.close(5000)).toBe(0);
    await until(() => server.logged().some(({ message }) => message.trim() === 'n999'));
    await server.stop();
    expect(told).toEqual(['failed', 'again, 0 lost', 'failed', 'again, 0 lost']);
    const seen = new Set(server.logged().map(({ message }) => message.trim()));
    expect(seen.size).toBe(1000);
  });
});

suiteNeeds(existsSync(RSYSLOG) && OPENSSL && GTLS, 'rsyslog or rsyslog-gnutls is not installed')(
  'into rsyslog with TLS',
  () => {
    it('arrives, and goes to nobody whose certificate is not trusted', async () => {
      const made = makeCertificates(folder);
      const port = await freePort();
      const server = await new Rsyslog('tls', [
        `global(defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="${made.ca}"`,
        `  defaultNetstreamDriverCertFile="${made.certFile}" defaultNetstreamDriverKeyFile="${made.keyFile}")`,
        'module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")',
        `input(type="imtcp" address="127.0.0.1" port="${port}")`,
      ]).start();
      const ran = await watch('--export', `syslog+tls://localhost:${port}?ca=${made.ca}`);
      await until(() => server.logged().length >= incidentsOf(ran).length);
      const before = server.logged().length;
      expect(before).toBeGreaterThan(0);
      const stranger = await watch('--export', `syslog+tls://localhost:${port}`);
      expect(stranger.code).toBe(4);
      expect(stranger.stderr).toMatch(/messages were not sent to syslog\+tls/);
      expect(stranger.stdout).toContain('"code":"export-failed"');
      await server.stop();
      expect(server.logged()).toHaveLength(before);
    });
  },
);

describe('a receiver that is no good', () => {
  it('costs what is sent to it, never the watching', async () => {
    const sockets: Socket[] = [];
    const deaf = createServer((socket) => void sockets.push(socket.pause()));
    const port = await listening(deaf);
    const ran = await watch('--export', `syslog+tcp://127.0.0.1:${port}?queue=20`, '--export-flows');
    expect(ran.stdout).toContain('"event":"ended"');
    expect([0, 4]).toContain(ran.code);
    const refused = await watch('--export', `syslog+tcp://127.0.0.1:${await freePort()}`);
    expect(refused.code).toBe(4);
    expect(refused.stdout).toMatch(/"code":"export-failed","message":"[^"]*ECONNREFUSED/);
    expect(incidentsOf(refused).length).toBeGreaterThan(0);
    sockets.forEach((socket) => socket.destroy());
    await new Promise((done) => deaf.close(done));
  });

  it('is refused where it cannot be one', async () => {
    for (const [text, words] of [
      ['syslog+http://a', 'write syslog+udp'],
      ['syslog+tcp://a?format=xml', 'there is no format xml'],
    ] as const) {
      const ran = await watch('--export', text);
      expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(words)]);
    }
    const flows = await watch('--export', 'syslog+udp://127.0.0.1:9?format=cef', '--export-flows');
    expect([flows.code, flows.stderr]).toEqual([2, expect.stringContaining('without flows')]);
    const size = await watch('--export', 'syslog+udp://127.0.0.1:9', '--export-size', '5000');
    expect([size.code, size.stderr]).toEqual([2, expect.stringContaining('for files')]);
  });

  it('may be a UDP port: what is in a datagram is one message', async () => {
    const socket = createSocket('udp4');
    const got: string[] = [];
    socket.on('message', (message) => void got.push(message.toString()));
    await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
    const ran = await watch('--export', `syslog+udp://127.0.0.1:${socket.address().port}`);
    await until(() => got.length >= incidentsOf(ran).length);
    for (const message of got) expect(message).toMatch(/^<\d+>1 .* sonde - (open|update|closed) \[origin/);
    socket.close();
  });
});
