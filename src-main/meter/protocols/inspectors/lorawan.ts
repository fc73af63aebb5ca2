/** LoRaWAN gateways (Semtech's packet forwarder): version, kind, and a length that fits it. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const SIZES: ReadonlyMap<number, number> = new Map([
  [1, 4],
  [2, 12],
  [4, 4],
  [5, 12],
]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 4) return NO;
  const size = SIZES.get(data[at + 3]!);
  if (size !== undefined) return end - at === size ? YES : NO;
  if (data[at + 3] === 0) return data[at + 12] === 0x7b && end - at > 13 ? YES : NO;
  return data[at + 3] === 3 && data[at + 4] === 0x7b && end - at > 5 ? YES : NO;
}

export const lorawan: Inspector = {
  id: 'lorawan',
  over: 'udp',
  ports: [1700, 1680],
  first: [0x01, 0x02],
  portBound: true,
  service: '',
  app: 'LoRaWAN',
  probe,
};
