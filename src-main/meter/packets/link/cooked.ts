/** Linux "cooked" captures, as the `any` device gives: version 1 (LINUX_SLL) and 2 (LINUX_SLL2). */
import { etherPayload, llc } from '../net/ethertype.ts';
import type { DecodeState } from '../net/state.ts';

const V1_HEADER = 16;
const V2_HEADER = 20;
/** In the protocol field: frames that begin with an 802.2 header. */
const PROTOCOL_LLC = 4;
const FIRST_ETHERTYPE = 0x0600;
const HARDWARE_NETLINK = 824;

/** Only the sender's address is recorded, and only its length says whether it is a MAC. */
function readSender(s: DecodeState, length: number, at: number): void {
  s.noMac();
  if (length !== 6) return;
  s.srcMacHigh = s.view.getUint16(at);
  s.srcMacLow = s.view.getUint32(at + 2);
}

function payload(s: DecodeState, hardware: number, protocol: number, at: number, end: number, limit: number): void {
  if (hardware === HARDWARE_NETLINK) return;
  if (protocol === PROTOCOL_LLC) llc(s, at, end, limit);
  else if (protocol >= FIRST_ETHERTYPE) etherPayload(s, protocol, at, end, limit);
}

export function cooked1(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < V1_HEADER) {
    s.tooShort(end, limit, at + V1_HEADER);
    return;
  }
  readSender(s, s.view.getUint16(at + 4), at + 6);
  payload(s, s.view.getUint16(at + 2), s.view.getUint16(at + 14), at + V1_HEADER, end, limit);
}

export function cooked2(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < V2_HEADER) {
    s.tooShort(end, limit, at + V2_HEADER);
    return;
  }
  readSender(s, s.data[at + 11]!, at + 12);
  payload(s, s.view.getUint16(at + 8), s.view.getUint16(at), at + V2_HEADER, end, limit);
}
