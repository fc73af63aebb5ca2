/** What is wrong with a packet's headers, by the names of `decode-event`. Each is told once a packet. */
import { PROTO, SEGMENT } from '../../../meter/packets/types.ts';
import type { Scene } from '../flow/scene.ts';

/** Events that are told. Those of fragments come from `fragments.ts`. */
export const DECODE_EVENTS: ReadonlySet<string> = new Set([
  ...['ipv4.trunc_pkt', 'ipv4.icmpv6', 'ipv4.opt_invalid_len', 'ipv4.opt_duplicate', 'ipv4.frag_overlap'],
  ...['ipv4.frag_pkt_too_large', 'ipv6.frag_overlap', 'ipv6.frag_pkt_too_large', 'ipv6.frag_invalid_length'],
  ...['ipv6.trunc_pkt', 'ipv6.trunc_exthdr', 'ipv6.exthdr_dupl_fh', 'ipv6.exthdr_useless_fh', 'ipv6.exthdr_dupl_rh'],
  ...['ipv6.exthdr_dupl_hh', 'ipv6.exthdr_dupl_dh', 'ipv6.rh_type_0', 'ipv6.fh_non_zero_reserved_field'],
  ...['ipv6.hopopts_unknown_opt', 'ipv6.hopopts_only_padding', 'ipv6.dstopts_unknown_opt', 'ipv6.dstopts_only_padding'],
  ...['ipv6.exthdr_invalid_optlen', 'ipv6.zero_len_padn', 'ipv6.data_after_none_header', 'ipv6.icmpv4'],
  ...['tcp.pkt_too_small', 'tcp.hlen_too_small', 'tcp.invalid_optlen', 'tcp.opt_invalid_len', 'tcp.opt_duplicate'],
  ...['udp.pkt_too_small', 'udp.len_invalid', 'icmpv4.pkt_too_small', 'icmpv6.pkt_too_small', 'sctp.pkt_too_small'],
  ...['igmp.pkt_too_small', 'igmp.v3_pkt_too_small', 'igmp.malformed'],
]);

/** Adds what is wrong with the packet at hand. */
export function decodeEvents(s: Scene, into: Set<string>): void {
  const { columns: c, row } = s;
  if (c.proto[row]! >= 256) return;
  const at = c.network[row]!;
  const end = Math.min(s.packetEnd, at + c.ipLength[row]!);
  const isSix = (c.flags[row]! & SEGMENT.IPV6) !== 0;
  if (at + c.ipLength[row]! > s.packetEnd) into.add(isSix ? 'ipv6.trunc_pkt' : 'ipv4.trunc_pkt');
  const found = isSix ? sixHeaders(s, at, end, into) : fourHeaders(s, at, into);
  if (found && (c.flags[row]! & SEGMENT.FRAGMENT_LATER) === 0)
    transportEvents(s, found.proto, found.at, end, isSix, into);
}

interface Upper {
  proto: number;
  at: number;
}

function fourHeaders(s: Scene, at: number, into: Set<string>): Upper | null {
  const { data } = s;
  const end = Math.min(s.packetEnd, at + (data[at]! & 15) * 4);
  const seen = new Set<number>();
  for (let p = at + 20; p < end;) {
    const kind = data[p]!;
    if (kind === 0) break;
    if (kind === 1) {
      p++;
      continue;
    }
    const length = data[p + 1] ?? 0;
    if (length < 2 || p + length > end) {
      into.add('ipv4.opt_invalid_len');
      break;
    }
    if (seen.has(kind)) into.add('ipv4.opt_duplicate');
    seen.add(kind);
    p += length;
  }
  const proto = data[at + 9]!;
  if (proto === PROTO.ICMPV6) into.add('ipv4.icmpv6');
  return { proto, at: end };
}

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const NONE = 59;
const DESTINATION = 60;
const DUPLICATES: ReadonlyMap<number, string> = new Map([
  [HOP_BY_HOP, 'ipv6.exthdr_dupl_hh'],
  [ROUTING, 'ipv6.exthdr_dupl_rh'],
  [FRAGMENT, 'ipv6.exthdr_dupl_fh'],
]);
/** A destination options header may stand before and after routing. */
const DESTINATIONS = 2;

function sixHeaders(s: Scene, network: number, end: number, into: Set<string>): Upper | null {
  const { data, view } = s;
  let next = data[network + 6]!;
  let at = network + 40;
  const seen = new Map<number, number>();
  for (let i = 0; i < 64; i++) {
    const isExtension = next === HOP_BY_HOP || next === ROUTING || next === FRAGMENT || next === DESTINATION;
    if (!isExtension) {
      if (i > 0 && next !== NONE && end - at < 2) into.add('ipv6.trunc_exthdr');
      if (next === NONE && end > at) into.add('ipv6.data_after_none_header');
      if (next === PROTO.ICMP) into.add('ipv6.icmpv4');
      return next === NONE ? null : { proto: next, at };
    }
    const length = next === FRAGMENT ? 8 : ((data[at + 1] ?? 0) + 1) * 8;
    if (end - at < 8 || at + length > end) {
      into.add('ipv6.trunc_exthdr');
      return null;
    }
    const times = (seen.get(next) ?? 0) + 1;
    seen.set(next, times);
    const duplicate = DUPLICATES.get(next);
    if (duplicate !== undefined && times > 1) into.add(duplicate);
    if (next === DESTINATION && times > DESTINATIONS) into.add('ipv6.exthdr_dupl_dh');
    if (next === FRAGMENT) {
      if (data[at + 1] !== 0) into.add('ipv6.fh_non_zero_reserved_field');
      if ((view.getUint16(at + 2) & 0xfff9) !== 0) return null;
      into.add('ipv6.exthdr_useless_fh');
    } else if (next === ROUTING) {
      if (data[at + 2] === 0) into.add('ipv6.rh_type_0');
    } else optionEvents(data, at + 2, at + length, next === HOP_BY_HOP ? 'hopopts' : 'dstopts', into);
    next = data[at]!;
    at += length;
  }
  return null;
}

