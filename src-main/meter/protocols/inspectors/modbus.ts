/** Modbus/TCP: a header whose length fits, and a known function. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const FUNCTIONS = new Set([1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43, 90]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8 || data[at + 2] !== 0 || data[at + 3] !== 0) return NO;
  const length = u16(data, at + 4);
  if (length < 2 || length > 254 || !FUNCTIONS.has(data[at + 7]! & 0x7f)) return NO;
  if (p.respPort === 502 || p.origPort === 502) return YES;
  return at + 6 + length === end && length >= 5 && data[at + 7]! < 0x80 && data[at] === 0 ? YES : NO;
}

export const modbus: Inspector = {
  id: 'modbus',
  over: 'tcp',
  ports: [502],
  service: 'modbus',
  app: 'Modbus',
  probe,
};
