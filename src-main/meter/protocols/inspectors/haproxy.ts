/** The PROXY protocol of load balancers, versions 1 and 2; what follows is the client's own protocol. */
import { dottedQuad, ipv6Text, lineEnd, lineText, startsWith, u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';
const HEADER = 16;
const IPV4 = 1;
const IPV6 = 2;
/** Bytes of two addresses and two ports. */
const ENDS: Readonly<Record<number, number>> = { [IPV4]: 12, [IPV6]: 36 };

/** The real ends of a binary header, written as in a header of words; '' where it names none. */
function line(data: Uint8Array, at: number, stop: number): string {
  const family = data[at + 13]! >>> 4;
  const bytes = ENDS[family];
  const from = at + HEADER;
  if (bytes === undefined || from + bytes > stop) return '';
  const size = (bytes - 4) / 2;
  const address = (start: number): string => (family === IPV4 ? dottedQuad(data, start) : ipv6Text(data, start));
  const transport = (data[at + 13]! & 15) === 2 ? 'UDP' : 'TCP';
  const ports = from + 2 * size;
  return `PROXY ${transport}${family === IPV4 ? 4 : 6} ${address(from)} ${address(from + size)} ${u16(data, ports)} ${u16(data, ports + 2)}`;
}

class ProxySession implements Session {
  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    if (!fromOrig) return at;
    const binary = data[at] === 0x0d;
    if (binary) return this.binary(flow, data, at, end);
    const lf = lineEnd(data, at, Math.min(end, at + 108));
    if (lf > at) flow.fact('proxy.line', lineText(data, at, lf));
    flow.handOver();
    return lf < 0 ? end : lf + 1;
  }

  /** What stands behind the addresses may be long, and is passed over. */
  private binary(flow: FlowContext, data: Uint8Array, at: number, end: number): number {
    const stop = at + HEADER + u16(data, at + 14);
    if (end < Math.min(stop, at + HEADER + ENDS[IPV6]!)) return at;
    flow.fact('proxy.line', line(data, at, Math.min(stop, end)));
    flow.handOver();
    return stop;
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
