/** GTP (3GPP TS 29.060, 29.281): the tunnels of mobile networks, where nothing inside could be followed. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const PORTS = [2152, 2123, 3386];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!PORTS.includes(p.respPort) && !PORTS.includes(p.origPort)) return NO;
  if (end - at < 8 || data[at]! >>> 5 !== 1 || !(data[at]! & 0x10)) return NO;
  return u16(data, at + 2) === end - at - 8 || p.partial ? YES : NO;
}

export const gtp: Inspector = {
  id: 'gtp',
  over: 'udp',
  ports: [2152, 2123, 3386],
  portBound: true,
  service: 'gtpv1',
  app: 'GTP',
  probe,
};
