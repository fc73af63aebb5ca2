/** Quake III and its heirs: a header of ones and one of the protocol's words. */
import { u32, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const WORDS = [
  'getinfo',
  'getstatus',
  'getservers',
  'getchallenge',
  'infoResponse',
  'statusResponse',
  'challengeResponse',
];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 11 || u32(data, at) !== 0xffffffff) return NO;
  for (const word of WORDS) if (startsWith(data, at + 4, end, word)) return YES;
  return NO;
}

export const quake: Inspector = {
  id: 'quake',
  over: 'udp',
  ports: [27960, 27950],
  first: [0xff],
  service: '',
  app: 'Quake',
  probe,
};
