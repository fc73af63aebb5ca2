/** NTP (RFC 5905), its control messages (RFC 9327) and the private mode that amplification attacks abuse. */
import { u32 } from '../bytes.ts';
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

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const mode = data[at]! & 7;
  const version = (data[at]! >>> 3) & 7;
  if (version < 1 || version > 4 || mode === 0) return NO;
  if (p.respPort === 123 || p.origPort === 123) {
    if (mode === 7) return end - at >= 4 ? YES : NO;
    return end - at >= (mode === 6 ? 12 : 48) ? YES : NO;
  }
  if (end - at !== 48 || version < 3 || mode < 3 || mode > 5 || data[at + 1]! > 16 || p.partial) return NO;
  // Sent between 2004 and 2036 by its own clock.
  const sent = u32(data, at + 40);
  return sent >= 0xc4000000 ? YES : NO;
}

export const ntp: Inspector = {
  id: 'ntp',
  over: 'udp',
  ports: [123],
  service: 'ntp',
  app: 'NTP',
  probe,
  open: () => session,
};
