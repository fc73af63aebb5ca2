/** Armagetron Advanced: the login a client sends first, a message of kind 11 without a number, and who sent it behind. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const LOGIN = 0x000b0000;
const LEAST_WORDS = 2;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 12 || u32(data, at) !== LOGIN || u16(data, end - 2) !== 0) return NO;
  const words = u16(data, at + 4);
  return words >= LEAST_WORDS && at + 6 + words * 2 + 2 === end ? YES : NO;
}

export const armagetron: Inspector = {
  id: 'armagetron',
  over: 'udp',
  ports: [4534],
  first: [0x00],
  service: '',
  app: 'Armagetron',
  probe,
};
