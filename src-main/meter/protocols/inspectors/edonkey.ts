/** eDonkey and eMule: the mark of a message, a length that fits, or a known operation of Kademlia. */
import { u32le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [4662, 4672];
const HELLO = 0x01;
const KADEMLIA = new Set([
  0x01, 0x09, 0x11, 0x19, 0x20, 0x21, 0x28, 0x29, 0x33, 0x34, 0x35, 0x43, 0x44, 0x4b, 0x50, 0x58, 0x60, 0x61, 0x62,
]);
const SERVERS = new Set([
  0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4,
]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (p.tcp) {
    if (end - at < 6 || data[at]! >= 0xe4) return NO;
    const length = u32le(data, at + 1);
    if (length < 1 || length > 1 << 20 || at + 5 + length !== end) return NO;
    if (data[at] === 0xe3) return data[at + 5] === HELLO || data[at + 5]! >= 0x10 ? YES : NO;
    return usual(p, PORTS) || length > 16 ? YES : NO;
  }
  if (end - at < 2 || p.partial) return NO;
  if (data[at] === 0xe4) return KADEMLIA.has(data[at + 1]!) && (usual(p, PORTS) || end - at === 35) ? YES : NO;
  if (!usual(p, [4661, 4662, 4665, 4666, 4669, 4672, 4675])) return NO;
  return data[at] === 0xe3 ? (SERVERS.has(data[at + 1]!) ? YES : NO) : data[at] === 0xc5 ? YES : NO;
}

export const edonkey: Inspector = {
  id: 'edonkey',
  over: 'both',
  ports: PORTS,
  first: [0xc5, 0xd4, 0xe3, 0xe4, 0xe5],
  service: '',
  app: 'eDonkey',
  probe,
};
