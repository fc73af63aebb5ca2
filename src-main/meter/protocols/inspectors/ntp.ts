/** NTP (RFC 5905), its control messages (RFC 9327) and the private mode that amplification attacks abuse. */
import { range } from '../first.ts';
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { coded, type Words } from '../words.ts';

const MODES: Words = new Map([
  [1, 'peer, active'],
  [2, 'peer, passive'],
  [3, 'client'],
  [4, 'server'],
  [5, 'broadcast'],
  [6, 'control'],
  [7, 'private'],
]);

const session: Session = {
  datagram(flow, _fromOrig, data, at, end) {
    if (end <= at) return;
    const mode = data[at]! & 7;
    const version = (data[at]! >>> 3) & 7;
    flow.fact('ntp.version', String(version));
    flow.also('ntp.mode', coded(MODES, mode));
    if (mode === 4 && end - at >= 16) flow.fact('ntp.stratum', String(data[at + 1]!));
    flow.emit({ ...flow.head(), kind: 'ntp', mode, version, size: flow.wire });
  },
};

const PORT = 123;
const PACKET = 48;
const CONTROL = 12;
const STRATA = 16;
/** As powers of two of seconds: the longest time between polls, and the coarsest clock (what a client says that tells nothing). */
const POLL_MAX = 17;
const POLL_LEAST = -8;
const PRECISION_MAX = 32;
const PRECISION_LEAST = -40;

function signed(byte: number): number {
  return (byte << 24) >> 24;
}

/** Fields in their ranges, and behind them only what is made of words of four bytes: extensions, a key's number and digest. */
function time(p: Probe): boolean {
  const { data, at, end } = p;
  if (end - at < PACKET || (!p.partial && (end - at) % 4 !== 0) || data[at + 1]! > STRATA) return false;
  const poll = signed(data[at + 2]!);
  const precision = signed(data[at + 3]!);
  return poll >= POLL_LEAST && poll <= POLL_MAX && precision >= PRECISION_LEAST && precision <= PRECISION_MAX;
}

/** RFC 9327, 2: an operation, and as many bytes as are announced. */
function control(p: Probe): boolean {
  const { data, at, end } = p;
  if (end - at < CONTROL) return false;
  const operation = data[at + 1]! & 31;
  if ((operation < 1 || operation > 12) && operation !== 31) return false;
  return p.partial || u16(data, at + 10) <= end - at - CONTROL;
}

/** Implementations 0, 2 and 3 were ever given; an answer's records are counted and sized. */
function ofItsOwn(p: Probe): boolean {
  const { data, at, end } = p;
  if (end - at < 4 || data[at + 2]! > 3 || data[at + 2] === 1) return false;
  if (end - at < 8 || p.partial) return true;
  return (u16(data, at + 4) & 0xfff) * (u16(data, at + 6) & 0xfff) <= end - at - 8;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const mode = data[at]! & 7;
  const version = (data[at]! >>> 3) & 7;
  if (version < 1 || version > 4 || mode === 0) return NO;
  if (p.respPort === PORT || p.origPort === PORT) {
    if (mode === 7) return ofItsOwn(p) ? YES : NO;
    return (mode === 6 ? control(p) : time(p)) ? YES : NO;
  }
  if (end - at !== PACKET || version < 3 || mode < 3 || mode > 5 || data[at + 1]! > STRATA || p.partial) return NO;
  // Sent between 2004 and 2036 by its own clock.
  const sent = u32(data, at + 40);
  return sent >= 0xc4000000 ? YES : NO;
}

export const ntp: Inspector = {
  id: 'ntp',
  over: 'udp',
  ports: [123],
  /** A mode, and a version from 1 to 4. */
  first: range(0, 255).filter((byte) => (byte & 7) !== 0 && ((byte >>> 3) & 7) >= 1 && ((byte >>> 3) & 7) <= 4),
  service: 'ntp',
  app: 'NTP',
  probe,
  open: () => session,
};
