/** HTTP/2 in the clear (RFC 9113): the client's preface, or the server's settings. */
import { u16, u24, u32, matches } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === 0x50) return matches(data, at, end, PREFACE);
  if (p.fromOrig || !p.fromStart || end - at < 9 || data[at + 3] !== 4 || data[at + 4] !== 0) return NO;
  const length = u24(data, at);
  if (u32(data, at + 5) !== 0 || length % 6 !== 0 || length > 60 || at + 9 + length > end) return NO;
  for (let i = at + 9; i < at + 9 + length; i += 6) if (u16(data, i) < 1 || u16(data, i) > 9) return NO;
  return length > 0 || end - at === 9 || data[at + 12] === 4 || data[at + 12] === 8 ? YES : NO;
}

export const http2: Inspector = {
  id: 'http2',
  over: 'tcp',
  ports: [80, 8080, 50051],
  first: [0x00, 0x50],
  service: '',
  app: 'HTTP2',
  probe,
};
