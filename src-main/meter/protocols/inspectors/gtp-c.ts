/** GTP's control plane (3GPP TS 29.060, 29.274) and charging (GTP'): version, message, a length that fits. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8) return NO;
  const version = data[at]! >>> 5;
  const length = u16(data, at + 2);
  if (version === 2) return at + 4 + length <= end && data[at + 1]! > 0 ? YES : NO;
  if (version === 1 && data[at]! & 0x10) return at + 8 + length === end ? YES : NO;
  return version <= 2 && (at + 6 + length === end || at + 20 + length === end) ? YES : NO;
}

export const gtpC: Inspector = {
  id: 'gtp-c',
  over: 'udp',
  ports: [2123, 3386],
  portBound: true,
  service: '',
  app: 'GTP',
  probe,
};
