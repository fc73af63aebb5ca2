/** Label distribution (RFC 5036): version, a length that fits, and a known message. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [646];
const MESSAGES = new Set([0x0001, 0x0100, 0x0200, 0x0201, 0x0300, 0x0301, 0x0400, 0x0401, 0x0402, 0x0403, 0x0404]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 18 || data[at + 1] !== 1) return NO;
  const length = u16(data, at + 2);
  return length >= 14 &&
    at + 4 + length <= end &&
    MESSAGES.has(u16(data, at + 10) & 0x7fff) &&
    (usual(p, PORTS) || u16(data, at + 8) === 0)
    ? YES
    : NO;
}

export const ldp: Inspector = {
  id: 'ldp',
  over: 'both',
  ports: PORTS,
  first: [0x00],
  service: '',
  app: 'LDP',
  probe,
};
