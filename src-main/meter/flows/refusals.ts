/** ICMP errors quote the packet they refuse: which flow was it? */
import { PROTO, type PacketBatch } from '../packets/types.ts';
import type { FlowIndex } from './lookup.ts';

const UNREACHABLE = 3;
const UNREACHABLE_V6 = 1;
const ICMP_HEADER = 8;
const IPV6_HEADER = 40;

const addresses = new Uint32Array(8);

export function isUnreachable(proto: number, type: number): boolean {
  return proto === PROTO.ICMP ? type === UNREACHABLE : type === UNREACHABLE_V6;
}

function word(data: Uint8Array, at: number): number {
  return ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0;
}

function half(data: Uint8Array, at: number): number {
  return (data[at]! << 8) | data[at + 1]!;
}

/**
 * Slot of the flow whose packet is quoted after the ICMP header at `transport` (before `end`), or -1. Only packets of
 * TCP and UDP, sent by their flow's originator, count.
 */
export function refusedFlow(
  index: FlowIndex,
  packets: PacketBatch,
  transport: number,
  end: number,
  tag: number,
): number {
  const data = packets.data;
  const at = transport + ICMP_HEADER;
  if (at + 20 > end) return -1;
  const version = data[at]! >> 4;
  const ports = version === 4 ? quoteV4(data, at) : version === 6 && at + IPV6_HEADER <= end ? quoteV6(data, at) : -1;
  if (ports < 0 || ports + 4 > end) return -1;
  const proto = version === 4 ? data[at + 9]! : data[at + 6]!;
  if (proto !== PROTO.TCP && proto !== PROTO.UDP) return -1;
  const sport = half(data, ports);
  const dport = half(data, ports + 2);
  const hash = index.hash(addresses, 0, sport, addresses, 4, dport, proto);
  const slot = index.find(hash, addresses, 0, sport, addresses, 4, dport, proto, tag, false);
  return slot >= 0 && index.side === 0 ? slot : -1;
}

/** Fills in `addresses`; returns where the ports stand. */
function quoteV4(data: Uint8Array, at: number): number {
  addresses.fill(0);
  addresses[2] = 0xffff;
  addresses[3] = word(data, at + 12);
  addresses[6] = 0xffff;
  addresses[7] = word(data, at + 16);
  const header = (data[at]! & 15) * 4;
  return header < 20 ? -1 : at + header;
}

function quoteV6(data: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) addresses[i] = word(data, at + 8 + i * 4);
  return at + IPV6_HEADER;
}
