/** ZeroMQ's transport (ZMTP): the signature of ten bytes, or the older greetings. */
import { u24, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 10 || data[at + 9] !== 0x7f) return NO;
  return u32(data, at + 1) === 0 && u24(data, at + 5) === 0 ? YES : NO;
}

export const zeromq: Inspector = {
  id: 'zeromq',
  over: 'tcp',
  ports: [5555],
  first: [0xff],
  service: '',
  app: 'ZeroMQ',
  probe,
};
