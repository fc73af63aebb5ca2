/** L2TP (RFC 2661, RFC 3931): a control message of a known version whose length fits. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 6) return NO;
  const version = data[at + 1]! & 15;
  if (version !== 2 && version !== 3) return NO;
  if (!(data[at]! & 0x80)) return YES;
  return (data[at]! & 0x40) !== 0 && (u16(data, at + 2) === end - at || p.partial) ? YES : NO;
}

export const l2tp: Inspector = {
  id: 'l2tp',
  over: 'udp',
  ports: [1701],
  portBound: true,
  service: '',
  app: 'L2TP',
  probe,
};
