/** Among Us: a message of its transport on the game's ports, elsewhere its greeting as it was observed. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const PORTS = [22023, 22123, 22223, 22323, 22423, 22523, 22623, 22723, 22823, 22923];
/** A reliable greeting, its number and length, and what the game says of itself. */
const GREETING = [0x08000100, 0x80d90203];

function isGreeting(p: Probe): boolean {
  return p.end - p.at > 9 && u32(p.data, p.at) === GREETING[0] && u32(p.data, p.at + 4) === GREETING[1];
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 3) return NO;
  if (!PORTS.includes(p.respPort) && !PORTS.includes(p.origPort)) return isGreeting(p) ? YES : NO;
  return data[at] === 8 || data[at] === 9 || data[at] === 10 || data[at] === 12 || data[at]! <= 1 ? YES : NO;
}

export const amongUs: Inspector = {
  id: 'among-us',
  over: 'udp',
  ports: PORTS,
  first: [0, 1, 8, 9, 10, 12],
  service: '',
  app: 'AmongUs',
  probe,
};
