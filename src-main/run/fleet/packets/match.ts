/** Which packets were asked for: by the hosts at both ends, ports and time. A desk of a fleet knows no flows. */
import { parseAddress } from '../../../../src-shared/domain/network.ts';
import { PROTO, type PacketBatch, type SegmentBatch } from '../../../meter/packets/types.ts';
import type { Wanted } from './ask.ts';

const WORDS = 4;
/** Where ARP (RFC 826) has the length of a card's address, and its sender's card. */
const [ARP_LENGTH, ARP_SENDER, CARD_LENGTH] = [4, 8, 6];

/** Which of the lists a host stands in. */
const SOURCE = 1;
const TARGET = 2;

export class HostMatch {
  private readonly lists = new Map<string, number>();
  private readonly ports: ReadonlySet<number>;
  private readonly cards: ReadonlySet<number>;
  private readonly wanted: Wanted;
  private readonly needsBoth: boolean;

  constructor(wanted: Wanted) {
    this.wanted = wanted;
    this.ports = new Set(wanted.ports);
    this.cards = new Set(wanted.cards);
    for (const text of wanted.sources) this.add(text, SOURCE);
    for (const text of wanted.targets) this.add(text, TARGET);
    this.needsBoth = wanted.sources.length > 0 && wanted.targets.length > 0;
  }

  private add(text: string, list: number): void {
    const bytes = parseAddress(text);
    if (!bytes) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const key = keyOf(
      [0, 4, 8, 12].map((at) => view.getUint32(at)),
      0,
    );
    this.lists.set(key, (this.lists.get(key) ?? 0) | list);
  }

  /** Whether a packet of the batch lies in the time: what does not need not be decoded. */
  mayHold({ columns: { sec }, count }: PacketBatch): boolean {
    for (let i = 0; i < count; i++) if (this.isTime(sec[i]!)) return true;
    return false;
  }

  /** Marks the packets of which one of the datagrams, outer or inner, was asked for. */
  mark(batch: PacketBatch, segments: SegmentBatch, packets: Uint8Array): void {
    const { packet } = segments.columns;
    for (let row = 0; row < segments.count; row++) {
      const i = packet[row]!;
      if (packets[i] === 1 || !this.isTime(batch.columns.sec[i]!)) continue;
      if (this.isWanted(batch.data, segments, row)) packets[i] = 1;
    }
  }

  private isTime(sec: number): boolean {
    return sec >= this.wanted.from && sec <= this.wanted.to;
  }

  private isWanted(data: Uint8Array, { columns: c }: SegmentBatch, row: number): boolean {
    const source = this.lists.get(keyOf(c.src, row * WORDS)) ?? 0;
    const target = this.lists.get(keyOf(c.dst, row * WORDS)) ?? 0;
    if (c.proto[row] === PROTO.ARP) {
      return this.wanted.arp && (source !== 0 || target !== 0 || this.isCard(data, c.network[row]!));
    }
    const crosses = (source & SOURCE && target & TARGET) || (source & TARGET && target & SOURCE);
    if (this.needsBoth ? crosses === 0 : source === 0 && target === 0) return false;
    const hasPorts = c.srcPort[row] !== 0 || c.dstPort[row] !== 0;
    if (this.ports.size === 0 || !hasPorts || !isPorted(c.proto[row]!)) return true;
    return this.ports.has(c.srcPort[row]!) || this.ports.has(c.dstPort[row]!);
  }

  private isCard(data: Uint8Array, at: number): boolean {
    if (this.cards.size === 0 || data[at + ARP_LENGTH] !== CARD_LENGTH) return false;
    let card = 0;
    for (let i = 0; i < CARD_LENGTH; i++) card = card * 256 + (data[at + ARP_SENDER + i] ?? 0);
    return this.cards.has(card);
  }
}

const isPorted = (proto: number): boolean => proto === PROTO.TCP || proto === PROTO.UDP || proto === PROTO.SCTP;

const keyOf = (words: ArrayLike<number>, at: number): string =>
  `${words[at]} ${words[at + 1]} ${words[at + 2]} ${words[at + 3]}`;
