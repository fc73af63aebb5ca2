/** LogMeIn's Hamachi to its servers (without a specification): a length that fits and the mark of the greeting. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const GREETING_MIN = 300;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at <= GREETING_MIN || u32(data, at) !== end - at - 4) return NO;
  return u32(data, at + 12) === 0x7b7a0dad ? YES : NO;
}

export const hamachi: Inspector = {
  id: 'hamachi',
  over: 'tcp',
  ports: [12975, 32976],
  first: [0x00],
  service: '',
  app: 'Hamachi',
  probe,
};
