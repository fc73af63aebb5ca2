/** OpenVPN: the message that opens a session, plain, signed (tls-auth) or encrypted (tls-crypt); on its port any message of a known kind. */
import { range } from '../first.ts';
import { u16, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { usual } from '../ports.ts';
import { coded, type Words } from '../words.ts';

const PORTS = [1194];
const CLIENT_V1 = 1;
const CLIENT_V2 = 7;
const SERVER_V2 = 8;
const CLIENT_V3 = 10;
const MESSAGES: Words = new Map([
  [CLIENT_V1, 'client opens, key method 1'],
  [2, 'server answers, key method 1'],
  [3, 'renew keys'],
  [4, 'control'],
  [5, 'acknowledge'],
  [6, 'data'],
  [CLIENT_V2, 'client opens'],
  [SERVER_V2, 'server answers'],
  [9, 'data, named peer'],
  [CLIENT_V3, 'client opens with its own key'],
  [11, 'control with its own key'],
]);
const PAYLOADS = 4;
/** Sizes of the digests that may sign a message. */
const DIGESTS = [16, 20, 28, 32, 36, 48, 64];

/** How the opening message [at, end) is protected, by what stands behind its signature; '' when it is none. */
function protection(data: Uint8Array, at: number, end: number): '' | 'none' | 'tls-auth' | 'tls-crypt' {
  for (const digest of [0, ...DIGESTS]) {
    // Kind and key, session, [signature, packet number, time], acknowledgements, message number.
    const signed = digest > 0;
    const list = at + 9 + (signed ? digest + 8 : 0);
    if (list + 5 > end) return '';
    if (signed && u32(data, list - 8) !== 1) continue;
    const acknowledged = data[list]!;
    const number = list + 1 + (acknowledged > 0 ? acknowledged * 4 + 8 : 0);
    if (acknowledged <= 8 && number + 4 === end && u32(data, number) === 0) return signed ? 'tls-auth' : 'none';
  }
  // tls-crypt: number and time in the clear, then 32 bytes of signature and the rest encrypted.
  return end - at >= 54 && u32(data, at + 9) === 1 && u32(data, at + 13) > 0x40000000 ? 'tls-crypt' : '';
}

function opening(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const from = flow.tcp ? at + 2 : at;
  if (end - from < 14) return;
  const kind = data[from]! >>> 3;
  flow.also('openvpn.message', coded(MESSAGES, kind));
  if (kind !== CLIENT_V2 && kind !== CLIENT_V1 && kind !== CLIENT_V3) return;
  flow.fact('openvpn.protection', protection(data, from, flow.tcp ? Math.min(end, from + u16(data, at)) : end));
}

/** The byte that holds the kind, 1 to 11 in its high bits, and the key. */
const KINDS = range(1 << 3, (11 << 3) | 7);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const from = p.tcp ? at + 2 : at;
  if (end - from < 14) return NO;
  const kind = data[from]! >>> 3;
  const key = data[from]! & 7;
  if (p.tcp && at + 2 + u16(data, at) > end + 1500) return NO;
  const stop = p.tcp ? at + 2 + u16(data, at) : end;
  const hard = kind === CLIENT_V2 || kind === SERVER_V2 || kind === CLIENT_V3 || kind === CLIENT_V1 || kind === 2;
  if (hard && key === 0 && stop <= end && protection(data, from, stop) !== '') return YES;
  return usual(p, PORTS) && kind >= 1 && kind <= 11 && key <= 7 && kind !== 0 && stop <= end + 1500 ? YES : NO;
}

export const openvpn: Inspector = {
  id: 'openvpn',
  over: 'both',
  ports: PORTS,
  marks: { tcp: { at: 2, bytes: KINDS }, udp: { at: 0, bytes: KINDS } },
  service: '',
  app: 'OpenVPN',
  probe,
  open: once(opening, PAYLOADS),
};
