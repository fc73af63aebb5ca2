/** AFS's remote calls (Rx): a known kind of packet with sound flags on its ports. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 28 &&
    data[at + 20]! >= 1 &&
    data[at + 20]! <= 13 &&
    data[at + 21]! <= 0x2f &&
    data[at + 23]! <= 3 &&
    u32(data, at + 4) !== 0
    ? YES
    : NO;
}

export const rx: Inspector = {
  id: 'rx',
  over: 'udp',
  ports: [7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008, 7009, 7021],
  portBound: true,
  service: '',
  app: 'RX',
  probe,
};
