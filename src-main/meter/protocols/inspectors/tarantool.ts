/** Tarantool's binary protocol: the server's greeting, two lines of 64 bytes, the first of which names it. */
import { matches, startsWith, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const NAME = 'Tarantool ';
const LINE = 64;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const answer = matches(data, at, end, NAME);
  if (answer === 0) return NO;
  if (end - at < LINE) return MAYBE;
  return data[at + LINE - 1] === 0x0a ? YES : NO;
}

function version(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (!startsWith(data, at, end, NAME)) return;
  const from = at + NAME.length;
  let stop = from;
  while (stop < Math.min(end, at + LINE) && data[stop]! > 0x20) stop++;
  flow.fact('tarantool.version', text(data, from, stop));
}

export const tarantool: Inspector = {
  id: 'tarantool',
  over: 'tcp',
  ports: [3301],
  first: [0x54],
  service: '',
  app: 'Tarantool',
  probe,
  open: once(version),
};
