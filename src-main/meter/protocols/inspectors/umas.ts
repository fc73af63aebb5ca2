/** Schneider's UMAS: its function within Modbus/TCP. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 10 || u16(data, at + 2) !== 0 || data[at + 7] !== 0x5a) return NO;
  return at + 6 + u16(data, at + 4) === end ? YES : NO;
}

export const umas: Inspector = {
  id: 'umas',
  over: 'tcp',
  ports: [502],
  portBound: true,
  service: '',
  app: 'Modbus.UMAS',
  probe,
};
