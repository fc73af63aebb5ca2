/** BACnet/IP (ASHRAE 135): a known function of its virtual link, a length that fits, version 1 behind it. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [47808];
/** Functions that carry a message of the network layer: from there, distributed, forwarded, unicast, broadcast. */
const OFFSETS: ReadonlyMap<number, number> = new Map([
  [0x04, 10],
  [0x09, 4],
  [0x0a, 4],
  [0x0b, 4],
]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 4 || data[at + 1]! > 0x0c || u16(data, at + 2) !== end - at) return NO;
  const offset = OFFSETS.get(data[at + 1]!);
  if (offset === undefined) return usual(p, PORTS) ? YES : NO;
  return end - at > offset + 1 && data[at + offset] === 1 ? YES : NO;
}

export const bacnet: Inspector = {
  id: 'bacnet',
  over: 'udp',
  ports: PORTS,
  first: [0x81],
  service: '',
  app: 'BACnet',
  probe,
};
