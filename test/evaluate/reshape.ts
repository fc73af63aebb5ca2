/**
 * What an attacker does to an attack so that it is not found, done to the packets of one: slower, out of rhythm, from many
 * addresses. Packets are Ethernet frames in order of time; checksums are not written anew, and IPv4 only is spread.
 */
import { Rng } from '../generator/prng.ts';

export interface Packet {
  /** Nanoseconds from the start of the capture. */
  time: number;
  frame: Uint8Array;
}

const HEADER = 24;
const RECORD = 16;
const ETHERNET = 14;
const IPV4 = 0x0800;
const TCP = 6;
const UDP = 17;

/** Packets of a pcap file as the generator writes it (little endian, microseconds). `start`: seconds since 1970. */
export function packetsOf(pcap: Uint8Array, start: number): Packet[] {
  const view = new DataView(pcap.buffer, pcap.byteOffset, pcap.length);
  const packets: Packet[] = [];
  for (let at = HEADER; at + RECORD <= pcap.length;) {
    const seconds = view.getUint32(at, true) - start;
    const length = view.getUint32(at + 8, true);
    const time = seconds * 1e9 + view.getUint32(at + 4, true) * 1000;
    packets.push({ time, frame: pcap.slice(at + RECORD, at + RECORD + length) });
    at += RECORD + length;
  }
  return packets;
}

/** Both ends of a frame with their ports, the same in both directions; of what is no IPv4, the card it comes from. */
export function conversationOf(frame: Uint8Array): string {
  if (typeOf(frame) !== IPV4) return `card ${frame.subarray(6, 12).join(':')}`;
  const protocol = frame[ETHERNET + 9]!;
  const ports = protocol === TCP || protocol === UDP ? ETHERNET + (frame[ETHERNET]! & 15) * 4 : -1;
  const end = (address: number, port: number): string =>
    `${addressAt(frame, address)}:${ports < 0 ? 0 : (frame[port]! << 8) | frame[port + 1]!}`;
  const ends = [end(SOURCE, ports), end(TARGET, ports + 2)].sort();
  return `${protocol} ${ends.join(' ')}`;
}

const SOURCE = ETHERNET + 12;
const TARGET = ETHERNET + 16;

function typeOf(frame: Uint8Array): number {
  return (frame[12]! << 8) | frame[13]!;
}

function addressAt(frame: Uint8Array, at: number): string {
  return frame.subarray(at, at + 4).join('.');
}

const byTime = (a: Packet, b: Packet): number => a.time - b.time;

/** All intervals `times` as long. */
export function slower(packets: readonly Packet[], times: number): Packet[] {
  const first = packets[0]?.time ?? 0;
  return packets.map(({ time, frame }) => ({ time: first + (time - first) * times, frame }));
}

/** Every conversation begins up to `share` of the usual interval between conversations later, drawn evenly. */
export function jittered(packets: readonly Packet[], share: number, seed: number): Packet[] {
  const rng = new Rng(seed);
  const begins = new Map<string, number>();
  for (const { time, frame } of packets) {
    const key = conversationOf(frame);
    if (!begins.has(key)) begins.set(key, time);
  }
  const starts = [...begins.values()];
  const gaps = starts.slice(1).map((start, i) => start - starts[i]!);
  const usual = gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 0;
  const later = new Map([...begins.keys()].map((key) => [key, rng.range(0, share * usual)]));
  return packets.map(({ time, frame }) => ({ time: time + later.get(conversationOf(frame))!, frame })).sort(byTime);
}

/**
 * The conversations of each of `sources` (dotted quads) are dealt out to `count` addresses: inside to others of the same
 * /24, outside to others of the same /16. Answers all addresses too.
 */
export function spread(
  packets: readonly Packet[],
  sources: readonly string[],
  count: number,
): { packets: Packet[]; sources: string[] } {
  const dealt = new Map<string, number>();
  const used = new Set<string>();
  const out = packets.map(({ time, frame }) => {
    const at = [SOURCE, TARGET].find((place) => typeOf(frame) === IPV4 && sources.includes(addressAt(frame, place)));
    if (at === undefined) return { time, frame };
    const key = conversationOf(frame);
    let number = dealt.get(key);
    if (number === undefined) dealt.set(key, (number = dealt.size % count));
    const changed = frame.slice();
    const local = changed[at] === 10 || (changed[at] === 192 && changed[at + 1] === 168);
    if (number > 0 && local) changed[at + 3] = 199 + number;
    else if (number > 0) changed[at + 2] = (changed[at + 2]! + number) & 255;
    // The card goes with the address.
    if (local) changed[at === SOURCE ? 11 : 5]! += number;
    used.add(addressAt(changed, at));
    return { time, frame: changed };
  });
  return { packets: out, sources: [...used] };
}
