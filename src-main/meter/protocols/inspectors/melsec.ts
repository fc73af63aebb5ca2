/** Mitsubishi's MELSEC communication (3E and 4E frames): subheader, network, and a length that fits. */
import { u16le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const from = (data[at]! & 4) !== 0 ? at + 6 : at + 2;
  if (end - from < 9 || data[at + 1] !== 0 || u16le(data, from + 2) !== 0x03ff) return NO;
  return from + 7 + u16le(data, from + 5) === end ? YES : NO;
}

export const melsec: Inspector = {
  id: 'melsec',
  over: 'both',
  ports: [5006, 5007, 5562],
  first: [0x50, 0x54, 0xd0, 0xd4],
  service: '',
  app: 'MELSEC',
  probe,
};
