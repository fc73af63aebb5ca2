/**
 * Connections that one protocol has announced for another, as FTP does for its data: the listening end, and what the
 * connection will be. Bounded: the oldest announcement gives way.
 */
import { hashAddress } from '../hosts.ts';

const MOST = 1024;
/** Seconds after which nobody waits for the connection any more. */
const SOON = 60;

export interface Announcement {
  service: string;
  app: string;
}

interface Awaited {
  what: Announcement;
  sec: number;
}

/** Address words and port to a number below 2^48: equal keys are equal ends but for hash collisions. */
function keyOf(words: Uint32Array, at: number, port: number): number {
  return hashAddress(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!) * 65536 + port;
}

export class Expected {
  /** The oldest first. */
  private readonly byEnd = new Map<number, Awaited>();
  /** Ports that were announced of any address: most connections are to none of them, and need no further look. */
  private readonly ports = new Uint8Array(65_536);

  get size(): number {
    return this.byEnd.size;
  }

  /** Announces at `sec` a connection to `port` of the address whose four words stand at `words[at…]`. */
  announce(words: Uint32Array, at: number, port: number, what: Announcement, sec: number): void {
    const key = keyOf(words, at, port);
    this.byEnd.delete(key);
    this.byEnd.set(key, { what, sec });
    if (this.byEnd.size > MOST) this.byEnd.delete(this.byEnd.keys().next().value!);
    this.ports[port] = 1;
  }

  /** What was announced for that end, of the connection that begins at `sec`: each announcement serves one. */
  take(words: Uint32Array, at: number, port: number, sec: number): Announcement | undefined {
    if (this.ports[port] === 0) return undefined;
    const key = keyOf(words, at, port);
    const awaited = this.byEnd.get(key);
    if (!awaited) return undefined;
    this.byEnd.delete(key);
    return Math.abs(sec - awaited.sec) <= SOON ? awaited.what : undefined;
  }
}
