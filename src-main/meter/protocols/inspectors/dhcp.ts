/** DHCP and BOOTP (RFC 2131, RFC 2132). */
import { dottedQuad, text, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { macNumber, macText } from '../mac.ts';
import type { DhcpMessage } from '../types.ts';
import { coded, type Words } from '../words.ts';

const OPTIONS = 240;
const OPTIONS_MAX = 128;
const LIST_MAX = 8;
const PARAMETERS_MAX = 64;
/** RFC 2132, 9.6. */
const MESSAGES: Words = new Map([
  [1, 'discover'],
  [2, 'offer'],
  [3, 'request'],
  [4, 'decline'],
  [5, 'acknowledge'],
  [6, 'refuse'],
  [7, 'release'],
  [8, 'inform'],
]);
const MAGIC = 0x63825363;
const ENCODED = 0x04;
const REQUEST = 1;

/** A name of labels, each after its length. */
function labels(data: Uint8Array, at: number, end: number): string {
  const parts: string[] = [];
  for (let next = at; next < end && data[next]! > 0;) {
    const stop = next + 1 + data[next]!;
    if (stop > end) break;
    parts.push(text(data, next + 1, stop, 63));
    next = stop;
  }
  return parts.join('.');
}

function addresses(data: Uint8Array, at: number, end: number): string[] {
  const list: string[] = [];
  for (let i = at; i + 4 <= end && list.length < LIST_MAX; i += 4) list.push(dottedQuad(data, i));
  return list;
}

function option(type: number, data: Uint8Array, at: number, end: number, message: DhcpMessage): void {
  const size = end - at;
  switch (type) {
    case 3:
      message.routers = addresses(data, at, end);
      return;
    case 6:
      message.nameServers = addresses(data, at, end);
      return;
    case 12:
      message.hostname = text(data, at, end, 128);
      return;
    case 81:
      // Client's full name (RFC 4702): flags and two codes first; in the encoding of DNS where a flag says so.
      if (size > 3 && message.hostname === '')
        message.hostname = data[at]! & ENCODED ? labels(data, at + 3, end) : text(data, at + 3, end, 128);
      return;
    case 50:
      if (size === 4) message.requested = dottedQuad(data, at);
      return;
    case 53:
      if (size >= 1) message.type = data[at]!;
      return;
    case 54:
      if (size === 4) message.serverId = dottedQuad(data, at);
      return;
    case 55:
      message.parameters = [...data.subarray(at, Math.min(end, at + PARAMETERS_MAX))];
      return;
    case 60:
      message.vendorClass = text(data, at, end, 128);
      return;
  }
}

const session: Session = {
  datagram(flow: FlowContext, _fromOrig, data, at, end) {
    if (end - at < OPTIONS || u32(data, at + 236) !== MAGIC) return;
    const yours = dottedQuad(data, at + 16);
    const message: DhcpMessage = {
      ...flow.head(),
      kind: 'dhcp',
      type: 0,
      transaction: u32(data, at + 4),
      clientMac: data[at + 2] === 6 ? macText(macNumber(data, at + 28)) : '',
      serverId: '',
      yourAddress: yours === '0.0.0.0' ? '' : yours,
      requested: '',
      hostname: '',
      vendorClass: '',
      parameters: [],
      routers: [],
      nameServers: [],
    };
    let next = at + OPTIONS;
    for (let i = 0; i < OPTIONS_MAX && next < end; i++) {
      const type = data[next]!;
      if (type === 255) break;
      if (type === 0) {
        next++;
        continue;
      }
      const stop = next + 2 + (data[next + 1] ?? 0);
      if (next + 2 > end || stop > end) {
        if (!flow.partial) flow.weird('dhcp-bad-option', `option ${type}`);
        break;
      }
      option(type, data, next + 2, stop, message);
      next = stop;
    }
    // A client that renews says the address it has in the header.
    if (message.requested === '' && data[at] === REQUEST && u32(data, at + 12) !== 0)
      message.requested = dottedQuad(data, at + 12);
    flow.emit(message);
    flow.also('dhcp.message', coded(MESSAGES, message.type));
    flow.fact('dhcp.client', message.clientMac);
    flow.fact('dhcp.hostname', message.hostname);
    flow.fact('dhcp.vendor', message.vendorClass);
    flow.fact('dhcp.fingerprint', message.parameters.join(','));
    flow.fact('dhcp.address', message.yourAddress);
    flow.fact('dhcp.server', message.serverId);
  },
};

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < OPTIONS || data[at] === 0 || data[at]! > 2 || data[at + 2]! > 16) return NO;
  return u32(data, at + 236) === MAGIC ? YES : NO;
}

export const dhcp: Inspector = {
  id: 'dhcp',
  over: 'udp',
  ports: [67, 68, 4011],
  first: [0x01, 0x02],
  service: 'dhcp',
  app: 'DHCP',
  probe,
  open: () => session,
};
