/** Omron's FINS: its mark over TCP; over UDP the header with reserved and gateway bytes. */
import { u32, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [9600];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (p.tcp)
    return end - at >= 16 && startsWith(data, at, end, 'FINS') && u32(data, at + 4) >= 8 && u32(data, at + 8) <= 0x17
      ? YES
      : NO;
  if (!usual(p, PORTS) || end - at < 12 || data[at]! < 0x80) return NO;
  return data[at + 1] === 0 && data[at + 2]! <= 7 ? YES : NO;
}

export const fins: Inspector = {
  id: 'fins',
  over: 'both',
  ports: PORTS,
  first: [0x46, 0x80, 0x81, 0xc0, 0xc1],
  service: '',
  app: 'FINS',
  probe,
};
