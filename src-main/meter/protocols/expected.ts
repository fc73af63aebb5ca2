/**
 * Connections that one protocol has announced for another, as FTP does for its data: the listening end, and what the
 * connection will be. A ring of fixed size: the oldest announcement gives way.
 */
import { hashAddress } from '../hosts.ts';

const RING = 1024;

export interface Announcement {
  service: string;
  app: string;
}

/** Address words and port to a number below 2^48: equal keys are equal ends but for hash collisions. */
function keyOf(words: Uint32Array, at: number, port: number): number {
  return hashAddress(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!) * 65536 + port;
}

export class Expected {
  private readonly byEnd = new Map<number, Announcement>();
  private readonly ring = new Float64Array(RING);
  private count = 0;
  /** Ports that were announced of any address: most connections are to none of them, and need no further look. */
  private readonly ports = new Uint8Array(65_536);

  get size(): number {
    return this.byEnd.size;
  }

  /** Announces a connection to `port` of the address whose four words stand at `words[at…]`. */
  announce(words: Uint32Array, at: number, port: number, what: Announcement): void {
    const key = keyOf(words, at, port);
    if (!this.byEnd.has(key)) {
      const place = this.count++ % RING;
      if (this.count > RING) this.byEnd.delete(this.ring[place]!);
      this.ring[place] = key;
    }
    this.byEnd.set(key, what);
    this.ports[port] = 1;
  }

  /** What was announced for that end; it stays announced, as servers accept several connections. */
  find(words: Uint32Array, at: number, port: number): Announcement | undefined {
    if (this.ports[port] === 0) return undefined;
    return this.byEnd.get(keyOf(words, at, port));
  }
}
