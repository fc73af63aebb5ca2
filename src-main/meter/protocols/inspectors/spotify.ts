/** Spotify: its search for players in the local network, and what a player says first to an access point. */
import { startsWith, u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const VERSION = 0x0004;
const HELLO_MAX = 4096;

/** A version and a length that fits, then the build (field 10) that begins with the product (field 10). */
function hello(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < 16 || u16(data, at) !== VERSION || u32(data, at + 2) > HELLO_MAX) return false;
  return u32(data, at + 2) === end - at && data[at + 6] === 0x52 && data[at + 8] === 0x50;
}

function probe(p: Probe): Verdict {
  if (p.tcp) return p.fromStart && hello(p.data, p.at, p.end) ? YES : NO;
  return startsWith(p.data, p.at, p.end, 'SpotUdp') ? YES : NO;
}

export const spotify: Inspector = {
  id: 'spotify',
  over: 'both',
  ports: [57621, 4070],
  first: [0x00, 0x53],
  service: '',
  app: 'Spotify',
  probe,
};
