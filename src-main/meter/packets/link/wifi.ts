/** IEEE 802.11 data frames, bare and behind the headers that capture tools put in front of them. */
import { llc } from '../net/ethertype.ts';
import type { DecodeState } from '../net/state.ts';

const HEADER = 24;
const TYPE_DATA = 2;
const SUBTYPE_QOS = 8;
const SUBTYPE_NO_DATA = 4;
const TO_DS = 1;
const FROM_DS = 2;
const PROTECTED = 0x40;
const ORDER = 0x80;
const AGGREGATED = 0x80;
const MAX_SUBFRAMES = 64;

/** Radiotap's flags field: the header is padded to four bytes; the frame check sequence is at the end. */
const RADIOTAP_PADDED = 0x20;
const RADIOTAP_FCS = 0x10;
const FCS = 4;

export function wifi(s: DecodeState, at: number, end: number, limit: number): void {
  frame(s, at, end, limit, false);
}

function frame(s: DecodeState, at: number, end: number, limit: number, padded: boolean): void {
  if (end - at < HEADER) return;
  const { data } = s;
  const control = data[at]!;
  const flags = data[at + 1]!;
  const subtype = control >>> 4;
  if ((control & 3) !== 0 || ((control >>> 2) & 3) !== TYPE_DATA || (subtype & SUBTYPE_NO_DATA) !== 0) return;
  if ((flags & PROTECTED) !== 0) {
    s.warn('encrypted-frame');
    return;
  }
  const hasQos = (subtype & SUBTYPE_QOS) !== 0;
  const hasFourth = (flags & (TO_DS | FROM_DS)) === (TO_DS | FROM_DS);
  const qos = at + HEADER + (hasFourth ? 6 : 0);
  let body = qos + (hasQos ? 2 : 0) + (hasQos && (flags & ORDER) !== 0 ? 4 : 0);
  if (padded) body = at + ((body - at + 3) & ~3);
  if (body >= end) return;
  if (hasQos && (data[qos]! & AGGREGATED) !== 0) {
    subframes(s, body, end, limit);
    return;
  }
  addresses(s, at, flags);
  llc(s, body, end, limit);
}

/** Which of the addresses are the sender's and the receiver's depends on the way through the access point. */
function addresses(s: DecodeState, at: number, flags: number): void {
  const toDs = (flags & TO_DS) !== 0;
  const fromDs = (flags & FROM_DS) !== 0;
  const dst = at + (toDs ? 16 : 4);
  const src = at + (fromDs ? (toDs ? 24 : 16) : 10);
  s.dstMacHigh = s.view.getUint16(dst);
  s.dstMacLow = s.view.getUint32(dst + 2);
  s.srcMacHigh = s.view.getUint16(src);
  s.srcMacLow = s.view.getUint32(src + 2);
}

/** A-MSDU: several frames in one, each with addresses and a length, padded to four bytes. */
function subframes(s: DecodeState, start: number, end: number, limit: number): void {
  let at = start;
  for (let i = 0; i < MAX_SUBFRAMES && end - at >= 14; i++) {
    const stop = at + 14 + s.view.getUint16(at + 12);
    s.readMacs(at);
    llc(s, at + 14, Math.min(end, stop), Math.min(limit, stop));
    at += (stop - at + 3) & ~3;
  }
}

/** radiotap.org: a length, then fields of which only the frame's layout matters here. */
export function radiotap(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < 8) return;
  const length = s.view.getUint16(at + 2, true);
  if (length < 8 || length > end - at) {
    s.tooShort(end, limit, at + length);
    return;
  }
  const flags = radiotapFlags(s, at, at + length);
  const tail = (flags & RADIOTAP_FCS) !== 0 && end === limit ? FCS : 0;
  frame(s, at + length, end - tail, limit - tail, (flags & RADIOTAP_PADDED) !== 0);
}

function radiotapFlags(s: DecodeState, at: number, stop: number): number {
  const present = s.view.getUint32(at + 4, true);
  if ((present & 2) === 0) return 0;
  let p = at + 8;
  for (let word = present; (word & 0x80000000) !== 0; p += 4) {
    if (p + 4 > stop) return 0;
    word = s.view.getUint32(p, true);
  }
  // The time field in front is eight bytes, aligned to eight from the header's start.
  if ((present & 1) !== 0) p = at + ((p - at + 7) & ~7) + 8;
  return p < stop ? s.data[p]! : 0;
}

/** AVS capture header: magic, length. */
export function avs(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < 8) return;
  const length = s.view.getUint32(at + 4);
  if (length >= 8 && length <= end - at) wifi(s, at + length, end, limit);
}

const PRISM_HEADER = 144;
const AVS_MAGIC = 0x80211;

/** Prism monitor header; the link type is used with AVS headers, too. */
export function prism(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < 8) return;
  if (s.view.getUint32(at) >>> 12 === AVS_MAGIC) avs(s, at, end, limit);
  else if (end - at > PRISM_HEADER) wifi(s, at + PRISM_HEADER, end, limit);
}
