/**
 * The desk in a browser: pages, the contract over a WebSocket, uploads and downloads. Every request passes the guards
 * of `guards.ts` first; whatever is not a page needs a session.
 */
import { randomBytes, X509Certificate } from 'node:crypto';
import {
  createServer as createHttp,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import { mayDo } from '../../../src-shared/contract/define.ts';
import type { Caller } from '../../../src-shared/contract/dispatch.ts';
import { z } from '../../../src-shared/contract/schema.ts';
import { envelopeOf } from '../../../src-shared/contract/wire.ts';
import { SondeError, type ErrorCode } from '../../../src-shared/errors.ts';
import { bugMessage } from '../api/bugs.ts';
import type { OpenDesk } from '../api/desk.ts';
import { programUser } from '../api/person.ts';
import { answerTo } from './hand-over.ts';
import { Api, bearerOf, type RecordModel } from './api.ts';
import { hostOf, isLoopback, isOurFetch, isOurHost, isOurOrigin, setGuards, type Place } from './guards.ts';
import { Newcomers } from './newcomers.ts';
import { json, parseJson, smallBody } from './plain-http.ts';
import { ANYWHERE, RateLimit } from './rate-limit.ts';
import { sameSecret, Sessions, type Session, type SessionMemory } from './sessions.ts';
import { Sockets } from './socket.ts';
import { sendStatic } from './static.ts';
import { deliver, receive } from './uploads.ts';
import { UserList, type User } from './users.ts';

export interface ServerOptions {
  desk: OpenDesk;
  /** Where the renderer's files lie. */
  pages: string;
  port: number;
  /** Default 127.0.0.1. Beyond loopback `tls` and `users` are needed. */
  listen?: string;
  tls?: { cert: Buffer; key: Buffer };
  users?: readonly User[];
  /** Lets the same person's other programs open files here, by a key that no browser ever has. */
  handOver?: { key: string; open(files: readonly string[]): number };
  /** Where sessions outlive the program. */
  memory?: SessionMemory;
  /** What scripts score single records by (`POST /api/v1/score`). */
  recordModel?: RecordModel;
  /** A token for scripts that outlives this start. */
  apiToken?: string;
  /** Milliseconds since 1970 (for tests). */
  now?: () => number;
}

export interface DeskServer {
  /** With the token in the fragment on loopback without users. */
  readonly url: string;
  readonly port: number;
  /** From now on these may sign in; who is gone, or has another role or password, is signed out. */
  setUsers(users: readonly User[]): void;
  close(): Promise<void>;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  'bad-request': 400,
  'not-signed-in': 401,
  'not-allowed': 403,
  'not-found': 404,
  'too-many': 429,
  cancelled: 400,
  'disk-full': 507,
};

/** A hand-over names files by their paths. */
const HAND_OVER_MAX = 1024 * 1024;
const SWEEP_MS = 60_000;
const NAME_MAX = 255;
/** Connections at once, and those among them of which no request of somebody who is signed in has come. */
const CONNECTIONS = 1024;
const NEWCOMERS = 256;

const credentials = z.union([
  z.strictObject({ token: z.string().max(256) }),
  z.strictObject({ user: z.string().max(64), password: z.string().max(1024) }),
]);

const handedOver = z.strictObject({ files: z.array(z.string().min(1).max(4096)).max(64) });

/** By which address others reach what listens on all of them. */
function reachable(listen: string): string {
  if (listen !== '0.0.0.0' && listen !== '::') return listen;
  const outer = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return outer.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

/** The address that leads to a running import, and from there to what it finds. `url`: with the token. */
export function importAddress(url: string, job: number): string {
  return `${url}/open?job=${job}`;
}

/** @throws SondeError `bad-request` */
function addressOf(request: IncomingMessage): URL {
  const text = request.url ?? '/';
  if (text.startsWith('/') && !text.startsWith('//') && URL.canParse(text, 'http://desk'))
    return new URL(text, 'http://desk');
  throw new SondeError('bad-request', 'the address is not understood', '', '');
}

class Host {
  private readonly options: ServerOptions;
  private readonly token = randomBytes(32).toString('base64url');
  private users: UserList | undefined;
  private readonly limit: RateLimit;
  private readonly sockets: Sockets;
  private readonly newcomers = new Newcomers(NEWCOMERS);
  private readonly now: () => number;
  private place: Place = { secure: false, port: 0, loopback: true, certificate: undefined };
  private sessions: Sessions;
  private readonly api: Api;
  private url = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ServerOptions) {
    this.options = options;
    this.now = options.now ?? Date.now;
    this.sockets = new Sockets(this.now);
    this.users = options.users && new UserList(options.users);
    this.limit = new RateLimit(this.now);
    this.sessions = new Sessions(this.now, 0, false);
    this.api = new Api({
      desk: options.desk,
      ...(options.recordModel && { model: options.recordModel }),
      admit: (request) => this.admit(request),
    });
  }

  async start(): Promise<DeskServer> {
    const { listen = '127.0.0.1', tls, port } = this.options;
    const handle: RequestListener = (request, response) => void this.handle(request, response);
    const server: Server = tls ? createHttps({ ...tls, minVersion: 'TLSv1.2' }, handle) : createHttp(handle);
    // An upload may take long; what must not is sending the headers, or sending nothing at all.
    server.requestTimeout = 0;
    server.headersTimeout = 20_000;
    server.timeout = 120_000;
    server.maxConnections = CONNECTIONS;
    server.on('connection', (socket) => this.newcomers.add(socket));
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.upgrade(request, socket, head),
    );
    await this.listen(server, port, listen);
    const address = server.address() as AddressInfo;
    const certificate = tls && new X509Certificate(tls.cert);
    this.place = { secure: tls !== undefined, port: address.port, loopback: isLoopback(listen), certificate };
    this.sessions = new Sessions(this.now, address.port, tls !== undefined, this.options.memory);
    // What goes to and from the desk is no part of what it watches.
    this.options.desk.ownPorts.push({ address: address.address, port: address.port });
    this.timer = setInterval(() => this.sessions.sweep(), SWEEP_MS);
    this.timer.unref();
    const reached = reachable(listen);
    const name = reached.includes(':') ? `[${reached}]` : reached;
    this.url = `${tls ? 'https' : 'http'}://${name}:${address.port}/${this.users ? '' : `#token=${this.token}`}`;
    return {
      url: this.url,
      port: address.port,
      setUsers: (users) => this.setUsers(users),
      close: () => this.close(server),
    };
  }

  private listen(server: Server, port: number, listen: string): Promise<void> {
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = error.code === 'EADDRINUSE';
        const what = taken ? `port ${port} is in use` : `${listen}:${port}: cannot be listened on (${error.message})`;
        reject(
          new SondeError('address-in-use', what, `--port ${port}`, 'Choose another port, or leave --port out.', {
            cause: error,
          }),
        );
      });
      server.listen(port, listen, () => resolve());
    });
  }

  private setUsers(users: readonly User[]): void {
    const before = this.users;
    this.users = new UserList(users);
    this.sessions.endUnless(({ user }) => before?.same(users, user) ?? false);
  }

  private close(server: Server): Promise<void> {
    clearInterval(this.timer);
    this.sockets.close();
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setGuards(response);
    try {
      if (!isOurHost(hostOf(request), this.place)) throw this.wrongHost();
      await this.route(request, response, addressOf(request));
    } catch (error) {
      this.refuse(request, response, error);
    }
  }

  private wrongHost(): SondeError {
    return new SondeError(
      'not-allowed',
      'this server is not known by that name',
      'Host',
      'Use the address that Sonde printed.',
    );
  }

  private refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const envelope = envelopeOf(error, error instanceof SondeError ? '' : bugMessage(error));
    if (response.headersSent) return void response.destroy();
    // What is left of a body that is not wanted is not waited for.
    if (!request.complete) response.setHeader('Connection', 'close');
    json(response, STATUS[envelope.code] ?? 500, envelope);
  }

  private async route(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { pathname } = url;
    const method = request.method ?? 'GET';
    if (pathname === '/session') return this.session(request, response, method);
    if (Api.serves(pathname)) return this.api.answer(request, response, url, method);
    if (method === 'POST' && pathname === '/open' && this.options.handOver)
      return this.handOver(request, response, this.options.handOver);
    if (method === 'POST' && pathname === '/upload') return this.upload(request, response, url);
    if (method === 'GET' && pathname.startsWith('/download/')) {
      this.signedIn(request, 'cookie');
      if (!isOurFetch(request))
        throw new SondeError('not-allowed', 'another site asked for this file', 'Sec-Fetch-Site', '');
      return deliver(response, this.options.desk.downloads, pathname.slice('/download/'.length));
    }
    if (method !== 'GET' && method !== 'HEAD')
      throw new SondeError('bad-request', `${method} ${pathname}: there is no such thing`, pathname, '');
    if (sendStatic(response, this.options.pages, pathname, method === 'GET')) return;
    throw new SondeError('not-found', `${pathname}: there is no such page`, pathname, 'Start from the first page.');
  }

  /** @throws SondeError `not-signed-in` */
  private signedIn(request: IncomingMessage, by: 'cookie' | 'cookie and key'): Session {
    const session = by === 'cookie' ? this.sessions.of(request) : this.sessions.ofPage(request);
    if (session) {
      this.newcomers.known(request.socket);
      return session;
    }
    const how = this.users ? 'password' : 'token';
    const cure = this.users ? 'Sign in.' : 'Open the address that Sonde printed, with its token.';
    throw new SondeError('not-signed-in', 'you are not signed in', how, cure);
  }

  /** A script with a token. Whoever is right is let in at once, as with the desk's own token. @throws SondeError */
  private admit(request: IncomingMessage): void {
    const { apiToken } = this.options;
    const token = bearerOf(request);
    const known = [...(this.users ? [] : [this.token]), ...(apiToken === undefined ? [] : [apiToken])];
    if (token !== undefined && known.filter((each) => sameSecret(token, each)).length > 0) {
      this.newcomers.known(request.socket);
      return;
    }
    const from = `address ${request.socket.remoteAddress ?? ''}`;
    if (token !== undefined) {
      this.mayTry(from);
      this.limit.failed(from);
    }
    const cure = 'Send Authorization: Bearer TOKEN, with the token of the printed address or of --api-token FILE.';
    throw new SondeError('not-signed-in', 'the token is missing or wrong', 'Authorization', cure);
  }

  private ours(request: IncomingMessage): void {
    if (isOurOrigin(request, this.place)) return;
    throw new SondeError(
      'not-allowed',
      'the request does not come from a page of this server',
      'Origin',
      'Use the address that Sonde printed.',
    );
  }

  private async session(request: IncomingMessage, response: ServerResponse, method: string): Promise<void> {
    if (method === 'GET') {
      const { caller } = this.signedIn(request, 'cookie');
      return json(response, 200, { user: caller.user, role: caller.role });
    }
    this.ours(request);
    if (method === 'POST') {
      const { cookie, key } = await this.signIn(request);
      response.setHeader('Set-Cookie', cookie);
      return json(response, 200, { key });
    }
    if (method === 'DELETE') response.setHeader('Set-Cookie', await this.signOut(request));
    else throw new SondeError('bad-request', `${method}: there is no such thing`, '/session', '');
    response.writeHead(204, { 'Cache-Control': 'no-store' });
    response.end();
  }

  private async signIn(request: IncomingMessage): Promise<{ cookie: string; key: string }> {
    const address = request.socket.remoteAddress ?? '';
    let given: z.infer<typeof credentials>;
    try {
      given = credentials.parse(JSON.parse(await smallBody(request)));
    } catch (error) {
      throw error instanceof SondeError
        ? error
        : new SondeError('bad-request', 'the request is not understood', '/session', '', { cause: error });
    }
    const caller = 'token' in given ? await this.byToken(given, address) : await this.byPassword(given, address);
    try {
      await this.options.desk.audit(caller.user, 'sign-in', address, caller.role);
    } catch (error) {
      // Who is to make room on a full disk must be let in.
      if (!(error instanceof SondeError) || error.code !== 'disk-full') throw error;
      process.stderr.write(
        `sonde: ${caller.user} signed in from ${address}; the disk is full, the log does not say so\n`,
      );
    }
    return this.sessions.begin(caller);
  }

  /** The right token is let in at once: it cannot be guessed, and others of this machine have the same address. */
  private async byToken({ token }: { token: string }, address: string): Promise<Caller> {
    if (!this.users && sameSecret(token, this.token)) return { user: programUser(), role: 'admin', host: 'browser' };
    this.mayTry(`address ${address}`);
    this.limit.failed(`address ${address}`);
    const message = 'the token is not the one of this start';
    return this.refused(address, 'by token', message, 'token', 'Open the address that Sonde printed last.');
  }

  private async byPassword(given: { user: string; password: string }, address: string): Promise<Caller> {
    const sides = [`address ${address}`, `${address} as ${given.user}`];
    const anywhere = `user ${given.user}`;
    for (const each of [...sides, anywhere]) this.mayTry(each);
    const user = (await this.users?.check(given.user, given.password)) ?? null;
    if (user) {
      for (const each of sides) this.limit.succeeded(each);
      return { user: user.name, role: user.role, host: 'browser' };
    }
    for (const each of sides) this.limit.failed(each);
    this.limit.failed(anywhere, ANYWHERE);
    const message = 'the name or the password is wrong';
    return this.refused(address, `as ${given.user}`, message, 'password', 'Try again, or ask an administrator.');
  }

  /** Nobody is named as who did it: the name is whatever was typed. @throws SondeError `not-signed-in` */
  private async refused(address: string, how: string, message: string, where: string, cure: string): Promise<never> {
    await this.options.desk.audit('(not signed in)', 'sign-in-refused', address, how);
    throw new SondeError('not-signed-in', message, where, cure);
  }

  private async signOut(request: IncomingMessage): Promise<string> {
    const session = this.sessions.of(request);
    const cookie = this.sessions.end(request);
    if (session) await this.options.desk.audit(session.caller.user, 'sign-out', request.socket.remoteAddress ?? '');
    return cookie;
  }

  private mayTry(who: string): void {
    const wait = this.limit.wait(who);
    if (wait > 0) throw new SondeError('too-many', 'too many wrong tries', '', `Wait ${Math.ceil(wait / 1000)} s.`);
  }

  private async upload(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    this.ours(request);
    const { caller } = this.signedIn(request, 'cookie and key');
    if (!mayDo(caller.role, 'analyst'))
      throw new SondeError('not-allowed', 'viewers cannot upload', '/upload', 'Ask an administrator.');
    const name = (url.searchParams.get('name') ?? 'capture').slice(-NAME_MAX);
    json(response, 200, await receive(request, this.options.desk.uploads, name));
  }

  /** Another start of the program by the same person: opens its files here; the answer is where to look at them. */
  private async handOver(
    request: IncomingMessage,
    response: ServerResponse,
    { key, open }: NonNullable<ServerOptions['handOver']>,
  ): Promise<void> {
    // Browsers name their page on every POST: no page has a business here.
    if (request.headers.origin !== undefined || !isOurFetch(request))
      throw new SondeError('not-allowed', 'this is not for browsers', 'Origin', '');
    const from = `address ${request.socket.remoteAddress ?? ''}`;
    const body = await smallBody(request, HAND_OVER_MAX);
    const proof = answerTo(key, request.headers.authorization, body);
    if (proof === null) {
      this.mayTry(from);
      this.limit.failed(from);
      throw new SondeError('not-signed-in', 'that is not right', 'Authorization', '');
    }
    const parsed = handedOver.safeParse(parseJson(body));
    if (!parsed.success) throw new SondeError('bad-request', 'the request is not understood', '/open', '');
    const { files } = parsed.data;
    const url = files.length === 0 ? this.url : importAddress(this.url, open(files));
    json(response, 200, { url, pid: process.pid, proof: proof(url) });
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const refuse = (status: string): void =>
      void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    const pathname = (request.url ?? '/').split('?')[0];
    if (!isOurHost(hostOf(request), this.place) || !isOurOrigin(request, this.place)) return refuse('403 Forbidden');
    if (pathname !== '/socket') return refuse('404 Not Found');
    const session = this.sessions.ofPage(request);
    if (!session) return refuse('401 Unauthorized');
    this.newcomers.known(request.socket);
    if (this.sockets.full) return refuse('503 Service Unavailable');
    this.sockets.accept(request, socket, head, session, (transport) =>
      this.options.desk.dispatcher.serve(transport, session.caller),
    );
  }
}

/** @throws SondeError `usage` beyond loopback without TLS and users; `address-in-use`. */
export async function startServer(options: ServerOptions): Promise<DeskServer> {
  const { listen = '127.0.0.1', tls, users } = options;
  if (!isLoopback(listen) && (!tls || !users)) {
    const missing = [tls ? '' : '--tls-cert and --tls-key', users ? '' : '--users'].filter(Boolean).join(' and ');
    const what = `--listen ${listen}: others could reach the desk; that needs ${missing}`;
    throw new SondeError('usage', what, '--listen', 'Give them, or leave --listen out and use an SSH tunnel.');
  }
  return new Host(options).start();
}
