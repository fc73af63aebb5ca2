/** GENEVE (RFC 8926), where nothing inside could be followed. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (p.respPort !== 6081 || end - at < 8 || data[at]! >>> 6 !== 0) return NO;
  const protocol = u16(data, at + 2);
  return protocol === 0x6558 || protocol === 0x0800 || protocol === 0x86dd ? YES : NO;
}

export const geneve: Inspector = {
  id: 'geneve',
  over: 'udp',
  ports: [6081],
  portBound: true,
  service: 'geneve',
  app: 'GENEVE',
  probe,
};
