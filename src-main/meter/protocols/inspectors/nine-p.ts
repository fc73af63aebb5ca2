/** 9P, Plan 9's file service: the version asked for. */
import { startsWith, u16, u32le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const VERSION_REQUEST = 100;
const VERSION_ANSWER = 101;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 19 || u32le(data, at) > end - at) return NO;
  const kind = data[at + 4]!;
  if ((kind !== VERSION_REQUEST && kind !== VERSION_ANSWER) || u16(data, at + 5) !== 0xffff) return NO;
  return startsWith(data, at + 13, end, '9P2000') ? YES : NO;
}

export const nineP: Inspector = {
  id: 'nine-p',
  over: 'tcp',
  ports: [564],
  marks: { tcp: { at: 4, bytes: [VERSION_REQUEST, VERSION_ANSWER] } },
  service: '',
  app: '9P',
  probe,
};
