/** Saia's Ether-S-I/O: its mark. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 8 && startsWith(data, at, end, 'ESIO') ? YES : NO;
}

export const etherSIo: Inspector = {
  id: 'ether-s-io',
  over: 'udp',
  ports: [6060],
  first: [0x45],
  service: '',
  app: 'Ether-S-I/O',
  probe,
};
