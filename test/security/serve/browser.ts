/** A served desk, and requests as a browser or an attacker would make them: every header is the test's own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { openDesk, type OpenDesk } from '../../../src-main/run/api/desk.ts';
import { startServer, type DeskServer, type ServerOptions } from '../../../src-main/run/serve/server.ts';

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export class Served {
  readonly desk: OpenDesk;
  readonly server: DeskServer;
  readonly pages: string;
  readonly token: string;
  readonly origin: string;
  private readonly folder: string;
  /** Keys of pages, by their cookies. */
  private readonly keys = new Map<string, string>();

  private constructor(desk: OpenDesk, server: DeskServer, folder: string) {
    this.desk = desk;
    this.server = server;
    this.folder = folder;
    this.pages = join(folder, 'pages');
    this.token = new URL(server.url).hash.replace('#token=', '');
    this.origin = `http://127.0.0.1:${server.port}`;
  }

  static async start(options: Partial<ServerOptions> = {}): Promise<Served> {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-served-'));
    const pages = join(folder, 'pages');
    mkdirSync(join(pages, 'assets'), { recursive: true });
    writeFileSync(join(pages, 'index.html'), '<!doctype html><title>desk</title>');
    writeFileSync(join(pages, 'assets', 'main.js'), 'export {};');
    writeFileSync(join(pages, '.env'), 'secret');
    writeFileSync(join(folder, 'outside.txt'), 'secret');
    const desk = await openDesk({ paths: false, database: join(folder, 'desk.db') });
    const server = await startServer({ desk, pages, port: 0, ...options });
    return new Served(desk, server, folder);
  }

  async stop(): Promise<void> {
    await this.server.close();
    await this.desk.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** `path` is sent as it is written. */
  ask(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders = {},
    body: string | Buffer = '',
    localAddress = '127.0.0.1',
  ): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        { host: '127.0.0.1', port: this.server.port, method, path, headers, localAddress },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
          );
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  /** Bytes that no HTTP library would send. */
  raw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.server.port, '127.0.0.1', () => socket.write(text));
      let got = '';
      socket.setEncoding('utf8').on('data', (part: string) => (got += part));
      socket.on('close', () => resolve(got));
      socket.on('error', reject);
      socket.setTimeout(3000, () => socket.destroy());
    });
  }

  /** Exchanges the token; the cookie as a browser would send it. */
  async cookie(body: unknown = { token: this.token }): Promise<string> {
    const {
      status,
      headers,
      body: text,
    } = await this.ask('POST', '/session', { origin: this.origin }, JSON.stringify(body));
    if (status !== 200) throw new Error(`${status}: ${text}`);
    const cookie = headers['set-cookie']![0]!.split(';')[0]!;
    this.keys.set(cookie, (JSON.parse(text) as { key: string }).key);
    return cookie;
  }

  /** What the page of a session has besides its cookie. */
  key(cookie: string): string {
    return this.keys.get(cookie) ?? 'none';
  }

  /** With the key of the page whose cookie is sent, unless another is given. */
  socket(
    headers: Record<string, string>,
    path = '/socket',
    key = this.key(headers['cookie'] ?? ''),
  ): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${this.server.port}${path}`, ['sonde', key], { headers });
      socket.once('open', () => resolve(socket));
      socket.once('error', reject);
    });
  }
}

/** The HTTP status with which a WebSocket was refused. */
export async function refused(opening: Promise<WebSocket>): Promise<number> {
  try {
    (await opening).terminate();
  } catch (error) {
    return Number(/(\d{3})/.exec(String(error))?.[1] ?? 0);
  }
  return 101;
}
