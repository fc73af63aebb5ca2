/** OpenFlow: a hello of a known version; on its ports any message whose length fits. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [6633, 6653];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8 || data[at + 1]! > 35) return NO;
  const length = u16(data, at + 2);
  if (length < 8 || at + length > end) return NO;
  return usual(p, PORTS) ||
    (data[at + 1] === 0 && at + length === end && (length === 8 || (length === 16 && u32(data, at + 8) === 0x00010008)))
    ? YES
    : NO;
}

export const openflow: Inspector = {
  id: 'openflow',
  over: 'tcp',
  ports: PORTS,
  first: [0x01, 0x02, 0x03, 0x04, 0x05, 0x06],
  service: '',
  app: 'OpenFlow',
  probe,
};
