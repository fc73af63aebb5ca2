/** Heroes of the Storm (without a specification): what the headers of its datagrams have in common, on Blizzard's ports. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const ZEROS = 14;

function zeros(data: Uint8Array, at: number): boolean {
  for (let i = at; i < at + ZEROS; i++) if (data[i] !== 0) return false;
  return true;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 20 || end - at > 122 || u16(data, at + 14) !== 0x4000) return NO;
  const kind = u16(data, at + 2);
  return kind === 0x0300 || kind === 0x3400 || zeros(data, at) ? YES : NO;
}

export const heroesOfTheStorm: Inspector = {
  id: 'heroes-of-the-storm',
  over: 'udp',
  ports: [1119, 1120, 3724, 6113],
  portBound: true,
  service: '',
  app: 'Heroes_of_the_Storm',
  probe,
};
