/** Gnutella: the peers' handshake, and its datagrams. */
import { startsWith, u32le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const DESCRIPTORS = new Set([0x00, 0x01, 0x02, 0x30, 0x31, 0x40, 0x41, 0x44, 0x80, 0x81]);
const HEADER = 23;
const HOPS_MAX = 10;

/** A descriptor: an id of 16 bytes, its kind, time to live, hops, and a length that fills the datagram. */
function descriptor(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < HEADER || !DESCRIPTORS.has(data[at + 16]!)) return false;
  if (data[at + 17]! > HOPS_MAX || data[at + 18]! > HOPS_MAX) return false;
  return u32le(data, at + 19) === end - at - HEADER && data[at]! + data[at + 1]! > 0;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.tcp) return (startsWith(data, at, end, 'GND') && end - at > 5) || descriptor(data, at, end) ? YES : NO;
  return startsWith(data, at, end, 'GNUTELLA ') ||
    startsWith(data, at, end, 'GNUTELLA/') ||
    startsWith(data, at, end, 'GIV ')
    ? YES
    : NO;
}

export const gnutella: Inspector = {
  id: 'gnutella',
  over: 'both',
  ports: [6346, 6347],
  marks: { tcp: { at: 0, bytes: [0x47] } },
  service: '',
  app: 'Gnutella',
  probe,
};
