/** CODESYS, the runtime of many controllers: the marks of its blocks (version 3) and of the older protocol. */
import { u16, u32, u32le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const BLOCK = 0x000117e8;
const OLD = 0xbbbb;
const LENGTH_MAX = 1 << 20;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8) return NO;
  if (data[at] === 0) return u32(data, at) === BLOCK && u32le(data, at + 4) <= LENGTH_MAX ? YES : NO;
  if (u16(data, at) !== OLD) return NO;
  return at + 6 + u32(data, at + 2) === end || at + 6 + u32le(data, at + 2) === end ? YES : NO;
}

export const codesys: Inspector = {
  id: 'codesys',
  over: 'tcp',
  ports: [11740, 1217, 2455, 1200],
  first: [0x00, 0xbb],
  service: '',
  app: 'CODESYS',
  probe,
};
