/** KNXnet/IP (EN 13321-2): header, version, a known service, a length that fits. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 6 || data[at + 1] !== 0x10 || u16(data, at + 4) !== end - at) return NO;
  const service = data[at + 2]!;
  return service >= 2 && service <= 9 ? YES : NO;
}

export const knxnet: Inspector = {
  id: 'knxnet',
  over: 'both',
  ports: [3671],
  first: [0x06],
  service: '',
  app: 'KNXnet_IP',
  probe,
};
