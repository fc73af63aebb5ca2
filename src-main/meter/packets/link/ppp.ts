/** PPP in its framings, and Cisco HDLC. */
import { etherPayload, ppp, pppoe } from '../net/ethertype.ts';
import type { DecodeState } from '../net/state.ts';

const HDLC_HEADER = 4;
const CISCO_UNICAST = 0x0f;
const CISCO_MULTICAST = 0x8f;

export { ppp };
export { pppoe as pppEther };

export function ciscoHdlc(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < HDLC_HEADER) s.tooShort(end, limit, at + HDLC_HEADER);
  else etherPayload(s, s.view.getUint16(at + 2), at + HDLC_HEADER, end, limit);
}

/** HDLC framing that carries PPP or, by its address byte, Cisco's. */
export function pppHdlc(s: DecodeState, at: number, end: number, limit: number): void {
  const address = end > at ? s.data[at]! : 0;
  if (address === CISCO_UNICAST || address === CISCO_MULTICAST) ciscoHdlc(s, at, end, limit);
  else ppp(s, at, end, limit);
}

/** A byte for the direction in front. */
export function pppWithDirection(s: DecodeState, at: number, end: number, limit: number): void {
  ppp(s, at + 1, end, limit);
}

/** A byte for the direction in the place of the address, then the control byte. */
export function pppPppd(s: DecodeState, at: number, end: number, limit: number): void {
  ppp(s, at + 2, end, limit);
}

export function ciscoHdlcWithDirection(s: DecodeState, at: number, end: number, limit: number): void {
  ciscoHdlc(s, at + 1, end, limit);
}
