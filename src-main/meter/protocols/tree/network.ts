/** ARP (RFC 826), IPv4 (RFC 791), IPv6 (RFC 8200) and GRE (RFC 2784). */
import { ipv4 as address4, ipv6 as address6, mac } from './addresses.ts';
import { byEtherType, byIpProtocol, ETHER_TYPES, IP_PROTOCOLS } from './numbers.ts';
import { hexText, named, type Next, type Part } from './part.ts';

const protocolWords = named(IP_PROTOCOLS);

const OPERATIONS = named({ 1: 'question', 2: 'answer', 3: 'reverse question', 4: 'reverse answer' });

export function arp(part: Part): Next | null {
  part.number('arp.hw.type', 'Hardware', 2);
  part.hex('arp.proto.type', 'Protocol', 2);
  const hardware = part.number('arp.hw.size', 'Length of a hardware address', 1);
  const protocol = part.number('arp.proto.size', 'Length of a protocol address', 1);
  const operation = part.number('arp.opcode', 'Operation', 2, OPERATIONS);
  if (hardware !== 6 || protocol !== 4) return part.rest('data');
  const sender = mac(part, 'arp.src.hw_mac', 'Sender’s hardware address');
  const from = address4(part, 'arp.src.proto_ipv4', 'Sender’s address');
  mac(part, 'arp.dst.hw_mac', 'Target’s hardware address');
  const to = address4(part, 'arp.dst.proto_ipv4', 'Target’s address');
  part.summary = operation === 1 ? `Who has ${to}? ${from} asks` : `${from} is at ${sender}`;
  return null;
}

const MORE = 0x2000;

function fragmentFields(part: Part): { offset: number; more: boolean } {
  const word = part.peek(2);
  const [from, to] = [part.at, part.at + 2];
  part.about('ip.flags.df', 'Do not fragment', from, from + 1, word & 0x4000 ? 'True' : 'False');
  part.about('ip.flags.mf', 'More fragments', from, from + 1, word & MORE ? 'True' : 'False');
  part.about('ip.frag_offset', 'Place of the fragment', from, to, String((word & 0x1fff) * 8));
  part.at = to;
  return { offset: word & 0x1fff, more: (word & MORE) !== 0 };
}

export function ipv4(part: Part): Next | null {
  const first = part.peek(1);
  const size = (first & 15) * 4;
  part.about('ip.version', 'Version', part.at, part.at + 1, String(first >> 4));
  part.about('ip.hdr_len', 'Length of the header', part.at, part.at + 1, `${size} bytes`);
  part.at += 1;
  part.hex('ip.dsfield', 'Differentiated services', 1);
  const length = part.number('ip.len', 'Total length', 2);
  part.hex('ip.id', 'Identification', 2);
  const { offset, more } = fragmentFields(part);
  part.number('ip.ttl', 'Time to live', 1);
  const protocol = part.number('ip.proto', 'Protocol', 1, protocolWords);
  part.hex('ip.checksum', 'Header checksum', 2);
  const from = address4(part, 'ip.src', 'Source');
  const to = address4(part, 'ip.dst', 'Destination');
  if (size > 20) part.take('ip.options', 'Options', size - 20);
  part.summary = `${from} → ${to} ${IP_PROTOCOLS[protocol] ?? `protocol ${protocol}`}`;
  // Segmentation offload leaves a length of 0: then the packet goes on to its end.
  if (length >= size && length > 0) part.end = Math.min(part.end, part.from + length);
  if (size < 20) part.note = 'The length of the header is too small.';
  if (offset > 0 || more) part.note = `A fragment of a packet, ${more ? 'not the last one' : 'the last one'}.`;
  return part.rest(offset > 0 || size < 20 ? 'data' : byIpProtocol(protocol));
}

/** Headers that may stand between IPv6 and what it carries: of these the length is in the second byte. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60, 135]);

export function ipv6(part: Part): Next | null {
  const word = part.peek(4);
  const [from, to] = [part.at, part.at + 4];
  part.about('ipv6.version', 'Version', from, from + 1, String(word >>> 28));
  part.about('ipv6.tclass', 'Traffic class', from, from + 2, hexText((word >>> 20) & 0xff, 2));
  part.about('ipv6.flow', 'Flow label', from + 1, to, hexText(word & 0xfffff, 5));
  part.at = to;
  const length = part.number('ipv6.plen', 'Payload length', 2);
  let protocol = part.number('ipv6.nxt', 'Next header', 1, protocolWords);
  part.number('ipv6.hlim', 'Hop limit', 1);
  const source = address6(part, 'ipv6.src', 'Source');
  const target = address6(part, 'ipv6.dst', 'Destination');
  if (length > 0) part.end = Math.min(part.end, part.at + length);
  while (EXTENSIONS.has(protocol)) {
    const size = 8 + part.peek(1, 1) * 8;
    const next = part.peek(1);
    part.take('ipv6.ext', `Header: ${IP_PROTOCOLS[protocol] ?? protocol}`, size);
    protocol = next;
  }
  part.summary = `${source} → ${target} ${IP_PROTOCOLS[protocol] ?? `protocol ${protocol}`}`;
  return protocol === 44 ? fragment6(part) : part.rest(byIpProtocol(protocol));
}

function fragment6(part: Part): Next | null {
  const protocol = part.number('ipv6.fraghdr.nxt', 'Fragment: next header', 1, protocolWords);
  part.at += 1;
  const word = part.number('ipv6.fraghdr.offset', 'Place of the fragment', 2, (v) => String(v & 0xfff8));
  part.hex('ipv6.fraghdr.ident', 'Identification', 4);
  part.note = `A fragment of a packet, ${word & 1 ? 'not the last one' : 'the last one'}.`;
  return part.rest((word & 0xfff8) === 0 ? byIpProtocol(protocol) : 'data');
}

/** The optional words are there by the bits of the first two bytes. */
export function gre(part: Part): Next | null {
  const flags = part.hex('gre.flags_and_version', 'Flags and version', 2);
  const type = part.number('gre.proto', 'Carries', 2, (v) =>
    Object.hasOwn(ETHER_TYPES, v) ? `${hexText(v, 4)} (${ETHER_TYPES[v]})` : hexText(v, 4),
  );
  if (flags & 0x8000) part.hex('gre.checksum', 'Checksum and offset', 4);
  if (flags & 0x2000) part.hex('gre.key', 'Key', 4);
  if (flags & 0x1000) part.number('gre.sequence_number', 'Sequence number', 4);
  if ((flags & 7) === 1 || type === 0x880b) return part.rest('data');
  return part.rest(type === 0x6558 ? 'ethernet' : byEtherType(type));
}
