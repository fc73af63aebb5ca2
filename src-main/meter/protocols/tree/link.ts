/** Ethernet, VLAN tags, MPLS, PPPoE, and what stands in their place on Linux, on the loopback and in a tunnel. */
import { mac } from './addresses.ts';
import { byEtherType, ETHER_TYPES, LENGTH_MAX } from './numbers.ts';
import { hexText, type Next, type Part } from './part.ts';

const typeWords = (type: number): string =>
  type <= LENGTH_MAX
    ? `${type} bytes`
    : `${hexText(type, 4)}${Object.hasOwn(ETHER_TYPES, type) ? ` (${ETHER_TYPES[type]})` : ''}`;

/** The type, or in frames of IEEE 802.3 the length of what an LLC header begins. */
function follow(part: Part, id: string): Next | null {
  const isLength = part.peek(2) <= LENGTH_MAX;
  const type = part.number(isLength ? 'eth.len' : id, isLength ? 'Length' : 'Type', 2, typeWords);
  if (!isLength) return part.rest(byEtherType(type));
  part.end = Math.min(part.end, part.at + type);
  return part.rest('llc');
}

export function ethernet(part: Part): Next | null {
  const to = mac(part, 'eth.dst', 'Destination');
  const from = mac(part, 'eth.src', 'Source');
  part.summary = `${from} → ${to}`;
  return follow(part, 'eth.type');
}

/** IEEE 802.1Q. */
export function vlan(part: Part): Next | null {
  const tag = part.peek(2);
  const [from, to] = [part.at, part.at + 2];
  part.about('vlan.priority', 'Priority', from, to, String(tag >> 13));
  part.about('vlan.dei', 'May be dropped', from, to, (tag >> 12) & 1 ? 'True' : 'False');
  part.about('vlan.id', 'VLAN', from, to, String(tag & 0xfff));
  part.at = to;
  part.summary = `VLAN ${tag & 0xfff}`;
  return follow(part, 'vlan.etype');
}

/** IEEE 802.2, with the Subnetwork Access Protocol. */
export function llc(part: Part): Next | null {
  const service = part.hex('llc.dsap', 'Destination service', 1);
  part.hex('llc.ssap', 'Source service', 1);
  part.hex('llc.control', 'Control', 1);
  if (service !== 0xaa) return part.rest('data');
  part.take('llc.oui', 'Organisation', 3);
  return part.rest(byEtherType(part.number('llc.type', 'Type', 2, typeWords)));
}

/** RFC 3032. */
export function mpls(part: Part): Next | null {
  const entry = part.peek(4);
  const [from, to] = [part.at, part.at + 4];
  part.about('mpls.label', 'Label', from, to, String(Math.floor(entry / 4096)));
  part.about('mpls.exp', 'Traffic class', from, to, String((entry >>> 9) & 7));
  part.about('mpls.bottom', 'Bottom of the stack', from, to, (entry >>> 8) & 1 ? '1' : '0');
  part.about('mpls.ttl', 'Time to live', from, to, String(entry & 0xff));
  part.at = to;
  if (((entry >>> 8) & 1) === 0) return part.rest('mpls');
  return part.left > 0 ? part.rest('raw') : null;
}

/** RFC 2516. */
export function pppoe(part: Part): Next | null {
  part.hex('pppoe.version_type', 'Version and type', 1);
  part.hex('pppoe.code', 'Code', 1);
  part.hex('pppoe.session_id', 'Session', 2);
  part.end = Math.min(part.end, part.at + 2 + part.number('pppoe.payload_length', 'Length', 2));
  const protocol = part.hex('ppp.protocol', 'Protocol', 2);
  return part.rest(protocol === 0x21 ? 'ipv4' : protocol === 0x57 ? 'ipv6' : 'data');
}

/** DLT_NULL in the byte order of the machine that captured, DLT_LOOP in that of the network. */
export function loopback(part: Part): Next | null {
  const isLittle = part.peek(2) !== 0;
  const family = isLittle ? part.little('null.family', 'Family', 4) : part.number('null.family', 'Family', 4);
  return part.rest(family === 2 ? 'ipv4' : [10, 24, 28, 30].includes(family) ? 'ipv6' : 'data');
}

export function raw(part: Part): Next | null {
  const version = part.peek(1) >> 4;
  return part.rest(version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : 'data');
}

const DIRECTIONS = ['to this machine', 'broadcast', 'multicast', 'to another machine', 'sent by this machine'];
const direction = (type: number): string => `${type}${DIRECTIONS[type] === undefined ? '' : ` (${DIRECTIONS[type]})`}`;

/** LINKTYPE_LINUX_SLL. */
export function cooked(part: Part): Next | null {
  part.number('sll.pkttype', 'Packet type', 2, direction);
  part.number('sll.hatype', 'Kind of interface', 2);
  const length = part.number('sll.halen', 'Length of the address', 2);
  part.take('sll.src.eth', 'Source', 8, (bytes) => addressOf(bytes, length));
  return part.rest(byEtherType(part.number('sll.etype', 'Protocol', 2, typeWords)));
}

/** LINKTYPE_LINUX_SLL2. */
export function cooked2(part: Part): Next | null {
  const type = part.number('sll.etype', 'Protocol', 2, typeWords);
  part.take('sll.unused', 'Reserved', 2);
  part.number('sll.ifindex', 'Interface', 4);
  part.number('sll.hatype', 'Kind of interface', 2);
  part.number('sll.pkttype', 'Packet type', 1, direction);
  const length = part.number('sll.halen', 'Length of the address', 1);
  part.take('sll.src.eth', 'Source', 8, (bytes) => addressOf(bytes, length));
  return part.rest(byEtherType(type));
}

function addressOf(bytes: Uint8Array, length: number): string {
  const used = Array.from(bytes.subarray(0, Math.min(8, length)), (byte) => byte.toString(16).padStart(2, '0'));
  return used.length === 0 ? 'none' : used.join(':');
}
