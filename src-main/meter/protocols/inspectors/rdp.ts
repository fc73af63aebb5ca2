/** RDP ([MS-RDPBCGR]): the connection request with its cookie, and TLS once both agree on it. */
import { latin1, startsWith, u16, u32le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { tls } from './tls.ts';

const REQUEST = 0xe0;
const CONFIRM = 0xd0;
const COOKIE = 'Cookie: ';
const NEGOTIATION_REQUEST = 1;
const NEGOTIATION_RESPONSE = 2;
const TPKT_MAX = 16 * 1024;

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
      next = stop;
      if (flow.finished || flow.session !== this) return next;
    }
    return next;
  }

  private request(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    const shown = at < end ? latin1(data, at, end, 256) : '';
    const cookie = /^Cookie: (?:mstshash=)?([^\r\n]{1,128})/.exec(shown)?.[1] ?? '';
    flow.fact('rdp.cookie', cookie);
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

  private confirm(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    if (end - at < 8 || data[at] !== NEGOTIATION_RESPONSE) return;
    const protocol = u32le(data, at + 4);
    flow.fact('rdp.security', protocol === 0 ? 'rdp' : protocol === 1 ? 'tls' : 'credssp');
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
