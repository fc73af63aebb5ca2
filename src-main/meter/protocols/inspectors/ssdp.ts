/** SSDP, the discovery of UPnP: HTTP's words in single datagrams. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const STARTS = ['M-SEARCH * HTTP/1.1', 'NOTIFY * HTTP/1.1', 'HTTP/1.1 200 OK'];

function probe(p: Probe): Verdict {
  const first = p.data[p.at]!;
  if (first !== 0x4d && first !== 0x4e && first !== 0x48) return NO;
  for (const start of STARTS) if (startsWith(p.data, p.at, p.end, start)) return YES;
  return NO;
}

export const ssdp: Inspector = {
  id: 'ssdp',
  over: 'udp',
  ports: [1900],
  service: '',
  app: 'SSDP',
  probe,
};
