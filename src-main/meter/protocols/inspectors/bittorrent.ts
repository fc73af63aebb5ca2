/** BitTorrent: the peers' handshake (BEP 3), and the distributed table over UDP (BEP 5), trackers and local peers. */
import { findText, matches, startsWith, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

/** "connect" to a tracker over UDP (BEP 15): its magic number and the action 0. */
function tracker(data: Uint8Array, at: number, end: number): boolean {
  return end - at >= 16 && u32(data, at) === 0x417 && u32(data, at + 4) === 0x27101980 && u32(data, at + 8) === 0;
}

/** A query, an answer or an error of the table: a dictionary that states its kind. */
function table(data: Uint8Array, at: number, end: number): boolean {
  if (!startsWith(data, at, end, 'd1:') && !startsWith(data, at, end, 'd2:')) return false;
  if (startsWith(data, at + 3, end, 'ad2:id20:') || startsWith(data, at + 3, end, 'rd2:id20:')) return true;
  return findText(data, '1:y1:', at, Math.min(end, at + 1024)) > 0;
}

/** Pieces are asked for in blocks of this size. */
const BLOCK = 16384;

/** In the middle of a connection: a request for a block, or the block, that begins a segment. */
function middle(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < 13 || data[at] !== 0 || u32(data, at + 9) % BLOCK !== 0) return false;
  if (data[at + 4] === 6) return u32(data, at) === 13 && end - at >= 17 && u32(data, at + 13) === BLOCK;
  return data[at + 4] === 7 && u32(data, at) === 9 + BLOCK;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (p.tcp && !p.fromStart && middle(data, at, end)) return YES;
  if (p.tcp) return matches(data, at, end, '\x13BitTorrent protocol');
  // Local peers (BEP 14) are looked for as SSDP looks for devices.
  return table(data, at, end) || tracker(data, at, end) || startsWith(data, at, end, 'BT-SEARCH * HTTP/1.1') ? YES : NO;
}

export const bittorrent: Inspector = {
  id: 'bittorrent',
  over: 'both',
  ports: [6881, 6882, 6883, 6884, 6885, 6886, 6887, 6888, 6889],
  first: [0x00, 0x13, 0x42, 0x64],
  service: 'bittorrent',
  app: 'BitTorrent',
  probe,
};
