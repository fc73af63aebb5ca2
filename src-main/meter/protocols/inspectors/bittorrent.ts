/** BitTorrent: the peers' handshake (BEP 3), and the distributed table over UDP (BEP 5), trackers and local peers. */
import { findText, hex, latin1, matches, startsWith, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

/** Clients by the two letters of their peer ids (BEP 20). */
const CLIENTS: ReadonlyMap<string, string> = new Map([
  ['AZ', 'Vuze'],
  ['BC', 'BitComet'],
  ['BI', 'BiglyBT'],
  ['BT', 'BitTorrent'],
  ['DE', 'Deluge'],
  ['FD', 'Free Download Manager'],
  ['FL', 'Flud'],
  ['KT', 'KTorrent'],
  ['LT', 'libtorrent (Rasterbar)'],
  ['lt', 'libTorrent (Rakshasa)'],
  ['qB', 'qBittorrent'],
  ['SD', 'Xunlei'],
  ['TR', 'Transmission'],
  ['UM', 'µTorrent for Mac'],
  ['UT', 'µTorrent'],
  ['UW', 'µTorrent Web'],
  ['WW', 'WebTorrent'],
  ['XL', 'Xunlei'],
]);
const HASH_AT = 28;
const PEER_AT = 48;
const HANDSHAKE = 68;
const PAYLOADS = 4;
const SHOWN = 1024;
const QUERY = /1:q\d{1,2}:(ping|find_node|get_peers|announce_peer|get|put|sample_infohashes)/;
const VERSION = /1:v4:([\x21-\x7e]{2})/;
const SEARCHED = /^Infohash: ([0-9a-f]{40})/im;

/** "qBittorrent 4.5.0.0" of the peer id "-qB4500-…"; '' of one in another style. */
function clientOf(peer: string): string {
  const [, letters = '', version = ''] = /^-([A-Za-z]{2})([0-9A-Za-z]{4})-/.exec(peer) ?? [];
  return letters === '' ? '' : `${CLIENTS.get(letters) ?? letters} ${version.split('').join('.')}`;
}

function handshake(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (!flow.tcp) return datagram(flow, data, at, end);
  if (end - at < HANDSHAKE || data[at] !== 0x13) return;
  flow.fact('bittorrent.hash', hex(data, at + HASH_AT, at + PEER_AT));
  flow.fact(fromOrig ? 'bittorrent.client' : 'bittorrent.peer', clientOf(latin1(data, at + PEER_AT, at + HANDSHAKE)));
}

function datagram(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
  const shown = latin1(data, at, end, SHOWN);
  flow.also('bittorrent.hash', SEARCHED.exec(shown)?.[1]?.toLowerCase() ?? '');
  if (data[at] !== 0x64) return;
  flow.also('bittorrent.query', QUERY.exec(shown)?.[1] ?? '');
  const wanted = shown.indexOf('9:info_hash20:');
  if (wanted > 0) flow.also('bittorrent.hash', hex(data, at + wanted + 14, Math.min(end, at + wanted + 34)));
  const letters = VERSION.exec(shown)?.[1];
  if (letters !== undefined) flow.also('bittorrent.client', CLIENTS.get(letters) ?? letters);
}

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
  open: once(handshake, PAYLOADS),
};
