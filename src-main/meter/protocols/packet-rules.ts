/**
 * Rules of IP and TCP that any packet can break. Each is a comparison or a table look-up; a flow says each at most
 * once, and a batch says at most `PER_BATCH` of each name, so that a flood of them costs little.
 */
import type { FlowTable } from '../flows/types.ts';
import type { HostTable } from '../hosts.ts';
import { PROTO, SEGMENT, type SegmentBatch } from '../packets/types.ts';
import { u16 } from './bytes.ts';
import { headOfRow } from './row-head.ts';
import type { ProtocolMessage } from './types.ts';
import { WEIRD_INDEX, type WeirdName } from './weird.ts';

const PER_BATCH = 256;
/** ICMP messages larger than this are no ordinary echo even over jumbo frames. */
const ICMP_LARGE = 9000;
const FIN = 1;
const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;
const URG = 32;

/** Which rule a combination of the six classic flags breaks. */
function flagRule(flags: number): WeirdName | null {
  if ((flags & (SYN | FIN)) === (SYN | FIN)) return 'tcp-syn-fin';
  if ((flags & (SYN | RST)) === (SYN | RST)) return 'tcp-syn-rst';
  if (flags === 0) return 'tcp-null-flags';
  if (flags & ACK) return null;
  if ((flags & (FIN | PSH | URG)) === (FIN | PSH | URG)) return 'tcp-xmas';
  return flags & FIN && !(flags & RST) ? 'tcp-fin-alone' : null;
}

export class PacketRules {
  /** By the six low flag bits: 1 where a rule is broken. */
  readonly oddFlags: Uint8Array;
  private readonly flagNames: readonly (WeirdName | null)[];
  /** By slot: bit sets of what was said, by `WEIRD_INDEX`; packet rules are among the first 16 names. */
  private said = new Uint16Array(4096);
  private readonly inBatch = new Uint16Array(16);
  private hosts: HostTable | null = null;
  private table: FlowTable | null = null;
  private messages: ProtocolMessage[] = [];

  constructor() {
    this.flagNames = Array.from({ length: 64 }, (_, flags) => flagRule(flags));
    this.oddFlags = Uint8Array.from(this.flagNames, (name) => (name === null ? 0 : 1));
  }

  grow(capacity: number): void {
    if (this.said.length >= capacity) return;
    const said = new Uint16Array(capacity);
    said.set(this.said);
    this.said = said;
  }

  forget(slot: number): void {
    this.said[slot] = 0;
  }

  begin(hosts: HostTable, table: FlowTable, messages: ProtocolMessage[]): void {
    this.hosts = hosts;
    this.table = table;
    this.messages = messages;
    this.inBatch.fill(0);
  }

  /** The first packet of a flow. */
  first(segments: SegmentBatch, row: number, slot: number): void {
    const c = segments.columns;
    const proto = c.proto[row]!;
    if (proto !== PROTO.TCP && proto !== PROTO.UDP) return;
    if (c.flags[row]! & (SEGMENT.FRAGMENT_LATER | SEGMENT.MALFORMED)) return;
    if (c.srcPort[row] === 0 || c.dstPort[row] === 0) this.say('port-zero', segments, row, slot);
    const s = row * 4;
    const { src, dst } = c;
    if (src[s + 3] === dst[s + 3] && c.srcPort[row] === c.dstPort[row] && !this.loopback(src, s)) {
      if (src[s] === dst[s] && src[s + 1] === dst[s + 1] && src[s + 2] === dst[s + 2])
        this.say('land', segments, row, slot);
    }
  }

  private loopback(words: Uint32Array, at: number): boolean {
    const low = words[at + 3]!;
    return low >>> 24 === 127 || (low <= 1 && words[at + 2] === 0);
  }

  /** A row with any of `SEGMENT`'s flags set. */
  flagged(data: Uint8Array, segments: SegmentBatch, row: number, slot: number): void {
    const c = segments.columns;
    const flags = c.flags[row]!;
    if (flags & SEGMENT.FRAGMENT_OVERLAP) this.say('fragment-overlap', segments, row, slot);
    if (flags & SEGMENT.MALFORMED && !(flags & (SEGMENT.TRUNCATED | SEGMENT.FRAGMENT_LATER))) {
      this.say(flags & SEGMENT.FRAGMENT_FIRST ? 'fragment-tiny' : 'transport-malformed', segments, row, slot);
    }
    if (flags & SEGMENT.FRAGMENT_LATER && !(flags & SEGMENT.IPV6)) this.fragmentEnd(data, segments, row, slot);
  }

  private fragmentEnd(data: Uint8Array, segments: SegmentBatch, row: number, slot: number): void {
    const c = segments.columns;
    const at = c.network[row]!;
    if (at + 20 > data.length || data[at]! >>> 4 !== 4) return;
    const offset = (u16(data, at + 6) & 0x1fff) * 8;
    if (offset + c.ipLength[row]! > 65535 + 60) this.say('fragment-beyond-64k', segments, row, slot);
  }

  tcp(segments: SegmentBatch, row: number, slot: number): void {
    const c = segments.columns;
    if (c.flags[row]! & (SEGMENT.FRAGMENT_LATER | SEGMENT.MALFORMED)) return;
    const name = this.flagNames[c.tcpFlags[row]! & 63];
    if (name) this.say(name, segments, row, slot);
  }

  /** ICMP and ICMPv6 with payload. */
  icmp(segments: SegmentBatch, row: number, slot: number): void {
    const c = segments.columns;
    if (c.flags[row]! & (SEGMENT.FRAGMENT_LATER | SEGMENT.MALFORMED)) return;
    if (c.payloadLength[row]! > ICMP_LARGE) this.say('icmp-oversize', segments, row, slot);
    const redirect = c.proto[row] === PROTO.ICMP ? 5 : 137;
    if (c.srcPort[row] === redirect) this.say('icmp-redirect', segments, row, slot);
  }

  private say(name: WeirdName, segments: SegmentBatch, row: number, slot: number): void {
    const index = WEIRD_INDEX.get(name)!;
    const bit = 1 << index;
    if (this.said[slot]! & bit) return;
    this.said[slot]! |= bit;
    if (this.inBatch[index]!++ >= PER_BATCH) return;
    if (!this.table || !this.hosts) return;
    this.messages.push({ ...headOfRow(segments, row, this.table), kind: 'weird', name, detail: '' });
  }
}
