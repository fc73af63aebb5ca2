/** Valve's server queries: a header of ones and a known letter. */
import { u32, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 5 || u32(data, at) !== 0xffffffff) return NO;
  if (startsWith(data, at + 4, end, 'TSource Engine Query')) return YES;
  const letter = data[at + 4]!;
  if (
    usual(p, [27005, 27015, 27016, 27017, 27020]) &&
    [0x41, 0x44, 0x45, 0x49, 0x54, 0x55, 0x56, 0x57, 0x6d].includes(letter)
  )
    return YES;
  if ((letter === 0x55 || letter === 0x56) && end - at === 9) return YES;
  return letter === 0x49 && end - at > 20 && data[at + 5] === 17 && data[end - 1] === 0 ? YES : NO;
}

export const sourceEngine: Inspector = {
  id: 'source-engine',
  over: 'udp',
  ports: [27015, 27960],
  first: [0xff],
  service: '',
  app: 'Source_Engine',
  probe,
};
