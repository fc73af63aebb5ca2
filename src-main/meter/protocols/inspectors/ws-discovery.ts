/** WS-Discovery: printers, cameras and Windows machines looking for each other with SOAP. */
import { findText } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] !== 0x3c || (p.respPort !== 3702 && p.origPort !== 3702)) return NO;
  return findText(data, 'Envelope', at, Math.min(end, at + 512)) >= 0 ? YES : NO;
}

export const wsDiscovery: Inspector = {
  id: 'ws-discovery',
  over: 'udp',
  ports: [3702],
  portBound: true,
  service: '',
  app: 'WSD',
  probe,
};
