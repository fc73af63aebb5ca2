/** Controller area networks over UDP: the name of their standard as mark. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return startsWith(data, at, end, 'ISO11898') ? YES : NO;
}

export const canEth: Inspector = {
  id: 'can-eth',
  over: 'udp',
  ports: [59152],
  first: [0x49],
  service: '',
  app: 'Controller_Area_Network',
  probe,
};
