/**
 * Zoom's media as measured in public (Michel and others 2022): its servers' encapsulation on their ports, and the greeting
 * of calls from one client to the other: two texts with their lengths, and four bytes of nothing at the end.
 */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [8801, 8802, 8803, 8804, 8805, 8806, 8807, 8808, 8809, 8810];
const KINDS = new Set([1, 2, 3, 4, 5, 7]);
const GREETING = 0x1f;
const TEXTS = 24;

function isGreeting(data: Uint8Array, at: number, end: number): boolean {
  if (end - at <= 36 || data[at + 1] !== 2 || data[at + 2] !== 1 || u32(data, end - 4) !== 0) return false;
  const address = u32(data, at + TEXTS);
  const second = at + TEXTS + 4 + address;
  return second + 8 < end && second + 4 + u32(data, second) + 4 === end;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === GREETING) return isGreeting(data, at, end) ? YES : NO;
  if (!usual(p, PORTS)) return NO;
  return end - at >= 8 && KINDS.has(data[at]!) && (data[at]! === 5 || data[at + 1] === 0 || end - at >= 24) ? YES : NO;
}

export const zoom: Inspector = {
  id: 'zoom',
  over: 'udp',
  ports: PORTS,
  first: [...KINDS, GREETING],
  service: '',
  app: 'Zoom',
  probe,
};
