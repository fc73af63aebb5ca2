/** Beckhoff's ADS: an AMS header in TCP, both of whose lengths fit. */
import { u16le, u32le, dottedQuad } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const COMMAND_MAX = 9;
function target(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (end - at >= 14)
    flow.fact('ads.target', `${dottedQuad(data, at + 6)}.${data[at + 10]!}.${data[at + 11]!}:${u16le(data, at + 12)}`);
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 38 || data[at + 1] !== 0 || u16le(data, at + 22) > COMMAND_MAX) return NO;
  const length = u32le(data, at + 2);
  return length >= 32 && u32le(data, at + 26) === length - 32 && (u16le(data, at + 24) & 4) !== 0 ? YES : NO;
}

export const ads: Inspector = {
  id: 'ads',
  over: 'tcp',
  ports: [48898],
  first: [0x00],
  service: '',
  app: 'BeckhoffADS',
  probe,
  open: once(target),
};
