/** rsync's daemon: the greeting with its version. */
import { matches, lineEnd, lineText } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import type { Inspector, Probe, Verdict } from '../inspector.ts';
import { once } from '../once.ts';

function greeting(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const lf = lineEnd(data, at, Math.min(end, at + 128));
  if (lf > at) flow.fact(fromOrig ? 'rsync.client' : 'rsync.server', lineText(data, at + 9, lf));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return matches(data, at, end, '@RSYNCD: ');
}

export const rsync: Inspector = {
  id: 'rsync',
  over: 'tcp',
  ports: [873],
  first: [0x40],
  service: '',
  app: 'RSYNC',
  probe,
  open: once(greeting),
};
