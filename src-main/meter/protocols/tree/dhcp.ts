/** DHCP (RFC 2131, 2132). */
import { ipv4, ipv4Of, macText } from './addresses.ts';
import { named, shown, type Next, type Part } from './part.ts';

const MAGIC = 0x63825363;
const MESSAGES: Readonly<Record<number, string>> = {
  1: 'discover',
  2: 'offer',
  3: 'request',
  4: 'decline',
  5: 'ack',
  6: 'nak',
  7: 'release',
  8: 'inform',
};
const OPTIONS: Readonly<Record<number, string>> = {
  1: 'subnet mask',
  3: 'router',
  6: 'DNS servers',
  12: 'host name',
  15: 'domain name',
  28: 'broadcast address',
  42: 'time servers',
  50: 'requested address',
  51: 'lease time',
  53: 'message',
  54: 'server',
  55: 'wanted options',
  57: 'largest message',
  58: 'renewal time',
  59: 'rebinding time',
  60: 'vendor class',
  61: 'client id',
  81: 'client’s full name',
};
const ADDRESSES: ReadonlySet<number> = new Set([1, 3, 6, 28, 42, 50, 54]);
const TEXTS: ReadonlySet<number> = new Set([12, 15, 60]);
const SECONDS: ReadonlySet<number> = new Set([51, 58, 59]);

function valueOf(option: number, bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (ADDRESSES.has(option)) {
    return Array.from({ length: bytes.length >> 2 }, (_, i) => ipv4Of(bytes.subarray(i * 4, i * 4 + 4))).join(', ');
  }
  if (TEXTS.has(option)) return shown(bytes);
  if (option === 53 && bytes.length === 1) return named(MESSAGES)(bytes[0]!);
  if (SECONDS.has(option) && bytes.length === 4) return `${view.getUint32(0)} s`;
  return `${bytes.length} bytes`;
}

function options(part: Part): void {
  while (part.left > 0) {
    const option = part.peek(1);
    const size = option === 0 || option === 255 ? 1 : 2 + part.peek(1, 1);
    part.need(size);
    const bytes = part.bytes.subarray(part.at + 2, part.at + size);
    const value = size === 1 ? '' : valueOf(option, bytes);
    const name = option === 255 ? 'End of the options' : `Option ${named(OPTIONS)(option)}`;
    if (option !== 0) part.about('dhcp.option.type', name, part.at, part.at + size, value);
    if (option === 53) part.summary = `DHCP ${MESSAGES[bytes[0] ?? 0] ?? 'message'}`;
    if (option === 12) part.summary += ` by ${value}`;
    part.at += size;
    if (option === 255) return;
  }
}

export function dhcp(part: Part): Next | null {
  const type = part.number('dhcp.type', 'Kind', 1, named({ 1: 'question', 2: 'answer' }));
  part.number('dhcp.hw.type', 'Hardware', 1);
  const length = part.number('dhcp.hw.len', 'Length of the address', 1);
  part.number('dhcp.hops', 'Hops', 1);
  part.hex('dhcp.id', 'Transaction', 4);
  part.number('dhcp.secs', 'Seconds', 2);
  part.hex('dhcp.flags', 'Flags', 2);
  ipv4(part, 'dhcp.ip.client', 'Client’s address');
  ipv4(part, 'dhcp.ip.your', 'Address given');
  ipv4(part, 'dhcp.ip.server', 'Next server');
  ipv4(part, 'dhcp.ip.relay', 'Relay');
  if (length === 6) part.take('dhcp.hw.mac_addr', 'Client’s hardware address', 6, macText);
  else part.take('dhcp.hw.addr', 'Client’s hardware address', 6);
  part.take('dhcp.hw.addr_padding', 'Padding', 10);
  part.take('dhcp.server', 'Server’s name', 64, endedText);
  part.take('dhcp.file', 'Boot file', 128, endedText);
  part.summary = `DHCP ${type === 1 ? 'question' : 'answer'}`;
  if (part.left < 4 || part.peek(4) !== MAGIC) return part.rest('data');
  part.hex('dhcp.cookie', 'Magic number', 4);
  options(part);
  return part.rest('data');
}

/** Up to the first zero. */
function endedText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return shown(end < 0 ? bytes : bytes.subarray(0, end)) || 'none';
}
