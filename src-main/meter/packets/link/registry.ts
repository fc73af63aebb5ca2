/** Link types that can be decoded. Adding one is a layer in a file of its own, and a line here. */
import { llc, mpls } from '../net/ethertype.ts';
import type { DecodeState, Layer } from '../net/state.ts';
import { cooked1, cooked2 } from './cooked.ts';
import { ethernet } from './ethernet.ts';
import { fddi } from './fddi.ts';
import { fibreChannel } from './fibre-channel.ts';
import { fireWire } from './firewire.ts';
import { loopback } from './loopback.ts';
import { linkTypeName } from './names.ts';
import { nflog } from './nflog.ts';
import { pflog } from './pflog.ts';
import { ciscoHdlc, ciscoHdlcWithDirection, ppp, pppEther, pppHdlc, pppPppd, pppWithDirection } from './ppp.ts';
import { ipBehind, onlyIpv4, onlyIpv6, rawIp } from './raw-ip.ts';
import { avs, prism, radiotap, wifi } from './wifi.ts';

const LAYERS: ReadonlyMap<number, Layer> = new Map<number, Layer>([
  [0, loopback],
  [1, ethernet],
  [9, ppp],
  [10, fddi],
  [12, rawIp],
  [14, rawIp],
  [50, pppHdlc],
  [51, pppEther],
  [100, llc],
  [101, rawIp],
  [104, ciscoHdlc],
  [105, wifi],
  [108, loopback],
  [109, ipBehind(12)],
  [113, cooked1],
  [117, pflog],
  [119, prism],
  [122, fibreChannel],
  [127, radiotap],
  [138, fireWire],
  [163, avs],
  [166, pppPppd],
  [192, ppi],
  [204, pppWithDirection],
  [205, ciscoHdlcWithDirection],
  [219, mpls],
  [226, ipBehind(24)],
  [228, onlyIpv4],
  [229, onlyIpv6],
  [239, nflog],
  [258, pktap],
  [276, cooked2],
]);

/** Link types below this number are looked up in an array. */
export const LINK_TYPES = 512;

/** The layers by link type, for the decoder's loop. */
export function layerTable(): (Layer | undefined)[] {
  return Array.from({ length: LINK_TYPES }, (_, link) => LAYERS.get(link));
}

/** Per-packet information: a header that names the link type of what follows. */
function ppi(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < 8) return;
  const length = s.view.getUint16(at + 2, true);
  if (length >= 8 && length <= end - at) named(s, 192, s.view.getUint32(at + 4, true), at + length, end, limit);
}

/** macOS: the same, with the interface and process that the packet belongs to. */
function pktap(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < 12) return;
  const length = s.view.getUint32(at, true);
  if (length >= 12 && length <= end - at) named(s, 258, s.view.getUint32(at + 8, true), at + length, end, limit);
}

function named(s: DecodeState, by: number, link: number, at: number, end: number, limit: number): void {
  const layer = link === 192 || link === 258 ? undefined : LAYERS.get(link);
  if (layer) layer(s, at, end, limit);
  else s.warn('unsupported-link-type', `${linkTypeName(by)} with ${linkTypeName(link)}`);
}
