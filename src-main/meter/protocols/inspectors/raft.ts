/** Canonical's Raft (dqlite): the words of 64 bits with which a server introduces itself, and its address. */
import { isAsciiText, text, u32le } from '../bytes.ts';
import { once } from '../once.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const HEADER = 24;
const ADDRESS_MAX = 128;
const PROTOCOL = 1;

/** A small number in 64 bits, -1 when it is larger. */
function small(data: Uint8Array, at: number): number {
  return u32le(data, at + 4) === 0 ? u32le(data, at) : -1;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.fromStart || end - at < HEADER + 8 || small(data, at) !== PROTOCOL) return NO;
  const length = small(data, at + 16);
  if (length < 8 || length > ADDRESS_MAX || length % 8 !== 0 || at + HEADER + length > end) return NO;
  let stop = at + HEADER + length;
  while (stop > at + HEADER && data[stop - 1] === 0) stop--;
  return stop - at - HEADER > 1 && isAsciiText(data, at + HEADER, stop) ? YES : NO;
}

export const raft: Inspector = {
  id: 'raft',
  over: 'tcp',
  ports: [9000],
  first: [PROTOCOL],
  service: '',
  app: 'Raft',
  probe,
  open: once((flow, _fromOrig, data, at, end) => {
    if (end - at < HEADER) return;
    let stop = Math.min(end, at + HEADER + Math.max(0, small(data, at + 16)));
    while (stop > at + HEADER && data[stop - 1] === 0) stop--;
    flow.fact('raft.address', text(data, at + HEADER, stop));
  }),
};
