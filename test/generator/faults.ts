/** What goes wrong while capturing, done to sound captures: each takes packets and gives what would have been captured. */
import { esp, ethernet, frame, ipv4, wlan } from './frames.ts';
import type { PacketIn } from './write.ts';

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET = 14;
const SECOND = 1_000_000_000n;

/** The packets of a little-endian pcap with nanoseconds, as `format: 'pcap-ns'` gives it. */
export function packetsOf(file: Uint8Array): PacketIn[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const packets: PacketIn[] = [];
  for (let at = FILE_HEADER; at + RECORD_HEADER <= file.length;) {
    const length = view.getUint32(at + 8, true);
    const ts = BigInt(view.getUint32(at, true)) * SECOND + BigInt(view.getUint32(at + 4, true));
    const data = file.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length);
    packets.push({ ts, data, originalLength: view.getUint32(at + 12, true) });
    at += RECORD_HEADER + length;
  }
  return packets;
}

const isIpv4 = ({ data }: PacketIn): boolean => data[12] === 0x08 && data[13] === 0 && data[14] === 0x45;

function addresses({ data }: PacketIn): [src: number, dst: number] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return [view.getUint32(ETHERNET + 12), view.getUint32(ETHERNET + 16)];
}

/** A tap on one of two fibres: of every two hosts, one is heard. */
export function oneDirection(packets: readonly PacketIn[]): PacketIn[] {
  return packets.filter((packet) => !isIpv4(packet) || addresses(packet)[0] < addresses(packet)[1]);
}

/** A snap length. */
export function cutTo(packets: readonly PacketIn[], length: number): PacketIn[] {
  return packets.map((packet) => ({
    ...packet,
    data: packet.data.subarray(0, length),
    originalLength: packet.originalLength ?? packet.data.length,
  }));
}

/** A disk or a mirror port that is too slow: of long packets, one in `every` is lost. */
export function lose(packets: readonly PacketIn[], every: number): PacketIn[] {
  let long = 0;
  return packets.filter(({ data }) => data.length < 500 || ++long % every !== 0);
}

/** A mirror port that copies packets where they come in and where they go out; `routed`: on both sides of a router. */
export function twice(packets: readonly PacketIn[], routed = false): PacketIn[] {
  return packets.flatMap((packet) => {
    const data = packet.data.slice();
    if (routed && isIpv4(packet)) data[ETHERNET + 8] = data[ETHERNET + 8]! - 1;
    return [packet, { ...packet, ts: packet.ts + 20_000n, data }];
  });
}

/** A clock that is set while the capture runs, by so many seconds, in the middle of the packets. */
export function clockSet(packets: readonly PacketIn[], seconds: number): PacketIn[] {
  const middle = packets.length >> 1;
  return packets.map((packet, n) => (n < middle ? packet : { ...packet, ts: packet.ts + BigInt(seconds) * SECOND }));
}

export function later(packets: readonly PacketIn[], seconds: number): PacketIn[] {
  return packets.map((packet) => ({ ...packet, ts: packet.ts + BigInt(seconds) * SECOND }));
}

/** Captured between two gateways that encrypt: every packet is in one tunnel of IPsec. */
export function inIpsec(packets: readonly PacketIn[]): PacketIn[] {
  return packets.map(({ ts, data }, n) => ({
    ts,
    data: frame(ethernet(), ipv4({ src: '198.51.100.1', dst: '203.0.113.1', id: n }), esp({ sequence: n }), data),
  }));
}

/** Captured from the air of a protected network (link type IEEE802_11). */
export function onAir(packets: readonly PacketIn[]): PacketIn[] {
  return packets.map(({ ts, data }) => ({ ts, data: frame(wlan({ protectedFrame: true }), data) }));
}

/** Captured outside of a router that gives `networks` its own address, and takes one from the time to live. */
export function behindNat(packets: readonly PacketIn[], isInside: (address: number) => boolean): PacketIn[] {
  const own = [203, 0, 113, 9];
  return packets.flatMap((packet) => {
    if (!isIpv4(packet)) return [];
    const [src, dst] = addresses(packet);
    if (isInside(src) === isInside(dst)) return [];
    const data = packet.data.slice();
    data.set(own, ETHERNET + (isInside(src) ? 12 : 16));
    if (isInside(src)) data[ETHERNET + 8] = data[ETHERNET + 8]! - 1;
    return [{ ...packet, data }];
  });
}
