/** Saia's S-Bus over IP: a length that fits, a version, a kind of telegram. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 11 && u32(data, at) === end - at && data[at + 4]! <= 1 && data[at + 8]! <= 2 ? YES : NO;
}

export const etherSBus: Inspector = {
  id: 'ether-s-bus',
  over: 'udp',
  ports: [5050],
  first: [0x00],
  portBound: true,
  service: '',
  app: 'Ether-S-Bus',
  probe,
};
