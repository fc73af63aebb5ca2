/** Nintendo's consoles among themselves (Pia): the mark of a packet. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 16 && u32(data, at) === 0x32ab9864 ? YES : NO;
}

export const nintendo: Inspector = {
  id: 'nintendo',
  over: 'udp',
  ports: [],
  first: [0x32],
  service: '',
  app: 'Nintendo',
  probe,
};
