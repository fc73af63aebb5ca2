/** Paltalk (without a specification): two messages of its sign-in, by their sizes and fixed fields. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at === 20) return u32(data, at + 8) === 0x00020001 && u32(data, at + 16) === 0x5afdffff ? YES : NO;
  return end - at === 22 && u32(data, at + 2) === 0x24c2e80b && u32(data, at + 17) === 0x5b732b00 ? YES : NO;
}

export const paltalk: Inspector = {
  id: 'paltalk',
  over: 'tcp',
  ports: [],
  service: '',
  app: 'Paltalk',
  probe,
};
