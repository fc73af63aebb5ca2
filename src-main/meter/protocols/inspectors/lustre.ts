/** Lustre's network: the acceptor's mark, in either byte order, or that of its connections. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

/** Acceptor, and socket connections of versions 2 and 3 (LNET's lnet-types.h, socklnd.h). */
const MARKS = new Set([0xacce7100, 0x0071ceac, 0x91b4f2be, 0xbe91b491, 0x91b491be]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 8 && MARKS.has(u32(data, at)) ? YES : NO;
}

export const lustre: Inspector = {
  id: 'lustre',
  over: 'tcp',
  ports: [988],
  first: [0x00, 0x45, 0x90, 0x91, 0xac, 0xbe],
  service: '',
  app: 'Lustre',
  probe,
};
