/** Ethernet global data of GE's controllers: kind and version of a message on its port. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 32 && data[at + 1] === 1 ? YES : NO;
}

export const egd: Inspector = {
  id: 'egd',
  over: 'udp',
  ports: [18246, 18245],
  first: [0x0d],
  portBound: true,
  service: '',
  app: 'EthernetGlobalData',
  probe,
};
