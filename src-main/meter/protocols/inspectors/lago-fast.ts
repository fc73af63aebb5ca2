/** LagoFast's tunnel for games (without a specification): a mark and a length that fits. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const HEADER = 6;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= HEADER && u32(data, at) === 0x006e5d03 && u16(data, at + 4) === end - at - HEADER ? YES : NO;
}

export const lagoFast: Inspector = {
  id: 'lago-fast',
  over: 'udp',
  ports: [],
  first: [0x00],
  service: '',
  app: 'LagoFast',
  probe,
};
