/** Which packets belong to a set of flows: by addresses, ports and the time each flow was alive. */
import { hashAddress } from '../../meter/hosts.ts';
import { PROTO, type PacketBatch, type SegmentBatch } from '../../meter/packets/types.ts';
import type { ArpNamed, PacketKey } from '../store/queries/packets.ts';

/** Seconds by which a packet may lie outside its flow: durations are kept as doubles. */
export const SLACK = 2e-6;

/**
 * A flow's duration ends, as in Zeek, before the last acknowledgements of its closing. They belong to it all the same:
 * within this many seconds, and only as many packets as the flow had.
 */
export const CLOSING = 300;

export interface Flow {
  /** As in its key. */
  id: number;
  orig: Uint32Array;
  resp: Uint32Array;
  origPort: number;
  respPort: number;
  proto: number;
  first: number;
  last: number;
  /** Packets of it that have not been seen yet. */
  missing: number;
}

function words(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  return Uint32Array.from([0, 4, 8, 12], (at) => view.getUint32(at));
}

function same(a: Uint32Array, b: Uint32Array, at: number): boolean {
  return a[0] === b[at] && a[1] === b[at + 1] && a[2] === b[at + 2] && a[3] === b[at + 3];
}

const addressHash = (w: Uint32Array, at: number): number => hashAddress(w[at]!, w[at + 1]!, w[at + 2]!, w[at + 3]!);

/** ICMP's type and code are kept in the ports' place, other protocols' numbers are none: only these have two ends. */
function hasPorts(proto: number): boolean {
  return proto === PROTO.TCP || proto === PROTO.UDP || proto === PROTO.SCTP;
}

/** Where ARP (RFC 826) has the sender's card; its length stands at the byte before the operation. */
const [ARP_LENGTH, ARP_SENDER, CARD_LENGTH] = [4, 8, 6];

export class FlowMatch {
  /** By a hash that is the same for both directions. */
  private readonly flows = new Map<number, Flow[]>();

  /** Addresses in ARP are IPv4: their last word. */
  private readonly addresses: ReadonlySet<number>;
  private readonly cards: ReadonlySet<number>;
  private readonly endless: boolean;
  /** Flows of which packets are still to come. */
  private waiting = 0;

  constructor(keys: readonly PacketKey[], arp: ArpNamed | null = null) {
    const named = arp?.addresses.map(words) ?? [];
    this.addresses = new Set(named.filter((w) => w[0] === 0 && w[1] === 0 && w[2] === 0xffff).map((w) => w[3]!));
    this.cards = new Set(arp?.cards);
    this.endless = arp !== null;
    for (const key of keys) {
      const orig = words(key.orig);
      const resp = words(key.resp);
      const first = key.sec + key.nano / 1e9;
      const flow = {
        id: key.id,
        orig,
        resp,
        origPort: key.origPort,
        respPort: key.respPort,
        proto: key.proto,
        first,
        last: first + key.duration,
        missing: key.packets,
      };
      const hash = (addressHash(orig, 0) + addressHash(resp, 0) + key.proto) >>> 0;
      const known = this.flows.get(hash);
      if (known) known.push(flow);
      else this.flows.set(hash, [flow]);
      if (flow.missing > 0) this.waiting++;
    }
  }

  /**
   * Marks the packets of which one of the datagrams, outer or inner, belongs to one of the flows. Batches must come in
   * the order of the capture, and `segments` are those of `batch`. `onMatch` is told of each such datagram by its row;
   * of ARP without a flow.
   */
  mark(
    batch: Pick<PacketBatch, 'data'>,
    segments: SegmentBatch,
    packets: Uint8Array,
    onMatch: (row: number, flow: Flow | null) => void = () => undefined,
  ): void {
    const c = segments.columns;
    for (let row = 0; row < segments.count; row++) {
      const at = row * 4;
      const near = this.flows.get((addressHash(c.src, at) + addressHash(c.dst, at) + c.proto[row]!) >>> 0);
      const flow = near && this.ownerOf(near, segments, row);
      if (this.isArp(batch.data, segments, row)) {
        packets[c.packet[row]!] = 1;
        onMatch(row, null);
      }
      if (!flow) continue;
      flow.missing--;
      if (flow.missing === 0) this.waiting--;
      packets[c.packet[row]!] = 1;
      onMatch(row, flow);
    }
  }

  /** Every flow has had as many packets as it had when it was metered: no other will come. */
  get complete(): boolean {
    return this.waiting === 0 && !this.endless;
  }

  /** Whoever forges an answer writes an address of another into it, and his own card; the frame around it may say anything. */
  private isArp(data: Uint8Array, { columns: c }: SegmentBatch, row: number): boolean {
    if (!this.endless || c.proto[row] !== PROTO.ARP) return false;
    const last = row * 4 + 3;
    if (this.addresses.has(c.src[last]!) || this.addresses.has(c.dst[last]!)) return true;
    const at = c.network[row]!;
    if (this.cards.size === 0 || data[at + ARP_LENGTH] !== CARD_LENGTH) return false;
    let card = 0;
    for (let i = 0; i < CARD_LENGTH; i++) card = card * 256 + data[at + ARP_SENDER + i]!;
    return this.cards.has(card);
  }

  /** The flow that was alive then, else one that had just ended and is not complete. */
  private ownerOf(near: readonly Flow[], segments: SegmentBatch, row: number): Flow | undefined {
    const c = segments.columns;
    const time = c.sec[row]! + c.nano[row]! / 1e9;
    const own = near.filter((flow) => time >= flow.first - SLACK && sameEnds(flow, segments, row));
    return (
      own.find((flow) => time <= flow.last + SLACK) ??
      own.find((flow) => flow.missing > 0 && time <= flow.last + CLOSING)
    );
  }
}

/** Whether the datagram goes the way of the flow's first one. */
export function isFromOriginator(flow: Flow, { columns: c }: SegmentBatch, row: number): boolean {
  return same(flow.orig, c.src, row * 4) && (!hasPorts(flow.proto) || flow.origPort === c.srcPort[row]);
}

function sameEnds(flow: Flow, segments: SegmentBatch, row: number): boolean {
  const c = segments.columns;
  if (flow.proto !== c.proto[row]) return false;
  const at = row * 4;
  const there = same(flow.orig, c.src, at) && same(flow.resp, c.dst, at);
  const back = same(flow.orig, c.dst, at) && same(flow.resp, c.src, at);
  if (!hasPorts(flow.proto)) return there || back;
  const [src, dst] = [c.srcPort[row]!, c.dstPort[row]!];
  return (
    (there && flow.origPort === src && flow.respPort === dst) ||
    (back && flow.origPort === dst && flow.respPort === src)
  );
}
