/**
 * Who is signed in: unguessable ids in a cookie that scripts cannot read and other sites cannot send. Browsers send a
 * cookie to every port of a host, so to whatever else listens on 127.0.0.1: what changes or reads anything needs a key
 * besides, which the page keeps where only its own origin, port included, can read it.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../../src-shared/contract/dispatch.ts';

/** Where a page sends its key: a header, or (a WebSocket can set none) a subprotocol beside `SOCKET_PROTOCOL`. */
export const KEY_HEADER = 'x-sonde-key';
export const SOCKET_PROTOCOL = 'sonde';

/** As it is written down: hashes only, so that the file lets nobody in. */
export type KeptSession = Omit<Session, 'onEnd'> & { id: string };

export interface SessionMemory {
  load(): KeptSession[];
  save(sessions: readonly KeptSession[]): void;
}

export interface Session {
  readonly caller: Caller;
  /** A hash of the page's key. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  usedAt: number;
  /** Called once, when it is ended or has expired. */
  readonly onEnd: Set<() => void>;
}

/** A session ends this long after it was last used, and at the latest this long after it began, ms. */
const IDLE_MS = 12 * 3_600_000;
const MOST_MS = 7 * 24 * 3_600_000;
/** Sessions at once; the oldest make way. */
const SESSIONS = 1000;
/** Of one user; theirs alone make way. */
const OF_ONE = 50;
/** Cookies of our name that are looked at. */
const COOKIES = 16;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Equal texts, in a time that does not tell where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const [x, y] = [createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest()];
  return timingSafeEqual(x, y);
}

function keysOf({ headers }: IncomingMessage): string[] {
  const header = headers[KEY_HEADER];
  if (typeof header === 'string') return [header];
  return (headers['sec-websocket-protocol'] ?? '').split(/, */).filter((name) => name !== SOCKET_PROTOCOL);
}

export class Sessions {
  private readonly now: () => number;
  private readonly cookie: string;
  private readonly secure: boolean;
  /** By a hash of the id: the ids themselves are nowhere but in the browsers. */
  private readonly sessions = new Map<string, Session>();

  private readonly memory: SessionMemory | undefined;

  /**
   * `port`: part of the cookie's name, for browsers do not keep cookies of two ports apart. `memory`: sessions outlive
   * the program in it.
   */
  constructor(now: () => number, port: number, secure: boolean, memory?: SessionMemory) {
    this.memory = memory;
    for (const { id, ...kept } of memory?.load() ?? []) {
      const session: Session = { ...kept, onEnd: new Set() };
      this.sessions.set(id, session);
    }
    this.now = now;
    this.secure = secure;
    this.cookie = `${secure ? '__Host-' : ''}sonde-${port}`;
  }

  /** A new session: its Set-Cookie header, and the key for its page. */
  begin(caller: Caller): { cookie: string; key: string } {
    this.sweep();
    const own = [...this.sessions].filter(([, session]) => session.caller.user === caller.user);
    if (own.length >= OF_ONE) this.drop(own[0]![0]);
    if (this.sessions.size >= SESSIONS) this.drop(this.sessions.keys().next().value!);
    const [id, key] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];
    const [startedAt, usedAt] = [this.now(), this.now()];
    this.sessions.set(digest(id), { caller, key: digest(key), startedAt, usedAt, onEnd: new Set() });
    this.save();
    return { cookie: this.header(id, MOST_MS / 1000), key };
  }

  /** The session of a request, which is thereby used. */
  of(request: IncomingMessage): Session | undefined {
    const key = this.key(request);
    const session = key === undefined ? undefined : this.sessions.get(key);
    if (!session || key === undefined) return undefined;
    if (this.isOver(session)) {
      this.drop(key);
      return undefined;
    }
    session.usedAt = this.now();
    return session;
  }

  /** The session of a request that also has the key of the session's page. */
  ofPage(request: IncomingMessage): Session | undefined {
    const session = this.of(request);
    return session && keysOf(request).some((key) => sameSecret(digest(key), session.key)) ? session : undefined;
  }

  /** Ends the session of a request; the Set-Cookie header that removes its cookie. */
  end(request: IncomingMessage): string {
    const key = this.key(request);
    if (key !== undefined) this.drop(key);
    return this.header('', 0);
  }

  /** Ends the sessions of callers who are no longer what they were. */
  endUnless(still: (caller: Caller) => boolean): void {
    for (const [key, { caller }] of this.sessions) if (!still(caller)) this.drop(key);
  }

  /** Ends what has expired. */
  sweep(): void {
    for (const [key, session] of this.sessions) if (this.isOver(session)) this.drop(key);
    this.save();
  }

  /** Of the cookie's values the one that is known: a page of another port can put its own before ours. */
  private key(request: IncomingMessage): string | undefined {
    const wanted = `${this.cookie}=`;
    const given = (request.headers.cookie ?? '').split(/; */).filter((part) => part.startsWith(wanted));
    const keys = given.slice(0, COOKIES).map((part) => digest(part.slice(wanted.length)));
    return keys.find((key) => this.sessions.has(key)) ?? keys[0];
  }

  private isOver({ startedAt, usedAt }: Session): boolean {
    return this.now() - usedAt > IDLE_MS || this.now() - startedAt > MOST_MS;
  }

  private drop(key: string): void {
    const session = this.sessions.get(key);
    this.sessions.delete(key);
    this.save();
    for (const told of session?.onEnd ?? []) told();
  }

  private save(): void {
    this.memory?.save(
      [...this.sessions].map(([id, { caller, key, startedAt, usedAt }]) => ({ id, caller, key, startedAt, usedAt })),
    );
  }

  private header(value: string, seconds: number): string {
    return `${this.cookie}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${this.secure ? '; Secure' : ''}`;
  }
}
