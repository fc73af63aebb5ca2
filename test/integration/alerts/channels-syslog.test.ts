import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { syslog } from '../../../src-main/keep/alerts/channels/syslog.ts';
import type { Alert, ChannelSettings } from '../../../src-main/keep/alerts/types.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { ALERT, nasty, within } from '../../unit/alerts/channels-example.ts';
import { listening, makeCertificates, OPENSSL, portOf, type Certificates } from './channels-servers.ts';

const RSYSLOG = '/usr/sbin/rsyslogd';
const MODULES = ['/usr/lib/x86_64-linux-gnu/rsyslog', '/usr/lib/aarch64-linux-gnu/rsyslog', '/usr/lib/rsyslog'];
const GTLS = MODULES.some((folder) => existsSync(join(folder, 'lmnsd_gtls.so')));
/** A program starts, and writes what it got. */
const SLOW = 20_000;

const send = (port: number, more: ChannelSettings, alert: Alert = ALERT, ms?: number): Promise<{ words: string }> =>
  syslog.send(alert, { host: '127.0.0.1', port, allowPrivate: true, ...more }, within(ms));
const failure = (...given: Parameters<typeof send>): Promise<unknown> =>
  send(...given).catch((error: unknown) => error);

describe('syslog over the wire', { timeout: 60_000 }, () => {
  const open: Server[] = [];
  afterEach(() => {
    for (const server of open.splice(0)) server.close();
  });

  /** Keeps what each connection sent, as bytes. */
  async function receiver(
    onConnection: (socket: Socket) => void = () => undefined,
  ): Promise<{ port: number; got: Buffer[] }> {
    const got: Buffer[] = [];
    const server = createServer({ allowHalfOpen: false }, (socket) => {
      const parts: Buffer[] = [];
      socket.on('data', (part) => parts.push(part)).on('error', () => undefined);
      socket.on('end', () => got.push(Buffer.concat(parts)));
      onConnection(socket);
    });
    open.push(server);
    return { port: await listening(server), got };
  }

  it('stands behind its length, on a connection that is closed in order', async () => {
    const { port, got } = await receiver();
    const { words } = await send(port, { transport: 'tcp', body: 'json' }, { ...ALERT, sensor: 'Büro' });
    expect(words).toContain('taken');
    const text = got[0]?.toString('utf8') ?? '';
    const [, length = '', message = ''] = /^(\d+) ([^]*)$/.exec(text) ?? [];
    expect(Buffer.byteLength(message)).toBe(Number(length));
    expect(JSON.parse(message.slice(message.indexOf('] {') + 2))).toMatchObject({
      schema: 'sonde.alert/1',
      sensor: 'Büro',
    });
  });

  it('is tried again where the receiver cuts the connection or does not listen', async () => {
    const cut = await receiver((socket) => socket.resetAndDestroy());
    expect(await failure(cut.port, { transport: 'tcp' })).toMatchObject({ retry: true });
    const server = createServer();
    const port = await listening(server);
    await new Promise((done) => server.close(done));
    expect(await failure(port, { transport: 'tcp' })).toMatchObject({
      retry: true,
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await failure(port, { transport: 'udp' })).toMatchObject({ name: 'DeliveryError', retry: true });
  });

  it('is a datagram each, no longer than receivers take', async () => {
    const socket = createSocket('udp4');
    const got: Buffer[] = [];
    socket.on('message', (message) => got.push(message));
    await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
    const { port } = socket.address();
    expect((await send(port, { transport: 'udp' }, nasty())).words).toContain('not answered');
    await send(port, { transport: 'udp', host: 'localhost', body: 'cef', maxBytes: 1024 }, nasty());
    socket.close();
    expect(got.map(({ length }) => length)).toEqual([expect.any(Number), expect.any(Number)]);
    expect(got[0]?.length).toBeLessThanOrEqual(2048);
    expect(got[1]?.length).toBeLessThanOrEqual(1024);
  });

  it('goes nowhere private unless that is allowed', async () => {
    const { port, got } = await receiver();
    for (const transport of ['udp', 'tcp', 'tls'])
      for (const host of ['127.0.0.1', 'localhost', '0x7f.1', '::ffff:127.0.0.1'])
        expect(await failure(port, { transport, host, allowPrivate: false })).toMatchObject({ retry: false });
    expect(got).toEqual([]);
  });
});

suiteNeeds(OPENSSL, 'openssl is not installed')('syslog over TLS', () => {
  let folder = '';
  let made: Certificates;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-syslog-tls-'));
    made = makeCertificates(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is counted, encrypted, and goes only to who the certificate is for', async () => {
    const got: string[] = [];
    const server = createTls(made, (socket) =>
      socket
        .setEncoding('utf8')
        .on('data', (text: string) => got.push(text))
        .on('error', () => undefined),
    );
    server.on('tlsClientError', () => undefined);
    const port = await listening(server);
    await send(port, { host: 'localhost', transport: 'tls', ca: made.ca });
    expect(got.join('')).toMatch(/^\d+ <162>1 /);
    expect(await failure(port, { host: 'localhost', transport: 'tls' })).toMatchObject({ retry: true });
    server.setSecureContext(made.other);
    expect(await failure(port, { host: 'localhost', transport: 'tls', ca: made.ca })).toMatchObject({
      message: expect.stringContaining('another name'),
    });
    expect(got.join('').match(/<162>1 /g)).toHaveLength(1);
    server.close();
  });
});

