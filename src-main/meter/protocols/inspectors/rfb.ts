/** VNC's remote frame buffer protocol (RFC 6143). */
import { find, matches, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import type { Inspector, Probe, Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const SECURITY: ReadonlyMap<number, string> = new Map([
  [1, 'none'],
  [2, 'password'],
  [5, 'ra2'],
  [16, 'tight'],
  [18, 'tls'],
  [19, 'vencrypt'],
  [30, 'apple'],
]);

/** Both sides' versions, then the ways to prove oneself that the server offers. */
function greeting(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const lf = find(data, 0x0a, at, Math.min(end, at + 12));
  if (lf > at) flow.fact(fromOrig ? 'vnc.client' : 'vnc.server', text(data, at + 4, lf));
  else if (!fromOrig && data[at]! >= 1 && data[at]! <= 16 && at + 1 + data[at]! <= end) {
    const kinds = Array.from(data.subarray(at + 1, at + 1 + data[at]!), (k) => SECURITY.get(k) ?? String(k));
    flow.fact('vnc.security', kinds.join(' '));
  }
}

function probe(p: Probe): Verdict {
  return matches(p.data, p.at, p.end, 'RFB 00');
}

export const rfb: Inspector = {
  id: 'rfb',
  over: 'tcp',
  ports: [5900, 5901, 5902],
  first: [0x52],
  service: 'rfb',
  app: 'VNC',
  probe,
  open: once(greeting, 3),
};
