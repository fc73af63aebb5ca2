/** Dynamic link exchange (RFC 8175): a discovery signal, or a message on its port whose length fits. */
import { u16, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [854];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === 0x44) return end - at >= 8 && startsWith(data, at, end, 'DLEP') && u16(data, at + 4) <= 2 ? YES : NO;
  if (!p.tcp || !usual(p, PORTS) || end - at < 4) return NO;
  return u16(data, at) >= 1 && u16(data, at) <= 16 && at + 4 + u16(data, at + 2) === end ? YES : NO;
}

export const dlep: Inspector = {
  id: 'dlep',
  over: 'both',
  ports: PORTS,
  first: [0x00, 0x44],
  service: '',
  app: 'DLEP',
  probe,
};
