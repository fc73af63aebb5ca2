/** Teredo (RFC 4380), where nothing inside could be followed: bubbles, and packets cut short. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { u16 } from '../bytes.ts';

const AUTHENTICATION = 1;
const ORIGIN_LENGTH = 8;
const IPV6_HEADER = 40;

function probe(p: Probe): Verdict {
  const { data, end } = p;
  let { at } = p;
  if (p.respPort !== 3544 && p.origPort !== 3544) return NO;
  if (end - at >= 13 && data[at] === 0 && data[at + 1] === AUTHENTICATION) at += 13 + data[at + 2]! + data[at + 3]!;
  if (end - at >= ORIGIN_LENGTH && data[at] === 0 && data[at + 1] === 0) at += ORIGIN_LENGTH;
  if (end - at < IPV6_HEADER || data[at]! >>> 4 !== 6) return NO;
  // Trailers may follow the packet (RFC 6081).
  return at + IPV6_HEADER + u16(data, at + 4) <= end || p.partial ? YES : NO;
}

export const teredo: Inspector = {
  id: 'teredo',
  over: 'udp',
  ports: [3544],
  portBound: true,
  service: 'teredo',
  app: 'TEREDO',
  probe,
};
