/** Redis: commands and answers in its serialisation protocol. */
import { latin1, matches } from '../bytes.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const INLINE = ['PING', 'INFO', 'CONFIG', 'AUTH ', 'HELLO ', 'SUBSCRIBE ', 'MONITOR', 'SLAVEOF '];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const usual = p.respPort === 6379 || p.origPort === 6379;
  if (data[at] === 0x2a) {
    const shown = latin1(data, at, end, 32);
    if (/^\*\d{1,6}\r\n[$*:]-?\d/.test(shown)) return YES;
    return /^\*(\d{1,6}(\r\n?[$*:]?)?)?$/.test(shown) ? MAYBE : NO;
  }
  if (matches(data, at, end, '+PONG\r\n') === YES) return YES;
  if (!usual) return NO;
  if (matches(data, at, end, '+OK\r\n') === YES || matches(data, at, end, '-NOAUTH') === YES) return YES;
  for (const command of INLINE) if (matches(data, at, end, command, true) === YES) return YES;
  return NO;
}

export const redis: Inspector = {
  id: 'redis',
  over: 'tcp',
  ports: [6379],
  service: 'redis',
  app: 'RESP',
  probe,
};
