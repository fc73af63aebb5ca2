/** SOME/IP of vehicles (AUTOSAR): protocol version 1, a kind, a return code, and a length that fits. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [30490, 30491, 30501];
const KINDS = new Set([0, 1, 2, 0x20, 0x21, 0x22, 0x40, 0x41, 0x42, 0x80, 0x81, 0xa0, 0xa1]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 16 || data[at + 12] !== 1 || !KINDS.has(data[at + 14]!) || data[at + 15]! > 0x10) return NO;
  const length = u32(data, at + 4);
  if (length < 8 || at + 8 + length > end) return NO;
  return u32(data, at) !== 0 && (at + 8 + length === end || usual(p, PORTS)) ? YES : NO;
}

export const someip: Inspector = {
  id: 'someip',
  over: 'both',
  ports: PORTS,
  marks: { tcp: { at: 12, bytes: [1] }, udp: { at: 12, bytes: [1] } },
  service: '',
  app: 'SOMEIP',
  probe,
};
