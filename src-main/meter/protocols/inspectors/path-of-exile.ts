/** Path of Exile (without a specification): the fixed fields around the name of a character. */
import { u32, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at <= 25 || end - at >= 50 || !startsWith(data, at, end, '\0\x03\0')) return NO;
  if (!startsWith(data, at + 6, end, '\0\x02\0')) return NO;
  return u32(data, end - 8) === 0 && u32(data, end - 4) === 0x40000001 ? YES : NO;
}

export const pathOfExile: Inspector = {
  id: 'path-of-exile',
  over: 'tcp',
  ports: [],
  first: [0x00],
  service: '',
  app: 'PathofExile',
  probe,
};
