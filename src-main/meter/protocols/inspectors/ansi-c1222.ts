/** Meters by ANSI C12.22: a message in BER that fills the datagram. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8) return NO;
  const length = data[at + 1]!;
  if (length < 0x80) return at + 2 + length === end ? YES : NO;
  return (length === 0x81 && at + 3 + data[at + 2]! === end) || (length === 0x82 && at + 4 + u16(data, at + 2) === end)
    ? YES
    : NO;
}

export const ansiC1222: Inspector = {
  id: 'ansi-c1222',
  over: 'both',
  ports: [1153],
  first: [0x60],
  portBound: true,
  service: '',
  app: 'ANSI_C1222',
  probe,
};
