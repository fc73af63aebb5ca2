/**
 * Counts, packet by packet, what tells whether a capture can be trusted: cut packets, copies, the clock, tunnels that
 * stay shut. Two flat loops over the columns of a batch and no memory but what is here.
 */
import { PROTO, SEGMENT, type PacketBatch, type SegmentBatch } from '../packets/types.ts';

/** Places of packets that are remembered to find copies: copies follow each other within few packets. */
const PLACES = 8192;
/** A copy comes within this, seconds. What was sent again by TCP, ARP or an application comes later. */
const COPY_S = 0.1;
/** More copies than this of one packet are a sender that repeats itself, as in a flood. */
const COPIES_MAX = 3;
/** One packet in four is compared, chosen by what a copy has the same: bytes of packets are far in memory, columns are near. */
const SAMPLE_SHIFT = 30;
/** Back by more than this is a jump, seconds: queues of one card, and cards of one file, may differ by less. */
const BACK_S = 1;
/** A silence that may be a jump of the clock, seconds. */
const SILENCE_S = 3600;
/** 2³² by the golden ratio (Knuth): multiplied by it, what is close lies far apart. */
const GOLDEN = 0x9e3779b1;
/** IPv6 has no identification, and fragments share one. */
const UNCOMPARED = SEGMENT.IPV6 | SEGMENT.FRAGMENT_LATER | SEGMENT.FRAGMENT_FIRST;

/** The clock of one input. Seconds. */
export interface InputClock {
  packets: number;
  last: number;
  first: number;
  latest: number;
  back: number;
  backMost: number;
  /** The sum of silences of an hour and more, and how many. */
  silence: number;
  silences: number;
}

export class PacketTally {
  packets = 0;
  wireBytes = 0;
  capturedBytes = 0;
  /** Packets with fewer bytes than on the wire, and the most that any of them kept. */
  cut = 0;
  cutTo = 0;
  /** IP bytes of outermost headers; of them those of tunnels that stay shut, by IP protocol. */
  ipBytes = 0;
  espBytes = 0;
  shutBytes = 0;
  /** Packets that could be compared, those that came again, and of these the ones that had passed a router between. */
  compared = 0;
  copies = 0;
  routed = 0;
  readonly clocks: (InputClock | undefined)[] = [];
  private readonly hashes = new Uint32Array(PLACES);
  private readonly times = new Float64Array(PLACES).fill(-Infinity);
  private readonly ttls = new Uint8Array(PLACES);
  private readonly seen = new Uint8Array(PLACES);

  take(packets: PacketBatch, segments: SegmentBatch): void {
    this.records(packets);
    this.datagrams(packets.data, segments);
  }

  /** Sums are kept in locals: a field that holds a fraction is written to memory for every packet. */
  private records(packets: PacketBatch): void {
    const { captured, wire, sec, nano, input } = packets.columns;
    const { count } = packets;
    let wireBytes = 0;
    let capturedBytes = 0;
    for (let i = 0; i < count; i++) {
      const kept = captured[i]!;
      const full = wire[i]!;
      wireBytes += full;
      capturedBytes += kept;
      if (kept < full) this.wasCut(kept);
    }
    for (let from = 0; from < count;) {
      const of = input[from]!;
      let to = from + 1;
      while (to < count && input[to] === of) to++;
      const clock = this.clocks[of] ?? this.clock(of, sec[from]! + nano[from]! * 1e-9);
      stretch(clock, sec, nano, from, to);
      from = to;
    }
    this.packets += count;
    this.wireBytes += wireBytes;
    this.capturedBytes += capturedBytes;
  }

  private wasCut(kept: number): void {
    this.cut++;
    if (kept > this.cutTo) this.cutTo = kept;
  }

  private clock(input: number, time: number): InputClock {
    return (this.clocks[input] = {
      packets: 0,
      last: time,
      first: time,
      latest: time,
      back: 0,
      backMost: 0,
      silence: 0,
      silences: 0,
    });
  }

