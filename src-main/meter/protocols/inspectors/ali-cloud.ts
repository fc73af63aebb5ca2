/** Alibaba Cloud's agents (without a specification): a mark and the length of what follows, which may come in a segment of its own. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const MARK = 0xcefabeba;
const HEADER = 8;
const LENGTH_MAX = 1 << 24;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < HEADER || u32(data, at) !== MARK) return NO;
  const length = u32(data, at + 4);
  return length > 0 && length <= LENGTH_MAX && (end - at === HEADER || end - at <= HEADER + length) ? YES : NO;
}

export const aliCloud: Inspector = {
  id: 'ali-cloud',
  over: 'tcp',
  ports: [],
  first: [0xce],
  service: '',
  app: 'AliCloud',
  probe,
};
