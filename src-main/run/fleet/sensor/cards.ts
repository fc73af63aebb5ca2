/**
 * News of hardware addresses for those who do not see the frames: the same look at segments as meter/enrich/cards.ts has,
 * told when a host's card is another than before.
 */
import type { HostTable } from '../../../meter/hosts.ts';
import type { SegmentBatch } from '../../../meter/packets/types.ts';
import type { CardNews } from '../types.ts';

const WORDS = 4;
/** Frames that no router has touched still have what systems send with. */
const INITIAL_TTL: ReadonlySet<number> = new Set([64, 128, 255]);
/** Of one slice; more is a flood of forged ones. */
const NEWS_MAX = 4096;

export class CardWatch {
  private readonly hosts: HostTable;
  /** The card of the last frame of a host, by id. */
  private last = new Float64Array(1024);
  private readonly host: number[] = [];
  private readonly mac: number[] = [];

  constructor(hosts: HostTable) {
    this.hosts = hosts;
  }

  /** Looks at the outermost datagrams of a batch. */
  look({ count, columns: c }: SegmentBatch): void {
    const { host, mac } = this;
    for (let i = 0; i < count && host.length < NEWS_MAX; i++) {
      const card = c.srcMac[i]!;
      if (card === 0 || c.outer[i]! >= 0 || !INITIAL_TTL.has(c.ttl[i]!)) continue;
      const id = this.hosts.find(c.src, i * WORDS);
      if (id === 0 || this.isKnown(id, card)) continue;
      host.push(id);
      mac.push(card);
    }
  }

  /** What is news since it was asked last. */
  take(): CardNews {
    const news = { host: Uint32Array.from(this.host), mac: Float64Array.from(this.mac) };
    this.host.length = 0;
    this.mac.length = 0;
    return news;
  }

  private isKnown(host: number, card: number): boolean {
    if (host >= this.last.length) {
      const wider = new Float64Array(Math.max(host + 1, this.last.length * 2));
      wider.set(this.last);
      this.last = wider;
    }
    const isSame = this.last[host] === card;
    this.last[host] = card;
    return isSame;
  }
}
