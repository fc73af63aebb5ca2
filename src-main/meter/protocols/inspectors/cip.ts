/** CIP's cyclic data (ODVA): two items, a sequenced address and the connected data that fill the datagram. */
import { u16le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const SEQUENCED = 0x8002;
const CONNECTED = 0x00b1;
const HEADER = 18;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < HEADER || u16le(data, at) !== 2 || u16le(data, at + 2) !== SEQUENCED) return NO;
  if (u16le(data, at + 4) !== 8 || u16le(data, at + 14) !== CONNECTED) return NO;
  return at + HEADER + u16le(data, at + 16) === end || p.partial ? YES : NO;
}

export const cip: Inspector = {
  id: 'cip',
  over: 'udp',
  ports: [2222],
  first: [0x02],
  service: '',
  app: 'CIP',
  probe,
};
