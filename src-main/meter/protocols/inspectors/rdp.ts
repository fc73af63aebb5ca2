/** RDP ([MS-RDPBCGR]): the connection request with its cookie, and TLS once both agree on it. */
import { findText, latin1, startsWith, u16, u16le, u32le, utf16le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { tls } from './tls.ts';

const REQUEST = 0xe0;
const CONFIRM = 0xd0;
const COOKIE = 'Cookie: ';
const NEGOTIATION_REQUEST = 1;
const NEGOTIATION_RESPONSE = 2;
const NEGOTIATION_FAILURE = 3;
/** Ways of security that a server chooses from ([MS-RDPBCGR] 2.2.1.1.1), and why it may refuse (2.2.1.2.2). */
const SECURITY: ReadonlyMap<number, string> = new Map([
  [0, 'rdp'],
  [1, 'tls'],
  [2, 'credssp'],
  [4, 'rdstls'],
  [8, 'credssp-ex'],
  [16, 'aad'],
]);
const FAILURES: ReadonlyMap<number, string> = new Map([
  [1, 'TLS required'],
  [2, 'TLS not allowed'],
  [3, 'no certificate'],
  [4, 'inconsistent flags'],
  [5, 'CredSSP required'],
  [6, 'TLS with user authentication required'],
]);
/** A client's core data: its kind, then screen, keyboard, build and name at fixed places. */
const CORE_DATA = '\x01\xc0';
const CORE_LEAST = 56;
const TPKT_MAX = 16 * 1024;

/** Names of the ways of security in a set of bits. */
function offered(bits: number): string {
  const names = [...SECURITY].filter(([bit]) => bit !== 0 && (bits & bit) !== 0).map(([, name]) => name);
  return ['rdp', ...names].join(', ');
}

class RdpSession implements Session {
  read(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    let next = at;
    while (next + 7 <= end) {
      const length = u16(data, next + 2);
      if (data[next] !== 3 || length < 7 || length > TPKT_MAX) {
        flow.finish();
        return end;
      }
      if (next + length > end) return next;
      const stop = next + length;
      const type = data[next + 5]! & 0xf0;
      if (type === REQUEST) this.request(flow, data, next + 11, stop);
      else if (type === CONFIRM) this.confirm(flow, data, next + 11, stop);
      else if (data[next + 7] === 0x7f && data[next + 8] === 0x65) this.settings(flow, data, next + 9, stop);
      next = stop;
      if (flow.finished || flow.session !== this) return next;
    }
    return next;
  }

  private request(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    const shown = at < end ? latin1(data, at, end, 256) : '';
    const cookie = /^Cookie: (?:mstshash=)?([^\r\n]{1,128})/.exec(shown)?.[1] ?? '';
    flow.fact('rdp.cookie', cookie);
    const asked = shown.length < 8 ? -1 : shown.length - 8;
    if (asked >= 0 && data[at + asked] === NEGOTIATION_REQUEST && data[at + asked + 2] === 8)
      flow.fact('rdp.offered', offered(u32le(data, at + asked + 4)));
    flow.emit({ ...flow.head(), kind: 'rdp', cookie });
    if (cookie === '') return;
    flow.emit({
      ...flow.head(),
      kind: 'login',
      protocol: 'rdp',
      outcome: 'attempt',
      user: cookie,
      cleartext: false,
      code: 0,
    });
  }

  /** Without TLS the client's settings cross the wire in the clear: its name and build. */
  private settings(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    const core = findText(data, CORE_DATA, at, end);
    if (core < 0 || core + CORE_LEAST > end || u16le(data, core + 2) < CORE_LEAST) return;
    flow.fact('rdp.build', String(u32le(data, core + 20)));
    flow.fact('rdp.client', utf16le(data, core + 24, core + 54, 15).replace(/\?.*$/s, ''));
  }

  private confirm(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    if (end - at < 8) return;
    const protocol = u32le(data, at + 4);
    if (data[at] === NEGOTIATION_FAILURE) flow.fact('rdp.refused', FAILURES.get(protocol) ?? String(protocol));
    if (data[at] !== NEGOTIATION_RESPONSE) return;
    flow.fact('rdp.security', SECURITY.get(protocol) ?? `0x${protocol.toString(16)}`);
    if (protocol !== 0) flow.handOver([tls]);
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] !== 3) return NO;
  if (end - at < 11) return end - at > 1 && data[at + 1] !== 0 ? NO : MAYBE;
  const length = u16(data, at + 2);
  if (data[at + 1] !== 0 || length < 11 || length > 1024 || data[at + 4] !== length - 5) return NO;
  const type = data[at + 5];
  if (type !== REQUEST && type !== CONFIRM) return NO;
  const usual = p.respPort === 3389 || p.origPort === 3389;
  if (length === 11) return usual ? YES : NO;
  if (end - at < Math.min(length, 19)) return MAYBE;
  if (type === CONFIRM) return data[at + 11] === NEGOTIATION_RESPONSE || data[at + 11] === 3 ? YES : NO;
  if (startsWith(data, at + 11, end, COOKIE)) return YES;
  return data[at + 11] === NEGOTIATION_REQUEST && data[at + 13] === 8 && data[at + 14] === 0 ? YES : NO;
}

export const rdp: Inspector = {
  id: 'rdp',
  over: 'tcp',
  ports: [3389],
  first: [0x03],
  service: 'rdp',
  app: 'RDP',
  probe,
  open: () => new RdpSession(),
};
