/** Photon, many games' service: the command that opens a connection, on its port. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const HEADER = 12;
const CONNECT = 2;
const CONNECT_LENGTH = 44;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < HEADER + CONNECT_LENGTH || u16(data, at) !== 0xffff || data[at + 3]! < 1) return NO;
  const command = at + HEADER;
  return data[command] === CONNECT && data[command + 1] === 0xff && u32(data, command + 4) === CONNECT_LENGTH
    ? YES
    : NO;
}

export const photon: Inspector = {
  id: 'photon',
  over: 'udp',
  ports: [5055, 5056, 5058, 27000, 27001, 27002],
  first: [0xff],
  service: '',
  app: 'Photon',
  probe,
};
