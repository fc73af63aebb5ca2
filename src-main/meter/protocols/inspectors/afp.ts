/** Apple's file service over TCP: the session layer's header (DSI), whose data fill the segment. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [548];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 16 || data[at]! > 1 || data[at + 1]! < 1 || data[at + 1]! > 8 || u32(data, at + 12) !== 0) return NO;
  const fits = at + 16 + u32(data, at + 8) === end;
  // Off its port only what opens a session or asks for the server's state.
  return fits && (usual(p, PORTS) || ((data[at + 1] === 3 || data[at + 1] === 4) && data[at] === 0)) ? YES : NO;
}

export const afp: Inspector = {
  id: 'afp',
  over: 'tcp',
  ports: PORTS,
  first: [0x00, 0x01],
  service: '',
  app: 'AFP',
  probe,
};
