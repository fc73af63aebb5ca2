/** NetBIOS datagrams (RFC 1002, 4.4): browser announcements and the like. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (p.respPort !== 138 && p.origPort !== 138) return NO;
  return end - at >= 10 && data[at]! >= 0x10 && data[at]! <= 0x16 ? YES : NO;
}

export const netbiosDatagram: Inspector = {
  id: 'netbios-datagram',
  over: 'udp',
  ports: [138],
  service: '',
  app: 'NetBIOS',
  probe,
};
