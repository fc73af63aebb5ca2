/** Remote login (RFC 1282): names and the terminal between zeros. */
import { find, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

function names(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const first = find(data, 0, at + 1, Math.min(end, at + 64));
  const second = first < 0 ? -1 : find(data, 0, first + 1, Math.min(end, first + 64));
  if (fromOrig && second > 0) flow.fact('rlogin.user', text(data, first + 1, second));
}

function probe(p: Probe): Verdict {
  return p.fromOrig && p.fromStart ? YES : NO;
}

export const rlogin: Inspector = {
  id: 'rlogin',
  over: 'tcp',
  ports: [513],
  first: [0x00],
  portBound: true,
  service: '',
  app: 'Rlogin',
  probe,
  open: once(names),
};
