/**
 * Photon, the service of many games: datagrams of commands that fill them, and the ping that looks for the nearest server.
 * Its name is that of the game in which nDPI first met it.
 */
import { u32 } from '../bytes.ts';
import { once } from '../once.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const HEADER = 12;
const COMMAND = 12;
const KIND_MAX = 15;
const COMMANDS_MAX = 64;
const PING = 0x7d7d7d7d;
const PING_MIN = 13;

/** As many commands as the header says, of known kinds and whose lengths fill the datagram. */
function commandsFill(data: Uint8Array, at: number, end: number): boolean {
  const count = data[at + 3]!;
  if (count < 1 || count > COMMANDS_MAX) return false;
  let next = at + HEADER;
  for (let i = 0; i < count; i++) {
    if (next + COMMAND > end || data[next]! < 1 || data[next]! > KIND_MAX || data[next + 2]! > 1) return false;
    const length = u32(data, next + 4);
    if (length < COMMAND || length > end - next) return false;
    next += length;
  }
  return next === end;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < PING_MIN) return NO;
  if (data[at] === 0x7d) return u32(data, at) === PING && u32(data, at + 4) === PING ? YES : NO;
  return data[at + 2] === 0 && commandsFill(data, at, end) ? YES : NO;
}

export const photon: Inspector = {
  id: 'photon',
  over: 'udp',
  ports: [5055, 5056, 5058, 27000, 27001, 27002],
  marks: { udp: { at: 2, bytes: [0, 0x7d] } },
  service: '',
  app: 'TocaBoca',
  probe,
  open: once((flow) => flow.fact('game.service', 'Photon')),
};