  private datagrams(data: Uint8Array, segments: SegmentBatch): void {
    const { outer, flags, proto, ipLength, network, srcPort, dstPort, tcpSeq } = segments.columns;
    const { count } = segments;
    let ipBytes = 0;
    for (let row = 0; row < count; row++) {
      if (outer[row] !== -1) continue;
      const kind = proto[row]!;
      if (kind === PROTO.ARP) continue;
      const length = ipLength[row]!;
      const flag = flags[row]!;
      ipBytes += length;
      if (kind === PROTO.ESP) this.espBytes += length;
      else if (kind === PROTO.GRE && (flag & SEGMENT.HAS_INNER) === 0) this.shutBytes += length;
      if ((flag & UNCOMPARED) !== 0) continue;
      const draw = (srcPort[row]! << 16) ^ dstPort[row]! ^ tcpSeq[row]! ^ (length << 7);
      if (Math.imul(draw ^ (draw >>> 15), GOLDEN) >>> SAMPLE_SHIFT !== 0) continue;
      const at = network[row]! + 4;
      const id = (data[at]! << 8) | data[at + 1]!;
      // Zero stands for "not identified" (RFC 6864), and would be the same in what is sent again.
      if (id !== 0) this.compare(data, segments, row, id);
    }
    this.ipBytes += ipBytes;
  }

  /** Looks whether this datagram was here a moment ago. Its time to live may have gone down on a router. */
  private compare(data: Uint8Array, segments: SegmentBatch, row: number, id: number): void {
    const c = segments.columns;
    const w = row * 4 + 3;
    const hash = datagramHash(data, segments, row, id);
    const time = c.sec[row]! + c.nano[row]! * 1e-9;
    const place = hash & (PLACES - 1);
    const { hashes, times, seen, ttls } = this;
    this.compared++;
    const isSame = hashes[place] === hash && Math.abs(time - times[place]!) <= COPY_S && c.src[w] !== c.dst[w];
    if (!isSame) {
      hashes[place] = hash;
      seen[place] = 0;
      ttls[place] = c.ttl[row]!;
    } else this.again(place, c.ttl[row]!);
    times[place] = time;
  }

  private again(place: number, ttl: number): void {
    const { seen, ttls } = this;
    const times = ++seen[place]!;
    const isRouted = ttls[place] !== ttl;
    if (times < COPIES_MAX) {
      this.copies++;
      if (isRouted) this.routed++;
    } else if (times === COPIES_MAX) this.takeBack(isRouted);
    else seen[place] = COPIES_MAX;
  }

  /** It was no copy but a sender that repeats itself: what was counted of it, and its first, do not count. */
  private takeBack(isRouted: boolean): void {
    this.copies -= COPIES_MAX - 1;
    this.compared -= COPIES_MAX - 1;
    if (isRouted) this.routed = Math.max(0, this.routed - (COPIES_MAX - 1));
  }
}

/** The packets `from…to` of one input. */
function stretch(clock: InputClock, sec: Float64Array, nano: Uint32Array, from: number, to: number): void {
  let { last, latest } = clock;
  for (let i = from; i < to; i++) {
    const time = sec[i]! + nano[i]! * 1e-9;
    const step = time - last;
    if (step < -BACK_S) back(clock, -step);
    else if (step >= SILENCE_S) silent(clock, step);
    last = time;
    if (time > latest) latest = time;
  }
  clock.last = last;
  clock.latest = latest;
  clock.packets += to - from;
}

function back(clock: InputClock, by: number): void {
  clock.back++;
  if (by > clock.backMost) clock.backMost = by;
}

function silent(clock: InputClock, by: number): void {
  clock.silences++;
  clock.silence += by;
}

const mix = (hash: number, value: number): number => Math.imul((hash ^ value) | 0, GOLDEN) ^ (hash >>> 15);

/** Where the checksum of a transport stands in its header; of others, what tells their packets apart (ESP: the number). */
function markAt(proto: number): number {
  if (proto === PROTO.TCP) return 16;
  if (proto === PROTO.UDP) return 6;
  return proto === PROTO.ICMP ? 2 : 6;
}

/** Of what stays the same on the way: addresses, identification, length, ports, numbers, and the transport's checksum. */
function datagramHash(data: Uint8Array, segments: SegmentBatch, row: number, id: number): number {
  const c = segments.columns;
  const w = row * 4 + 3;
  const at = c.transport[row]! + markAt(c.proto[row]!);
  const mark = (data[at]! << 8) | data[at + 1]!;
  const ports = (c.srcPort[row]! << 16) | c.dstPort[row]!;
  const ends = mix(mix(mix(id, c.src[w]!), c.dst[w]!), ports);
  return mix(mix(mix(mix(ends, c.ipLength[row]!), c.tcpSeq[row]!), c.tcpAck[row]!), mark) >>> 0;
}
