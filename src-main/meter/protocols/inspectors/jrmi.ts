/** Java's remote method invocation: its mark, a version and a known kind of stream. */
import { u16, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 7 &&
    startsWith(data, at, end, 'JRMI') &&
    u16(data, at + 4) <= 2 &&
    data[at + 6]! >= 0x4b &&
    data[at + 6]! <= 0x4d
    ? YES
    : NO;
}

export const jrmi: Inspector = {
  id: 'jrmi',
  over: 'tcp',
  ports: [1099],
  first: [0x4a],
  service: '',
  app: 'JRMI',
  probe,
};
