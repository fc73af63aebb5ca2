/** NoMachine's NX: the line that names its version. */
import { matches, lineEnd, lineText } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import type { Inspector, Probe, Verdict } from '../inspector.ts';
import { once } from '../once.ts';

function banner(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const lf = lineEnd(data, at, Math.min(end, at + 128));
  if (lf > at) flow.fact('nx.version', lineText(data, at, lf));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return matches(data, at, end, 'NXD-') || matches(data, at, end, 'NXSH-') || matches(data, at, end, 'NXPROXY-');
}

export const nomachine: Inspector = {
  id: 'nomachine',
  over: 'tcp',
  ports: [4000],
  first: [0x4e],
  service: '',
  app: 'NoMachine',
  probe,
  open: once(banner),
};
