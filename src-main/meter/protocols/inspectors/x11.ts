/** The X window system: the set-up request with its byte order and protocol version. */
import { u16, u16le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 12 || data[at + 1] !== 0 || !p.fromOrig) return NO;
  return data[at] === 0x42
    ? u16(data, at + 2) === 11 && u16(data, at + 4) === 0
      ? YES
      : NO
    : u16le(data, at + 2) === 11 && u16le(data, at + 4) === 0
      ? YES
      : NO;
}

export const x11: Inspector = {
  id: 'x11',
  over: 'tcp',
  ports: [6000, 6001, 6010],
  first: [0x42, 0x6c],
  service: '',
  app: 'X11',
  probe,
};
