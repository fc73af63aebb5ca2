/** PPTP (RFC 2637): a control message with its magic cookie. */
import { u16, u32, find, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const COOKIE = 0x1a2b3c4d;
function request(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (end - at < 156) return;
  const zero = find(data, 0, at + 92, at + 156);
  flow.fact('pptp.vendor', text(data, at + 92, zero < 0 ? at + 156 : zero));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 12 && u16(data, at + 2) === 1 && u32(data, at + 4) === COOKIE ? YES : NO;
}

export const pptp: Inspector = {
  id: 'pptp',
  over: 'tcp',
  ports: [1723],
  first: [0x00],
  service: '',
  app: 'PPTP',
  probe,
  open: once(request),
};
