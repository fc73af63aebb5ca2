/** Synchrophasors (IEEE C37.118.2): the sync word, a frame size that fits, and the check sum. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

/** CRC-CCITT from 0xffff, as the standard defines it. */
function check(data: Uint8Array, at: number, end: number): number {
  let sum = 0xffff;
  for (let i = at; i < end; i++) {
    sum ^= data[i]! << 8;
    for (let bit = 0; bit < 8; bit++) sum = sum & 0x8000 ? ((sum << 1) ^ 0x1021) & 0xffff : (sum << 1) & 0xffff;
  }
  return sum;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 16 || (data[at + 1]! & 0x0f) < 1 || (data[at + 1]! & 0x0f) > 2 || data[at + 1]! > 0x5f) return NO;
  const size = u16(data, at + 2);
  if (size < 16 || size > 2048 || at + size > end) return NO;
  return check(data, at, at + size - 2) === u16(data, at + size - 2) ? YES : NO;
}

export const ieeeC37118: Inspector = {
  id: 'ieee-c37118',
  over: 'both',
  ports: [4712, 4713],
  first: [0xaa],
  service: '',
  app: 'IEEE-C37118',
  probe,
};