const PAD_N = 1;
/** Router alert, jumbo payload, home address, quick start, and the like have fixed lengths. */
const OPTION_LENGTHS: ReadonlyMap<number, number> = new Map([
  [5, 2],
  [0xc2, 4],
  [0xc9, 16],
]);

function optionEvents(data: Uint8Array, from: number, end: number, name: string, into: Set<string>): void {
  let padding = true;
  for (let p = from; p < end;) {
    const kind = data[p]!;
    if (kind === 0) {
      p++;
      continue;
    }
    const length = data[p + 1] ?? 0;
    if (p + 2 + length > end) {
      into.add('ipv6.exthdr_invalid_optlen');
      return;
    }
    const wanted = OPTION_LENGTHS.get(kind);
    if (kind === PAD_N) {
      if (length === 0) into.add('ipv6.zero_len_padn');
    } else {
      padding = false;
      if (wanted === undefined) into.add(`ipv6.${name}_unknown_opt`);
      else if (wanted !== length) into.add('ipv6.exthdr_invalid_optlen');
    }
    p += 2 + length;
  }
  if (padding) into.add(`ipv6.${name}_only_padding`);
}

const SMALLEST: ReadonlyMap<number, readonly [string, number]> = new Map<number, readonly [string, number]>([
  [PROTO.TCP, ['tcp.pkt_too_small', 20]],
  [PROTO.UDP, ['udp.pkt_too_small', 8]],
  [PROTO.ICMP, ['icmpv4.pkt_too_small', 8]],
  [PROTO.ICMPV6, ['icmpv6.pkt_too_small', 8]],
  [PROTO.SCTP, ['sctp.pkt_too_small', 12]],
  [PROTO.IGMP, ['igmp.pkt_too_small', 8]],
]);
const IGMP_V3_REPORT = 0x22;

function transportEvents(s: Scene, proto: number, at: number, end: number, isSix: boolean, into: Set<string>): void {
  const smallest = SMALLEST.get(proto);
  const foreign = isSix ? proto === PROTO.ICMP : proto === PROTO.ICMPV6;
  if (!smallest || foreign) return;
  if (end - at < smallest[1]) {
    into.add(smallest[0]);
    return;
  }
  const isFragment = (s.columns.flags[s.row]! & SEGMENT.FRAGMENT_FIRST) !== 0;
  if (proto === PROTO.TCP) tcpEvents(s.data, at, end, into);
  else if (proto === PROTO.UDP && !isFragment) {
    const length = s.view.getUint16(at + 4);
    if (length !== 0 && (length < 8 || length > s.columns.network[s.row]! + s.columns.ipLength[s.row]! - at))
      into.add('udp.len_invalid');
  } else if (proto === PROTO.IGMP && s.data[at] === IGMP_V3_REPORT) igmpEvents(s, at, end, into);
}

function igmpEvents(s: Scene, at: number, end: number, into: Set<string>): void {
  const groups = s.view.getUint16(at + 6);
  if (end - at < 8 + groups * 8) into.add('igmp.malformed');
}

/** Lengths of TCP options that are fixed. */
const TCP_LENGTHS: ReadonlyMap<number, number> = new Map([
  [2, 4],
  [3, 3],
  [4, 2],
  [8, 10],
]);
const SACK = 5;

function tcpEvents(data: Uint8Array, at: number, end: number, into: Set<string>): void {
  const length = (data[at + 12]! >>> 4) * 4;
  if (length < 20) into.add('tcp.hlen_too_small');
  if (length < 20) return;
  if (at + length > end) {
    into.add('tcp.invalid_optlen');
    return;
  }
  const seen = new Set<number>();
  for (let p = at + 20; p < at + length;) {
    const kind = data[p]!;
    if (kind === 0) return;
    if (kind === 1) {
      p++;
      continue;
    }
    const size = data[p + 1] ?? 0;
    if (size < 2 || p + size > at + length) {
      into.add('tcp.opt_invalid_len');
      return;
    }
    const isSack = kind === SACK && (size < 10 || (size - 2) % 8 !== 0) && size !== 2;
    if (isSack || (TCP_LENGTHS.get(kind) ?? size) !== size) into.add('tcp.opt_invalid_len');
    else if (seen.has(kind) && TCP_LENGTHS.has(kind)) into.add('tcp.opt_duplicate');
    seen.add(kind);
    p += size;
  }
}
