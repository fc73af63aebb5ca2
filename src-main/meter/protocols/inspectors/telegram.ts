/** Telegram's MTProto transports as it publishes them: abridged, intermediate and padded, by a mark and a length that fits. */
import { u32, u32le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const ABRIDGED = 0xef;
const INTERMEDIATE = 0xeeeeeeee;
const PADDED = 0xdddddddd;
/** Lengths of a message in bytes. */
const LEAST = 40;
const MOST = 1 << 20;
const PADDING_MAX = 15;
/** A length in words, in one byte or in three behind 0x7f (the lowest byte first), that fits. */
function abridged(data: Uint8Array, at: number, end: number): boolean {
  const short = data[at + 1]!;
  if (short < 0x7f) return short * 4 >= LEAST && at + 2 + short * 4 === end;
  if (short !== 0x7f || end - at < 5) return false;
  const bytes = (data[at + 2]! | (data[at + 3]! << 8) | (data[at + 4]! << 16)) * 4;
  return bytes >= 0x7f * 4 && bytes <= MOST && at + 5 + bytes === end;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.fromStart || !p.fromOrig || end - at < LEAST + 2) return NO;
  if (data[at] === ABRIDGED) return abridged(data, at, end) ? YES : NO;
  const mark = u32(data, at);
  const length = u32le(data, at + 4);
  if (length < LEAST || length > MOST) return NO;
  if (mark === INTERMEDIATE) return at + 8 + length === end ? YES : NO;
  return mark === PADDED && end - at - 8 >= length && end - at - 8 - length <= PADDING_MAX ? YES : NO;
}

export const telegram: Inspector = {
  id: 'telegram',
  over: 'tcp',
  ports: [443, 80, 5222],
  first: [ABRIDGED, 0xee, 0xdd],
  service: '',
  app: 'Telegram',
  probe,
};
