/**
 * ZeroTier's HELLO, which nodes send in the clear: the sender stands in the header and again at the head of the identity
 * it presents. What follows between nodes is encrypted and has no mark.
 */
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const SENDER = 13;
const FLAGS = 18;
const VERB = 27;
const IDENTITY = 41;
const ADDRESS = 5;
/** The identity's address, kind and public key. */
const LEAST = IDENTITY + ADDRESS + 1 + 64;
const HELLO = 1;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  // Neither a fragment nor encrypted; three low bits count hops.
  if (end - at < LEAST || (data[at + FLAGS]! & 0xf8) !== 0 || data[at + VERB] !== HELLO) return NO;
  let any = 0;
  for (let i = 0; i < ADDRESS; i++) {
    const byte = data[at + SENDER + i]!;
    if (byte !== data[at + IDENTITY + i]) return NO;
    any |= byte;
  }
  return any !== 0 && data[at + IDENTITY + ADDRESS]! <= 1 ? YES : NO;
}

function version(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (end - at < LEAST) return;
  flow.fact('zerotier.version', `${data[at + 29]!}.${data[at + 30]!}.${(data[at + 31]! << 8) | data[at + 32]!}`);
}

export const zerotier: Inspector = {
  id: 'zerotier',
  over: 'udp',
  ports: [9993],
  marks: { udp: { at: 27, bytes: [HELLO] } },
  service: '',
  app: 'ZeroTier',
  probe,
  open: once(version),
};
