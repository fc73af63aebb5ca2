/** TiVo's discovery: the first of its settings. */
import { matches, latin1 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import type { Inspector, Probe, Verdict } from '../inspector.ts';
import { once } from '../once.ts';

function beacon(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  flow.fact('tivo.machine', /^machine=(.{1,64})$/im.exec(latin1(data, at, end, 512))?.[1] ?? '');
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return matches(data, at, end, 'TIVOCONNECT=', true);
}

export const tivo: Inspector = {
  id: 'tivo',
  over: 'udp',
  ports: [2190],
  first: [0x54, 0x74],
  service: '',
  app: 'TiVoConnect',
  probe,
  open: once(beacon),
};
