/** `conn_state` of conn.log: in one word how a flow began and ended. */
import { PROTO } from '../packets/types.ts';
import { DATAGRAM_ACTIVE, TCP_STATE } from './state.ts';
import { CONN_STATES, type ConnState } from './types.ts';

const { INACTIVE, SYN_SENT, SYN_ACK_SENT, PARTIAL, ESTABLISHED, CLOSED, RESET } = TCP_STATE;

const NUMBER = Object.fromEntries(CONN_STATES.map((name, i) => [name, i])) as Record<ConnState, number>;

const CARET = 0x5e;
const S = 0x53;
const R = 0x52;
/** H, A, F, G, I, Q. */
const MORE_THAN_AN_ATTEMPT = new Set([0x48, 0x41, 0x46, 0x47, 0x49, 0x51]);

/** The originator sent a SYN, then a RST, and nothing between that would need an answer. */
function abandonedAttempt(history: Uint8Array, base: number, length: number): boolean {
  let i = history[base] === CARET ? 1 : 0;
  if (length <= i || history[base + i] !== S) return false;
  for (i++; i < length; i++) {
    const letter = history[base + i]!;
    if (letter === R) return true;
    if (MORE_THAN_AN_ATTEMPT.has(letter)) return false;
  }
  return false;
}

/** Index into `CONN_STATES`. `orig` and `resp` are `TCP_STATE` numbers, `bytes` the payload of both directions. */
export function tcpConnState(
  orig: number,
  resp: number,
  bytes: number,
  history: Uint8Array,
  base: number,
  length: number,
): number {
  const origSilent = orig === INACTIVE || orig === PARTIAL;
  const respSilent = resp === INACTIVE || resp === PARTIAL;
  if (resp === RESET) {
    if (orig === SYN_SENT || orig === SYN_ACK_SENT || (orig === RESET && bytes === 0)) return NUMBER.REJ;
    return origSilent ? NUMBER.RSTRH : NUMBER.RSTR;
  }
  if (orig === RESET) {
    if (!respSilent) return NUMBER.RSTO;
    return abandonedAttempt(history, base, length) ? NUMBER.RSTOS0 : NUMBER.OTH;
  }
  if (orig === CLOSED && resp === CLOSED) return NUMBER.SF;
  if (orig === CLOSED) return respSilent ? NUMBER.SH : NUMBER.S2;
  if (resp === CLOSED) return origSilent ? NUMBER.SHR : NUMBER.S3;
  if (orig === SYN_SENT && resp === INACTIVE) return NUMBER.S0;
  return orig === ESTABLISHED && resp === ESTABLISHED ? NUMBER.S1 : NUMBER.OTH;
}

/** UDP has the states of its answers; every other protocol is OTH. */
export function datagramConnState(proto: number, orig: number, resp: number): number {
  if (proto !== PROTO.UDP) return NUMBER.OTH;
  if (orig === DATAGRAM_ACTIVE) return resp === DATAGRAM_ACTIVE ? NUMBER.SF : NUMBER.S0;
  return resp === DATAGRAM_ACTIVE ? NUMBER.SHR : NUMBER.OTH;
}
