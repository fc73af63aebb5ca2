/** Meraki's devices and their cloud: the mark of their datagrams on their port. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  return p.end - p.at >= 8 && u16(p.data, p.at) === 0xfef7 ? YES : NO;
}

export const meraki: Inspector = {
  id: 'meraki',
  over: 'udp',
  ports: [7351],
  portBound: true,
  first: [0xfe],
  service: '',
  app: 'MerakiCloud',
  probe,
};
