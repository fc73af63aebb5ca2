/** The remote shell (RFC 1282's relative): a port in digits and a zero, or names and a command between zeros. */
import { find } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.fromOrig || !p.fromStart || end - at < 1) return NO;
  const zero = find(data, 0, at, Math.min(end, at + 6));
  if (zero < at) return NO;
  for (let i = at; i < zero; i++) if (data[i]! < 0x30 || data[i]! > 0x39) return NO;
  return zero > at || end - at === 1 ? YES : NO;
}

export const rsh: Inspector = {
  id: 'rsh',
  over: 'tcp',
  ports: [514],
  portBound: true,
  service: '',
  app: 'RSH',
  probe,
};
