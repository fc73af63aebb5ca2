/** The PROXY protocol of load balancers, versions 1 and 2; what follows is the client's own protocol. */
import { u16, startsWith, lineEnd, lineText } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';
class ProxySession implements Session {
  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    if (!fromOrig) return at;
    const binary = data[at] === 0x0d;
    const lf = binary ? -1 : lineEnd(data, at, Math.min(end, at + 108));
    if (!binary && lf > at) flow.fact('proxy.line', lineText(data, at, lf));
    flow.handOver();
    if (binary) return end - at >= 16 ? at + 16 + u16(data, at + 14) : end;
    return lf < 0 ? end : lf + 1;
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === 0x0d)
    return end - at >= 16 && startsWith(data, at, end, SIGNATURE) && data[at + 12]! >>> 4 === 2 ? YES : NO;
  return startsWith(data, at, end, 'PROXY TCP4 ') ||
    startsWith(data, at, end, 'PROXY TCP6 ') ||
    startsWith(data, at, end, 'PROXY UNKNOWN')
    ? YES
    : NO;
}

export const haproxy: Inspector = {
  id: 'haproxy',
  over: 'tcp',
  ports: [80],
  first: [0x0d, 0x50],
  service: '',
  app: 'HAProxy',
  probe,
  open: () => new ProxySession(),
};
