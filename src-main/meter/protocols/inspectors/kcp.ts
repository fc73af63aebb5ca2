/** KCP: segments whose commands are known and whose lengths fill the datagram. */
import { u16le, u32le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const HEADER = 24;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  let next = at;
  let segments = 0;
  while (next + HEADER <= end && segments < 32) {
    const command = data[next + 4]!;
    if (command < 81 || command > 84 || u16le(data, next + 6) === 0) return NO;
    const length = u32le(data, next + 20);
    if (length > 1500 || (command !== 81 && length !== 0)) return NO;
    next += HEADER + length;
    segments++;
  }
  return segments > 0 && next === end && u32le(data, at) !== 0 ? YES : NO;
}

export const kcp: Inspector = {
  id: 'kcp',
  over: 'udp',
  ports: [],
  marks: { udp: { at: 4, bytes: [81, 82, 83, 84] } },
  service: '',
  app: 'KCP',
  probe,
};
