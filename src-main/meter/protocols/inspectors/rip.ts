/** RIP and RIPng (RFC 2453, RFC 2080): a command, a version, entries that fill the datagram. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return (data[at + 1] === 1 || data[at + 1] === 2) && (end - at - 4) % 20 === 0 && u16(data, at + 2) === 0 ? YES : NO;
}

export const rip: Inspector = {
  id: 'rip',
  over: 'udp',
  ports: [520, 521],
  first: [0x01, 0x02],
  portBound: true,
  service: '',
  app: 'RIP',
  probe,
};
