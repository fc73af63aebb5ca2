/** IEC 62056 (DLMS/COSEM): meters' wrapper over IP with a known kind of message, or a sign-on in text. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [4059];
const KINDS = new Set([
  0x60, 0x61, 0x62, 0x63, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc7, 0xc8, 0xcb, 0xcc, 0xd4, 0xdb, 0xdc,
]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === 0x2f)
    return usual(p, PORTS) && data[at + 1] === 0x3f && end - at >= 5 && data[end - 3] === 0x21 ? YES : NO;
  if (end - at < 9 || data[at + 1] !== 1 || u16(data, at + 6) !== end - at - 8) return NO;
  return KINDS.has(data[at + 8]!) && (usual(p, PORTS) || data[at + 8]! <= 0x61) ? YES : NO;
}

export const iec62056: Inspector = {
  id: 'iec62056',
  over: 'both',
  ports: PORTS,
  first: [0x00, 0x2f],
  service: '',
  app: 'IEC62056',
  probe,
};
