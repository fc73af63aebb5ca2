/** IEEE 802.11 and radiotap, without what is encrypted. */
import { mac } from './addresses.ts';
import { hexText, shown, type Next, type Part } from './part.ts';

/** radiotap.org: version, padding, length in little-endian order, and what the antenna knew. */
export function radiotap(part: Part): Next | null {
  part.number('radiotap.version', 'Version', 1);
  part.number('radiotap.pad', 'Padding', 1);
  const length = part.little('radiotap.length', 'Length', 2);
  part.at = part.from;
  part.need(length);
  part.at = part.from + Math.max(4, length);
  part.need(0);
  return part.rest('wifi');
}

const KINDS = ['management', 'control', 'data', 'extension'];
const SUBTYPES: Readonly<Record<number, string>> = {
  0x00: 'association request',
  0x01: 'association response',
  0x02: 'reassociation request',
  0x03: 'reassociation response',
  0x04: 'probe request',
  0x05: 'probe response',
  0x08: 'beacon',
  0x0a: 'disassociation',
  0x0b: 'authentication',
  0x0c: 'deauthentication',
  0x0d: 'action',
  0x1b: 'request to send',
  0x1c: 'clear to send',
  0x1d: 'acknowledgement',
  0x20: 'data',
  0x24: 'no data',
  0x28: 'QoS data',
  0x2c: 'QoS, no data',
};

const TO_DS = 1;
const FROM_DS = 2;
const PROTECTED = 0x40;
const ORDER = 0x80;
const AGGREGATE = 0x80;

function addresses(part: Part, kind: number, flags: number): void {
  mac(part, 'wlan.ra', 'Receiver');
  if (kind === 1 && part.left < 12) return;
  mac(part, 'wlan.ta', 'Transmitter');
  if (kind === 1) return;
  mac(part, 'wlan.addr3', 'Third address');
  part.little('wlan.seq_ctrl', 'Sequence and fragment', 2);
  if ((flags & TO_DS) !== 0 && (flags & FROM_DS) !== 0) mac(part, 'wlan.addr4', 'Fourth address');
}

export function wifi(part: Part): Next | null {
  const control = part.peek(1);
  const flags = part.peek(1, 1);
  const kind = (control >> 2) & 3;
  const type = (kind << 4) | (control >> 4);
  const what = SUBTYPES[type] ?? KINDS[kind] ?? '';
  part.about('wlan.fc.type_subtype', 'Type', part.at, part.at + 1, `${hexText(type, 4)} (${what})`);
  part.about('wlan.flags', 'Flags', part.at + 1, part.at + 2, hexText(flags, 2));
  part.at += 2;
  part.little('wlan.duration', 'Duration', 2);
  part.summary = `Wi-Fi: ${what}`;
  addresses(part, kind, flags);
  if (kind === 0) return management(part, type);
  if (kind !== 2 || (control & 0x40) !== 0) return null;
  const isQos = (control & 0x80) !== 0;
  const qos = isQos ? part.little('wlan.qos', 'Quality of service', 2) : 0;
  if (isQos && (flags & ORDER) !== 0) part.take('wlan.htc', 'High throughput control', 4);
  // Several frames in one are not told apart.
  if ((flags & PROTECTED) === 0) return part.rest((qos & AGGREGATE) === 0 ? 'llc' : 'data');
  part.note = 'Encrypted: what it carries cannot be read.';
  return part.rest('data');
}

const FIXED: Readonly<Record<number, number>> = { 0x05: 12, 0x08: 12, 0x00: 4, 0x01: 6 };

/** The name of the network, in frames that have it. */
function management(part: Part, type: number): Next | null {
  const fixed = type === 0x04 ? 0 : FIXED[type];
  if (fixed === undefined) return part.rest('data');
  if (fixed > 0) part.take('wlan.fixed', 'Fixed parameters', fixed);
  while (part.left >= 2) {
    const tag = part.peek(1);
    const size = Math.min(part.peek(1, 1), part.left - 2);
    const [from, to] = [part.at, part.at + 2 + size];
    const bytes = part.bytes.subarray(from + 2, to);
    part.about(
      'wlan.tag',
      tag === 0 ? 'Network name' : `Tag ${tag}`,
      from,
      to,
      tag === 0 ? shown(bytes) : `${size} bytes`,
    );
    part.at = to;
  }
  return null;
}
