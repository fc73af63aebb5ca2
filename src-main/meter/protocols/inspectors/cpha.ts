/** Check Point's cluster control: its mark. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at > 20 && u16(data, at) === 0x1a90 ? YES : NO;
}

export const cpha: Inspector = {
  id: 'cpha',
  over: 'udp',
  ports: [8116],
  first: [0x1a],
  portBound: true,
  service: '',
  app: 'CPHA',
  probe,
};
