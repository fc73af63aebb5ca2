import { spawn, type ChildProcess } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { contract, type DeskClient } from '../../../src-shared/contract/index.ts';
import { makeClient } from '../../../src-shared/contract/client.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { sonde } from '../cli/run.ts';
import { followed, schemaFaults } from './desk-client.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'src-main', 'run', 'cli', 'main.ts');
const SAMPLE = resourcePath('sample', 'office-hour.pcapng.gz');

let folder: string;
let running: ChildProcess | undefined;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'sonde-command-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => void running?.kill('SIGKILL'));

interface Running {
  child: ChildProcess;
  url: URL;
  pid: number;
  /** Exit code and signal. */
  ended: Promise<[number | null, string | null]>;
}

async function serve(args: readonly string[]): Promise<Running> {
  const env = { ...process.env, TMPDIR: join(folder, 'tmp'), XDG_STATE_HOME: folder };
  const { mkdirSync } = await import('node:fs');
  mkdirSync(env.TMPDIR, { recursive: true });
  const child = spawn(process.execPath, [MAIN, 'serve', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  running = child;
  const ended = new Promise<[number | null, string | null]>((resolve) =>
    child.once('exit', (code, signal) => resolve([code, signal])),
  );
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes('\n')) resolve(text.split('\n')[0]!);
    });
    child.once('exit', () => reject(new Error('it ended at once')));
  });
  const { schema, url, pid } = JSON.parse(line) as { schema: string; url: string; pid: number };
  expect(schemaFaults('sonde.serve-1', { schema, url, pid })).toBeNull();
  return { child, url: new URL(url), pid, ended };
}

function post(
  url: URL,
  path: string,
  headers: Record<string, string>,
  body: NodeJS.ReadableStream | string,
): Promise<{ status: number; cookie: string; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: url.hostname, port: url.port, path, method: 'POST', headers: { origin: url.origin, ...headers } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            cookie: response.headers['set-cookie']?.[0]?.split(';')[0] ?? '',
            body: text,
          }),
        );
      },
    );
    asked.on('error', reject);
    if (typeof body === 'string') asked.end(body);
    else body.pipe(asked);
  });
}

interface SignedIn {
  cookie: string;
  /** Of its page, as a header. */
  key: { 'x-sonde-key': string };
  client: DeskClient;
  socket: WebSocket;
}

async function signedIn(url: URL): Promise<SignedIn> {
  const { cookie, body } = await post(url, '/session', {}, JSON.stringify({ token: url.hash.replace('#token=', '') }));
  const { key } = JSON.parse(body) as { key: string };
  const headers = { origin: url.origin, cookie };
  const socket = new WebSocket(`ws://${url.host}/socket`, ['sonde', key], { headers });
  await new Promise<void>((resolve, reject) => socket.once('open', () => resolve()).once('error', reject));
  const client = makeClient(contract, {
    send: (message) => socket.send(JSON.stringify(message)),
    onMessage: (listener) => void socket.on('message', (data: Buffer) => listener(JSON.parse(data.toString()))),
    onClose: (listener) => void socket.once('close', listener),
    close: () => socket.close(),
  });
  return { cookie, key: { 'x-sonde-key': key }, client, socket };
}

