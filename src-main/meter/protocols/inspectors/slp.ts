/** Service location (RFC 2608): version, function, and a length that fits. */
import { u16, u24 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 12 || data[at + 1]! < 1 || data[at + 1]! > 11) return NO;
  return (data[at] === 2 ? u24(data, at + 2) : u16(data, at + 2)) === end - at ? YES : NO;
}

export const slp: Inspector = {
  id: 'slp',
  over: 'both',
  ports: [427],
  first: [0x01, 0x02],
  portBound: true,
  service: '',
  app: 'Service_Location_Protocol',
  probe,
};
