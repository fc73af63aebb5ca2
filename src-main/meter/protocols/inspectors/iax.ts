/** Asterisk's IAX2 (RFC 5456): a whole frame of control whose elements fill the datagram. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [4569];
const CONTROL = 6;
const SUBCLASS_MAX = 41;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (
    end - at < 12 ||
    !(data[at]! & 0x80) ||
    data[at + 10] !== CONTROL ||
    data[at + 11]! < 1 ||
    data[at + 11]! > SUBCLASS_MAX
  )
    return NO;
  let next = at + 12;
  for (let i = 0; i < 64 && next + 2 <= end; i++) next += 2 + data[next + 1]!;
  return next === end && (usual(p, PORTS) || end - at > 16) ? YES : NO;
}

export const iax: Inspector = {
  id: 'iax',
  over: 'udp',
  ports: PORTS,
  marks: { udp: { at: 10, bytes: [CONTROL] } },
  service: '',
  app: 'IAX',
  probe,
};
