/** Bitcoin's peers: the network's mark, then a command padded with zeros. */
import { u32, find, isAsciiText, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const NETWORKS = new Set([0xf9beb4d9, 0x0b110907, 0xfabfb5da]);
function command(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const zero = find(data, 0, at + 4, Math.min(end, at + 16));
  if (zero > 0) flow.fact('bitcoin.command', text(data, at + 4, zero, 12));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 24 || !NETWORKS.has(u32(data, at))) return NO;
  const zero = find(data, 0, at + 4, at + 16);
  return zero > at + 4 && isAsciiText(data, at + 4, zero) ? YES : NO;
}

export const bitcoin: Inspector = {
  id: 'bitcoin',
  over: 'tcp',
  ports: [8333, 18333],
  first: [0x0b, 0xf9, 0xfa],
  service: '',
  app: 'BITCOIN',
  probe,
  open: once(command),
};