/** A free port for both UDP and TCP, for a program that has to be told its port. */
async function freePort(): Promise<number> {
  const server = createServer();
  await listening(server);
  const port = portOf(server);
  await new Promise((done) => server.close(done));
  return port;
}

async function until(what: () => boolean): Promise<void> {
  const end = Date.now() + SLOW;
  while (!what()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** It may write until its very end. */
async function ended(child: ChildProcess): Promise<void> {
  const closed = new Promise((done) => child.once('close', done));
  child.kill();
  await closed;
}

interface Logged {
  hostname: string;
  app: string;
  msgid: string;
  facility: string;
  severity: string;
  structured: string;
  message: string;
}

/** rsyslog as anybody may run it: its own configuration, ports and folder, nothing of the system's. */
async function startRsyslog(folder: string, inputs: string): Promise<{ child: ChildProcess; out: string }> {
  const out = join(folder, 'out.json');
  const field = (name: string, property: string): string =>
    `property(outname="${name}" name="${property}" format="jsonf")`;
  const fields = [
    ['hostname', 'hostname'],
    ['app', 'app-name'],
    ['msgid', 'msgid'],
    ['facility', 'syslogfacility-text'],
    ['severity', 'syslogseverity-text'],
    ['structured', 'structured-data'],
    ['message', 'msg'],
  ].map(([name = '', property = '']) => field(name, property));
  const template = `template(name="line" type="list") { constant(value="{") ${fields.join(' constant(value=",") ')} constant(value="}\\n") }`;
  const config = [
    `global(workDirectory="${folder}" maxMessageSize="64k" net.enableDNS="off")`,
    inputs,
    template,
    `action(type="omfile" file="${out}" template="line")`,
  ];
  const path = join(folder, 'rsyslog.conf');
  writeFileSync(path, `${config.join('\n')}\n`);
  const child = spawn(RSYSLOG, ['-n', '-f', path, '-i', join(folder, 'pid')], { stdio: 'ignore' });
  await until(() => existsSync(join(folder, 'pid')));
  await new Promise((done) => setTimeout(done, 500));
  return { child, out };
}

suiteNeeds(existsSync(RSYSLOG), 'rsyslog or rsyslog-gnutls is not installed')('rsyslog', () => {
  let folder = '';
  let port = 0;
  let child: ChildProcess;
  let out = '';
  const logged = (): Logged[] =>
    existsSync(out)
      ? readFileSync(out, 'utf8')
          .trim()
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Logged)
      : [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-rsyslog-'));
    port = await freePort();
    const inputs = [
      'module(load="imudp")',
      `input(type="imudp" address="127.0.0.1" port="${port}")`,
      'module(load="imtcp")',
      `input(type="imtcp" address="127.0.0.1" port="${port}")`,
    ];
    ({ child, out } = await startRsyslog(folder, inputs.join('\n')));
  }, SLOW * 2);
  afterAll(async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  });

  it('reads all forms of body by UDP and TCP, with every part in its place', { timeout: SLOW * 2 }, async () => {
    for (const transport of ['udp', 'tcp']) {
      for (const body of ['text', 'json', 'cef', 'leef']) {
        const before = logged().length;
        await send(port, { transport, body, facility: 'local2' });
        await until(() => logged().length > before);
        const last = logged().at(-1);
        expect(last).toMatchObject({
          hostname: 'office',
          app: 'sonde',
          msgid: 'opened',
          facility: 'local2',
          severity: 'crit',
        });
        expect(last?.structured).toContain('[origin software="Sonde"');
        expect(last?.message).toContain(ALERT.key);
        const message = last?.message.replace(/^ ?\ufeff?/, '') ?? '';
        if (body === 'json') expect(JSON.parse(message)).toMatchObject({ key: ALERT.key });
        if (body === 'cef') expect(message).toMatch(/^CEF:0\|Sonde\|/);
        if (body === 'leef') expect(message).toMatch(/^LEEF:2\.0\|Sonde\|.*\|\^\|devTime=/);
      }
    }
    expect(logged()).toHaveLength(8);
  });

  it('reads the worst that traffic can put into names as one message each', { timeout: SLOW * 2 }, async () => {
    const before = logged().length;
    for (const transport of ['udp', 'tcp'])
      for (const body of ['text', 'json', 'cef', 'leef']) await send(port, { transport, body }, nasty());
    await until(() => logged().length >= before + 8);
    await new Promise((done) => setTimeout(done, 300));
    expect(logged()).toHaveLength(before + 8);
    for (const { app, msgid } of logged().slice(before)) expect([app, msgid]).toEqual(['sonde', 'opened']);
  });
});

suiteNeeds(existsSync(RSYSLOG) && OPENSSL && GTLS, 'rsyslog or rsyslog-gnutls is not installed')(
  'rsyslog with TLS',
  () => {
    it('takes alerts', { timeout: SLOW * 2 }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sonde-rsyslog-tls-'));
      const made = makeCertificates(folder);
      const port = await freePort();
      const inputs = [
        `global(defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="${made.ca}"`,
        `  defaultNetstreamDriverCertFile="${made.certFile}" defaultNetstreamDriverKeyFile="${made.keyFile}")`,
        'module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")',
        `input(type="imtcp" address="127.0.0.1" port="${port}")`,
      ];
      const { child, out } = await startRsyslog(folder, inputs.join('\n'));
      try {
        await send(port, { host: 'localhost', transport: 'tls', ca: made.ca, body: 'json' });
        await until(() => existsSync(out) && readFileSync(out, 'utf8').includes(ALERT.key));
      } finally {
        await ended(child);
        rmSync(folder, { recursive: true, force: true });
      }
    });
  },
);
