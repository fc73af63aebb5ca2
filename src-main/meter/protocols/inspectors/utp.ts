/** BitTorrent's transport over UDP (BEP 29): the packet that opens a connection. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const HEADER = 20;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < HEADER || data[at + 1]! > 2 || u16(data, at + 16) === 0 || u32(data, at + 12) === 0) return NO;
  // Nothing came back yet, so no difference of time is known and nothing is acknowledged.
  if (u32(data, at + 8) !== 0 || u16(data, at + 18) !== 0) return NO;
  return end - at === HEADER ||
    (data[at + 1] !== 0 && data[at + HEADER] === 0 && at + HEADER + 2 + data[at + HEADER + 1]! === end)
    ? YES
    : NO;
}

export const utp: Inspector = {
  id: 'utp',
  over: 'udp',
  ports: [],
  first: [0x41],
  service: '',
  app: 'BitTorrent',
  probe,
};
