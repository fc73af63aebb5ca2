/** DHCPv6 (RFC 8415): a known message whose options fill the datagram. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const HEADER = 4;
const RELAY = 34;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const type = data[at]!;
  const ports = (p.respPort === 547 || p.respPort === 546) && (p.origPort === 546 || p.origPort === 547);
  if (type < 1 || type > 13 || !ports) return NO;
  let next = at + (type === 12 || type === 13 ? RELAY : HEADER);
  for (let i = 0; i < 64 && next + 4 <= end; i++) next += 4 + u16(data, next + 2);
  return next === end || p.partial ? YES : NO;
}

export const dhcpv6: Inspector = {
  id: 'dhcpv6',
  over: 'udp',
  ports: [546, 547],
  portBound: true,
  service: '',
  app: 'DHCPV6',
  probe,
};
