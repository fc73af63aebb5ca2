/** NoMachine's NX: the line that names its version; over UDP (without a specification) a header whose length fits. */
import { matches, lineEnd, lineText, u16, u16le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

function banner(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (!flow.tcp) return;
  const lf = lineEnd(data, at, Math.min(end, at + 128));
  if (lf > at) flow.fact('nx.version', lineText(data, at, lf));
}

const MEDIA_MIN = 10;

function isMedia(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < MEDIA_MIN || u16le(data, at + 4) !== end - at) return false;
  return u16le(data, at + 2) === 1 && u16(data, at + 8) === 0;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.tcp) return isMedia(data, at, end) ? YES : NO;
  if (data[at] !== 0x4e) return NO;
  return matches(data, at, end, 'NXD-') || matches(data, at, end, 'NXSH-') || matches(data, at, end, 'NXPROXY-');
}

export const nomachine: Inspector = {
  id: 'nomachine',
  over: 'both',
  ports: [4000],
  marks: { tcp: { at: 0, bytes: [0x4e] }, udp: { at: 2, bytes: [1] } },
  service: '',
  app: 'NoMachine',
  probe,
  open: once(banner),
};
