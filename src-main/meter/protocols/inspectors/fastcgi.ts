/** FastCGI: the record that begins a request. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 16 || data[at + 1] !== 1 || u16(data, at + 4) !== 8 || data[at + 7] !== 0) return NO;
  const role = u16(data, at + 8);
  return role >= 1 && role <= 3 && data[at + 10]! <= 1 && u32(data, at + 12) >>> 8 === 0 ? YES : NO;
}

export const fastcgi: Inspector = {
  id: 'fastcgi',
  over: 'tcp',
  ports: [9000],
  first: [0x01],
  service: '',
  app: 'FastCGI',
  probe,
};