describe('sonde serve', () => {
  it('takes an upload to incidents, hands out a download, and ends cleanly on SIGTERM', async () => {
    const { url, pid, child, ended } = await serve([]);
    expect(pid).toBe(child.pid);
    const { cookie, key, client } = await signedIn(url);
    const sent = await post(url, '/upload?name=office.pcapng.gz', { cookie, ...key }, createReadStream(SAMPLE));
    const { id, bytes } = JSON.parse(sent.body) as { id: string; bytes: number };
    expect(bytes).toBe(statSync(SAMPLE).size);
    const { job } = await client.captures.import({ sources: [{ kind: 'upload', id }] });
    const last = (await followed(client, job)).at(-1)!;
    expect([last.stage, last.name]).toEqual(['done', 'office.pcapng.gz']);
    const { rows } = await client.incidents.list({});
    expect(rows.length).toBeGreaterThan(3);
    const made = await client.exports.packets({ capture: last.capture!, incident: rows[0]!.uid });
    const got = await fetch(`${url.origin}/download/${made.download}`, { headers: { cookie } });
    expect([got.status, (await got.arrayBuffer()).byteLength, got.headers.get('content-disposition')]).toEqual([
      200,
      made.bytes,
      expect.stringContaining(made.name),
    ]);
    const lost = client.app.health({});
    await lost;
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    // Nothing of a database that was not to be kept is left.
    expect(readdirSync(join(folder, 'tmp')).filter((name) => name.startsWith('sonde-'))).toEqual([]);
    await expect(client.captures.list({})).rejects.toMatchObject({ code: 'connection-lost' });
  }, 60_000);

  it('ends cleanly in the middle of an import on SIGINT, keeping what was read', async () => {
    const db = join(folder, 'interrupted.db');
    const { url, child, ended } = await serve(['--db', db, SAMPLE]);
    const { client } = await signedIn(url);
    await new Promise<void>((resolve) => {
      const end = client.captures.progress(
        { job: null },
        { next: (s) => void (s.packets > 0 && (end(), resolve())), error: () => undefined },
      );
    });
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    const again = await serve(['--db', db]);
    const { client: next } = await signedIn(again.url);
    const [row] = (await next.captures.list({})).captures;
    expect(row!.status).toMatch(/^(partial|complete)$/);
    again.child.kill('SIGTERM');
    expect(await again.ended).toEqual([0, null]);
  }, 60_000);

  it('opens what a killed server left', async () => {
    const db = join(folder, 'killed.db');
    const { url, child, ended } = await serve(['--db', db, SAMPLE]);
    const { client } = await signedIn(url);
    await new Promise<void>((resolve) => {
      const end = client.captures.progress(
        { job: null },
        { next: (s) => void (s.capture !== null && (end(), resolve())), error: () => undefined },
      );
    });
    child.kill('SIGKILL');
    await ended;
    const again = await serve(['--db', db]);
    const { client: next } = await signedIn(again.url);
    expect((await next.captures.list({})).captures.map((c) => c.status)).toEqual(['incomplete']);
    expect((await next.app.health({})).status).toBe('ok');
  }, 60_000);

  it('cuts off an upload that ends early, and keeps nothing of it', async () => {
    const db = join(folder, 'upload.db');
    const { url } = await serve(['--db', db]);
    const { cookie, key, client } = await signedIn(url);
    await new Promise<void>((resolve) => {
      const asked = request({
        host: url.hostname,
        port: url.port,
        path: '/upload?name=x.pcap',
        method: 'POST',
        headers: { origin: url.origin, cookie, ...key, 'content-length': '1000000' },
      });
      asked.on('error', () => resolve());
      asked.write('x'.repeat(10_000));
      setTimeout(() => asked.destroy(), 100);
    });
    const uploads = `${db}.captures`;
    for (let i = 0; i < 50 && existsSync(uploads) && readdirSync(uploads).length > 0; i++)
      await new Promise((resolve) => void setTimeout(resolve, 50));
    expect(existsSync(uploads) ? readdirSync(uploads) : []).toEqual([]);
    expect((await client.app.health({})).status).toBe('ok');
  }, 60_000);

  it('says what is wrong with its options', async () => {
    const cases: [string[], number, string][] = [
      [['--listen', '0.0.0.0'], 2, 'others could reach the desk; that needs --tls-cert, --tls-key and --users'],
      [['--listen', '::', '--tls-cert', 'c', '--tls-key', 'k'], 2, '--users'],
      [['--tls-cert', 'c'], 2, 'belong together'],
      [['--port', '70000'], 2, 'not a whole number from 0 to 65535'],
      [['-'], 2, 'standard input cannot be served'],
      [['--users', join(folder, 'nobody.json')], 3, 'no such file'],
    ];
    for (const [args, code, text] of cases) {
      const ran = await sonde(['serve', ...args]);
      expect([args, ran.code, ran.stdout]).toEqual([args, code, '']);
      expect(ran.stderr).toContain(text);
    }
    const { url, child } = await serve([]);
    const busy = await sonde(['serve', '--port', url.port]);
    expect(busy).toMatchObject({ code: 2, stderr: expect.stringContaining(`port ${url.port} is in use`) });
    const isBuilt = existsSync(join(import.meta.dirname, '..', '..', '..', 'dist', 'renderer', 'index.html'));
    expect(/the desk is not built.*npm run build/.test(busy.stderr)).toBe(!isBuilt);
    child.kill('SIGTERM');
  }, 60_000);

  it('makes password hashes for the users file', async () => {
    const ran = await sonde(['serve', '--hash-password'], Buffer.from('correct horse battery\n'));
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^scrypt\$32768\$8\$3\$[\w-]+\$[\w-]+\n$/) });
    expect((await sonde(['serve', '--hash-password'], Buffer.from('short\n'))).code).toBe(2);
  });
});

describe('sonde export-packets', () => {
  it('refuses wrong usage with the right form', async () => {
    const out = join(folder, 'x.pcapng');
    writeFileSync(join(folder, 'text.db'), 'text '.repeat(500));
    const cases: [string[], number, string][] = [
      [[], 2, 'no capture was named'],
      [[SAMPLE], 2, '--db is missing'],
      [[SAMPLE, '--db', 'x', '--out', out], 2, 'either --incident or --filter'],
      [[SAMPLE, '--db', 'x', '--out', out, '--incident', 'a', '--filter', 'b'], 2, 'either --incident or --filter'],
      [[SAMPLE, '--db', join(folder, 'none.db'), '--out', out, '--filter', 'anomalous'], 3, 'no such file'],
      [[SAMPLE, '--db', join(folder, 'text.db'), '--out', out, '--filter', 'anomalous'], 3, 'not a database'],
      [[SAMPLE, '--db', 'x', '--out', SAMPLE, '--filter', 'anomalous'], 2, 'is the capture itself'],
    ];
    for (const [args, code, text] of cases) {
      const ran = await sonde(['export-packets', ...args]);
      expect([args.slice(1), ran.code]).toEqual([args.slice(1), code]);
      expect(ran.stderr).toContain(text);
    }
    expect(existsSync(out)).toBe(false);
  }, 60_000);
});
