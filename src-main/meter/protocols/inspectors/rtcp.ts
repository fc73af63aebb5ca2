/** RTP's control protocol (RFC 3550): reports whose lengths in words fill the datagram. */
import { u16, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const SDES = 202;
function description(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  let next = at;
  for (let i = 0; i < 8 && next + 10 <= end; i++) {
    const stop = next + 4 + u16(data, next + 2) * 4;
    const length = data[next + 9]!;
    if (data[next + 1] === SDES && data[next + 8] === 1 && next + 10 + length <= end)
      flow.fact('rtcp.cname', text(data, next + 10, next + 10 + length));
    next = stop;
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8) return NO;
  let next = at;
  let reports = 0;
  while (next + 4 <= end && reports < 16) {
    const kind = data[next + 1]!;
    if (data[next]! >>> 6 !== 2 || kind < 200 || kind > 207) break;
    next += 4 + u16(data, next + 2) * 4;
    reports++;
  }
  if (reports === 0 || next > end) return NO;
  const first = data[at + 1]!;
  // Secure RTCP adds an index and a tag behind the report.
  return next === end || (first <= 201 && u16(data, at + 2) >= 1 && end - next <= 40) ? YES : NO;
}

export const rtcp: Inspector = {
  id: 'rtcp',
  over: 'udp',
  ports: [],
  first: [0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x8f, 0xa0, 0xa1],
  service: '',
  app: 'RTCP',
  probe,
  open: once(description),
};
