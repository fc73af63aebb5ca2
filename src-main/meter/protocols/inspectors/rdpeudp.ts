/** RDP over UDP ([MS-RDPEUDP]): its first datagram acknowledges nothing and asks to synchronise. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const SYN = 1;
const FLAGS = 0x1fff;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 16 || u32(data, at) !== 0xffffffff) return NO;
  const flags = u16(data, at + 6);
  return flags & SYN && (flags & ~FLAGS) === 0 && (p.respPort === 3389 || end - at >= 1000) ? YES : NO;
}

export const rdpeudp: Inspector = {
  id: 'rdpeudp',
  over: 'udp',
  ports: [3389],
  first: [0xff],
  service: 'rdpeudp',
  app: 'RDP',
  probe,
};
