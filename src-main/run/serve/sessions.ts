/** Who is signed in: unguessable ids in a cookie that scripts cannot read and other sites cannot send. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../../src-shared/contract/dispatch.ts';

export interface Session {
  readonly caller: Caller;
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

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Equal texts, in a time that does not tell where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const [x, y] = [createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest()];
  return timingSafeEqual(x, y);
}

export class Sessions {
  private readonly now: () => number;
  private readonly cookie: string;
  private readonly secure: boolean;
  /** By a hash of the id: the ids themselves are nowhere but in the browsers. */
  private readonly sessions = new Map<string, Session>();

  /** `port`: part of the cookie's name, for browsers do not keep cookies of two ports apart. */
  constructor(now: () => number, port: number, secure: boolean) {
    this.now = now;
    this.secure = secure;
    this.cookie = `${secure ? '__Host-' : ''}sonde-${port}`;
  }

  /** The Set-Cookie header of a new session. */
  begin(caller: Caller): string {
    this.sweep();
    if (this.sessions.size >= SESSIONS) this.drop(this.sessions.keys().next().value!);
    const id = randomBytes(32).toString('base64url');
    this.sessions.set(digest(id), { caller, startedAt: this.now(), usedAt: this.now(), onEnd: new Set() });
    return this.header(id, MOST_MS / 1000);
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

  /** Ends the session of a request; the Set-Cookie header that removes its cookie. */
  end(request: IncomingMessage): string {
    const key = this.key(request);
    if (key !== undefined) this.drop(key);
    return this.header('', 0);
  }

  /** Ends what has expired. */
  sweep(): void {
    for (const [key, session] of this.sessions) if (this.isOver(session)) this.drop(key);
  }

  private key(request: IncomingMessage): string | undefined {
    const wanted = `${this.cookie}=`;
    const found = (request.headers.cookie ?? '').split(/; */).find((part) => part.startsWith(wanted));
    return found === undefined ? undefined : digest(found.slice(wanted.length));
  }

  private isOver({ startedAt, usedAt }: Session): boolean {
    return this.now() - usedAt > IDLE_MS || this.now() - startedAt > MOST_MS;
  }

  private drop(key: string): void {
    const session = this.sessions.get(key);
    this.sessions.delete(key);
    for (const told of session?.onEnd ?? []) told();
  }

  private header(value: string, seconds: number): string {
    return `${this.cookie}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${this.secure ? '; Secure' : ''}`;
  }
}
