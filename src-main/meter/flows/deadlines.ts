/** When a live flow has been silent for too long. Times are seconds since the flow's first packet. */
import { PROTO } from '../packets/types.ts';
import { ENDPOINT, FLOW, TCP_STATE, type FlowState } from './state.ts';
import type { FlowTimeouts } from './types.ts';

/** Defaults of Zeek's init-bare.zeek. */
export const DEFAULT_TIMEOUTS: FlowTimeouts = {
  tcpInactivity: 300,
  udpInactivity: 60,
  icmpInactivity: 60,
  unknownInactivity: 60,
  tcpAttempt: 5,
  tcpClose: 5,
  tcpReset: 5,
  tcpPartialClose: 5,
};

/** Half-closed connections are looked at 5 s after their beginning and every 6 s (`tcp_session_timer`). */
const FIRST_LOOK = 5;
const LOOK_EVERY = 6;

const NAME_LOOK_EVERY = 10;
const NAME_QUIET = 9;

const { INACTIVE, SYN_SENT, SYN_ACK_SENT, RESET } = TCP_STATE;

/** Silence that a new flow may keep. TCP flows get more once they are past the handshake. */
export function firstInactivity(proto: number, timeouts: FlowTimeouts): number {
  switch (proto) {
    case PROTO.TCP:
    case PROTO.UDP:
      return timeouts.udpInactivity;
    case PROTO.ICMP:
    case PROTO.ICMPV6:
      return timeouts.icmpInactivity;
    default:
      return timeouts.unknownInactivity;
  }
}

/** The flow ends when a packet, or the clock, comes at or after this. */
export function deadline(state: FlowState, slot: number, tcp: boolean, timeouts: FlowTimeouts): number {
  const idle = state.lastRel[slot]! + state.inactivity[slot]!;
  if (!tcp) {
    return (state.bits[slot]! & FLOW.NAME_SERVICE) === 0 ? idle : Math.min(idle, nextNameLook(state, slot));
  }
  const close = state.closeAt[slot]!;
  const end = close < idle ? close : idle;
  const bits = state.bits[slot]!;
  if ((bits & (FLOW.ACTIVE | FLOW.CLOSING)) !== FLOW.ACTIVE) return end;
  const orig = state.tcpState[slot * 2]!;
  const resp = state.tcpState[slot * 2 + 1]!;
  if (resp === INACTIVE) {
    if (orig === SYN_SENT || orig === SYN_ACK_SENT) return Math.min(end, state.attemptAt[slot]!);
    if (orig === INACTIVE) return Math.min(end, nextLook(state, slot, timeouts.tcpPartialClose));
  }
  const closed = (state.endpoint[slot * 2]! | state.endpoint[slot * 2 + 1]!) & ENDPOINT.CLOSED;
  if (closed === 0 || (orig !== RESET && resp !== RESET && orig !== INACTIVE && resp !== INACTIVE)) return end;
  return Math.min(end, nextLook(state, slot, timeouts.tcpPartialClose));
}

/** Name lookups are over soon: looked at every 10 s, and ended when silent for 9 s (`dns_session_timeout`). */
function nextNameLook(state: FlowState, slot: number): number {
  const quiet = state.lastRel[slot]! + NAME_QUIET;
  return Math.max(1, Math.ceil(quiet / NAME_LOOK_EVERY)) * NAME_LOOK_EVERY;
}

/** The first look after the flow has lingered. */
function nextLook(state: FlowState, slot: number, linger: number): number {
  const after = state.lastRel[slot]! + linger;
  return Math.min(tick(FIRST_LOOK, after), tick(state.halfClosedAt[slot]! + LOOK_EVERY, after));
}

function tick(first: number, after: number): number {
  return first > after ? first : first + LOOK_EVERY * (Math.floor((after - first) / LOOK_EVERY) + 1);
}
