/** UltraSurf (without a specification): the eight bytes it begins with. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 8 && u32(data, at) === 0xcc1c3041 && u32(data, at + 4) === 0x5ba43866 ? YES : NO;
}

export const ultraSurf: Inspector = {
  id: 'ultra-surf',
  over: 'tcp',
  ports: [],
  first: [0xcc],
  service: '',
  app: 'UltraSurf',
  probe,
};
