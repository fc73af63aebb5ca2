/** TACACS+ (RFC 8907): version, kind, flags, and a length that fits. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 12 || data[at + 1]! < 1 || data[at + 1]! > 3 || (data[at + 3]! & 0xfa) !== 0) return NO;
  return u32(data, at + 8) < 65536 && at + 12 + u32(data, at + 8) === end ? YES : NO;
}

export const tacacs: Inspector = {
  id: 'tacacs',
  over: 'tcp',
  ports: [49],
  first: [0xc0, 0xc1],
  portBound: true,
  service: '',
  app: 'TACACS',
  probe,
};
