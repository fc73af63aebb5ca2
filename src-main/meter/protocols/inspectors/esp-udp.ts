/** ESP behind NAT (RFC 3948): keep-alives, and packets with an index and a number. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at === 1) return data[at] === 0xff ? YES : NO;
  return end - at >= 28 && u32(data, at) > 255 ? YES : NO;
}

export const espUdp: Inspector = {
  id: 'esp-udp',
  over: 'udp',
  ports: [4500],
  portBound: true,
  service: '',
  app: 'IPSec',
  probe,
};
