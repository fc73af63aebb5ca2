/** sFlow (versions 2, 4, 5): an agent's address and samples whose first fits. */
import { u32, dottedQuad } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { usual } from '../ports.ts';

const PORTS = [6343];
function agent(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (u32(data, at + 4) === 1 && end - at >= 12) flow.fact('sflow.agent', dottedQuad(data, at + 8));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 28) return NO;
  const version = u32(data, at);
  const kind = u32(data, at + 4);
  if (version !== 5)
    return usual(p, PORTS) && (version === 2 || version === 4) && (kind === 1 || kind === 2) ? YES : NO;
  const samples = at + (kind === 1 ? 24 : 36);
  if ((kind !== 1 && kind !== 2) || samples + 4 > end) return NO;
  const count = u32(data, samples);
  if (count > 256) return NO;
  return samples + 12 > end || (u32(data, samples + 8) % 4 === 0 && u32(data, samples + 8) <= 65536) ? YES : NO;
}

export const sflow: Inspector = {
  id: 'sflow',
  over: 'udp',
  ports: PORTS,
  first: [0x00],
  service: '',
  app: 'sFlow',
  probe,
  open: once(agent),
};
