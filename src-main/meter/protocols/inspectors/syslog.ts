/** Syslog (RFC 3164, RFC 5424): a priority, then a version or a month. */
import { latin1 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const MESSAGE = /^<(\d{1,3})>(?:1 |(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d |\d+: )/;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] !== 0x3c) return NO;
  const shown = latin1(data, at, end, 16);
  if (MESSAGE.test(shown)) return YES;
  return (p.respPort === 514 || p.origPort === 514) && /^<\d{1,3}>/.test(shown) ? YES : NO;
}

export const syslog: Inspector = {
  id: 'syslog',
  over: 'both',
  ports: [514],
  first: [0x3c],
  service: 'syslog',
  app: 'Syslog',
  probe,
};
