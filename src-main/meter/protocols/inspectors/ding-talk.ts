/** DingTalk (without a specification): the fields its client's first message has in common. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at <= 90 || u32(data, at + 2) !== 0x87800100 || u32(data, at + 6) !== 0x01000200) return NO;
  return u32(data, at + 10) === 0x02646b03 && u16(data, at + 14) === 0x0020 ? YES : NO;
}

export const dingTalk: Inspector = {
  id: 'ding-talk',
  over: 'tcp',
  ports: [],
  first: [0x10],
  service: '',
  app: 'DingTalk',
  probe,
};
