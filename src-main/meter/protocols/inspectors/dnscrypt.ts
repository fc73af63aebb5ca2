/** DNSCrypt: the resolver's mark at the beginning of an answer. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const MARK = 'r6fnvWj8';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === 0x72) return startsWith(data, at, end, MARK) ? YES : NO;
  return p.tcp && startsWith(data, at + 2, end, MARK) ? YES : NO;
}

export const dnscrypt: Inspector = {
  id: 'dnscrypt',
  over: 'both',
  ports: [443, 5353, 8443],
  marks: { udp: { at: 0, bytes: [0x72] } },
  service: '',
  app: 'DNScrypt',
  probe,
};
