/** tinc's VPN: the line with which its meta connections begin. */
import { latin1 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const IDENTITY = /^0 ([\w-]{1,64}) 17(?:\.\d{1,2})?\r?\n/;
function identity(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  flow.fact('tinc.node', IDENTITY.exec(latin1(data, at, end, 80))?.[1] ?? '');
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return data[at + 1] === 0x20 && IDENTITY.test(latin1(data, at, end, 80)) ? YES : NO;
}

export const tinc: Inspector = {
  id: 'tinc',
  over: 'tcp',
  ports: [655],
  first: [0x30],
  service: '',
  app: 'TINC',
  probe,
  open: once(identity),
};
