/** TCP (RFC 9293) and UDP (RFC 768). */
import { byContent, byPorts } from './applications.ts';
import { hexText, named, type Next, type Part } from './part.ts';

const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'] as const;

export function flagText(flags: number): string {
  return FLAG_NAMES.filter((_, bit) => (flags >> bit) & 1).join(' ');
}

const OPTIONS = {
  0: 'end of the options',
  1: 'nothing',
  2: 'largest segment',
  3: 'window scale',
  4: 'selective acknowledgements allowed',
  5: 'selective acknowledgement',
  8: 'timestamps',
} as const;
const optionName = named(OPTIONS);

function options(part: Part, end: number): void {
  part.about('tcp.options', 'Options', part.at, end, `${end - part.at} bytes`);
  part.depth = 1;
  while (part.at < end) {
    const kind = part.peek(1);
    const size = kind < 2 ? 1 : Math.max(2, part.at + 1 < end ? part.peek(1, 1) : 2);
    const to = Math.min(end, part.at + size);
    part.about('tcp.option_kind', optionName(kind), part.at, to, optionValue(part, kind, to - part.at));
    part.at = to;
  }
  part.depth = 0;
}

function optionValue(part: Part, kind: number, size: number): string {
  if (kind === 2 && size === 4) return String(part.peek(2, 2));
  if (kind === 3 && size === 3) return `times ${2 ** Math.min(14, part.peek(1, 2))}`;
  if (kind === 8 && size === 10) return `${part.peek(4, 2)}, answers ${part.peek(4, 6)}`;
  return '';
}

export function tcp(part: Part): Next | null {
  const from = part.number('tcp.srcport', 'Source port', 2);
  const to = part.number('tcp.dstport', 'Destination port', 2);
  const sequence = part.number('tcp.seq_raw', 'Sequence number', 4);
  const acknowledged = part.number('tcp.ack_raw', 'Acknowledgement number', 4);
  const word = part.peek(2);
  const size = (word >> 12) * 4;
  part.about('tcp.hdr_len', 'Length of the header', part.at, part.at + 1, `${size} bytes`);
  part.about('tcp.flags', 'Flags', part.at, part.at + 2, `${hexText(word & 0xfff, 4)} (${flagText(word)})`);
  part.at += 2;
  const window = part.number('tcp.window_size_value', 'Window', 2);
  part.hex('tcp.checksum', 'Checksum', 2);
  part.number('tcp.urgent_pointer', 'Urgent pointer', 2);
  const end = part.from + size;
  if (size > 20) {
    part.need(end - part.at);
    options(part, end);
  }
  if (size < 20) part.note = 'The length of the header is too small.';
  const acks = word & 0x10 ? ` Ack=${acknowledged}` : '';
  part.summary = `[${flagText(word)}] Seq=${sequence}${acks} Win=${window} Len=${part.left}`;
  return part.rest(size < 20 ? 'data' : byContent(part, from, to));
}

export function udp(part: Part): Next | null {
  const from = part.number('udp.srcport', 'Source port', 2);
  const to = part.number('udp.dstport', 'Destination port', 2);
  const length = part.number('udp.length', 'Length', 2);
  part.hex('udp.checksum', 'Checksum', 2);
  if (length >= 8) part.end = Math.min(part.end, part.from + length);
  part.summary = `${Math.max(0, length - 8)} bytes from port ${from} to ${to}`;
  return part.rest(byPorts(from, to));
}

/** RFC 7348. */
export function vxlan(part: Part): Next | null {
  part.hex('vxlan.flags', 'Flags', 2);
  part.number('vxlan.gbp', 'Group', 2);
  const id = part.number('vxlan.vni', 'Network', 3);
  part.take('vxlan.reserved8', 'Reserved', 1);
  part.summary = `VXLAN ${id}`;
  return part.rest('ethernet');
}
