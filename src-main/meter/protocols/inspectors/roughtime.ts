/** Roughtime: the frame of its packets, or tags in order with a nonce or a signed answer. */
import { range } from '../first.ts';
import { u32le, startsWith, findText } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const TAGS = ['NONC', 'SREP', 'PAD\xff', 'VER\0', 'ZZZZ'];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (startsWith(data, at, end, 'ROUGHTIM')) return YES;
  if (end - at < 64) return NO;
  const count = u32le(data, at);
  if (count < 1 || count > 16) return NO;
  const tags = at + 4 + (count - 1) * 4;
  if (tags + count * 4 > end) return NO;
  for (let i = 0; i + 1 < count; i++)
    if (u32le(data, at + 4 + i * 4) % 4 !== 0 || u32le(data, at + 4 + i * 4) > end - at) return NO;
  for (const tag of TAGS) if (findText(data, tag, tags, tags + count * 4) >= 0) return YES;
  return NO;
}

export const roughtime: Inspector = {
  id: 'roughtime',
  over: 'both',
  ports: [2002, 2003],
  first: [0x52, ...range(1, 16)],
  service: '',
  app: 'Roughtime',
  probe,
};
