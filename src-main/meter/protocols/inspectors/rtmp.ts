/** RTMP: the handshake's version, and a first block that begins with a time and zeros. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [1935];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.fromStart || end - at < 9) return NO;
  if (usual(p, PORTS)) return YES;
  return data[at] === 3 && p.fromOrig && u32(data, at + 5) === 0 && u32(data, at + 1) >>> 24 < 0x80 && end - at > 1300
    ? YES
    : NO;
}

export const rtmp: Inspector = {
  id: 'rtmp',
  over: 'tcp',
  ports: PORTS,
  first: [0x03, 0x06],
  service: '',
  app: 'RTMP',
  probe,
};
