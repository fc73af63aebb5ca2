/** BGP-4 (RFC 4271): sixteen bytes of ones, then length and type. */
import { u16, dottedQuad } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

function opening(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (end - at < 29 || data[at + 18] !== 1) return;
  flow.fact('bgp.as', String(u16(data, at + 20)));
  flow.fact('bgp.id', dottedQuad(data, at + 24));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 19) return NO;
  for (let i = 0; i < 16; i++) if (data[at + i] !== 0xff) return NO;
  const length = u16(data, at + 16);
  return length >= 19 && length <= 4096 && data[at + 18]! >= 1 && data[at + 18]! <= 5 ? YES : NO;
}

export const bgp: Inspector = {
  id: 'bgp',
  over: 'tcp',
  ports: [179],
  first: [0xff],
  service: '',
  app: 'BGP',
  probe,
  open: once(opening),
};
