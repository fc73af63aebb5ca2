/** Building control over IP (EIA-852): a length that fits, version 1, a known kind. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 20 && u16(data, at) === end - at && data[at + 2] === 1 ? YES : NO;
}

export const cnpIp: Inspector = {
  id: 'cnp-ip',
  over: 'udp',
  ports: [1628, 1629],
  portBound: true,
  service: '',
  app: 'CNP-IP',
  probe,
};
