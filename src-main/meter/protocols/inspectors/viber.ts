/** Viber: the length and mark of its messages over TCP, the kinds of its calls' datagrams on their ports. */
import { u16le } from '../bytes.ts';
import { usual } from '../ports.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const CALLS = [5242, 5243, 7985, 7987, 9785];
const PORTS = [4244, 5242, 5243, 7985, 7987, 9785];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 11) return NO;
  if (p.tcp) {
    const marked = data[at + 2] === 0xfc && data[at + 3] === 0xff && data[at + 4] === 1 && data[at + 5] === 0;
    return marked && u16le(data, at) === end - at ? YES : NO;
  }
  if (!usual(p, CALLS) || data[at + 3] !== 0) return NO;
  const kind = data[at + 2]!;
  if (kind === 0x03) return end - at === 12 || end - at === 20 ? YES : NO;
  if (kind === 0x01) return data[at + 4] === 0x05 && data[at + 5] === 0 ? YES : NO;
  return kind === 0x19 && end - at === 34 ? YES : NO;
}

export const viber: Inspector = {
  id: 'viber',
  over: 'both',
  ports: PORTS,
  service: '',
  app: 'Viber',
  probe,
};
