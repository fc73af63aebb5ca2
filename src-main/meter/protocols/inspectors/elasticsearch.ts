/** Elasticsearch's transport between nodes: its mark and a length that fits. */
import { u32, startsWith } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

/** Behind mark, length, number and status stands the version: two digits each for minor, patch and build behind the major. */
const VERSION = 15;
/** From version 8.9 on it is a number of another kind. */
const VERSION_MAX = 8_090_000;

function version(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (end - at < VERSION + 4) return;
  const id = u32(data, at + VERSION);
  const part = (unit: number): number => Math.floor(id / unit) % 100;
  if (id >= 1_000_000 && id < VERSION_MAX) flow.fact('elasticsearch.version', `${part(1e6)}.${part(1e4)}.${part(100)}`);
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 19 || !startsWith(data, at, end, 'ES')) return NO;
  return u32(data, at + 2) >= 13 && at + 6 + u32(data, at + 2) >= end ? YES : NO;
}

export const elasticsearch: Inspector = {
  id: 'elasticsearch',
  over: 'tcp',
  ports: [9300],
  first: [0x45],
  service: '',
  app: 'Elasticsearch',
  probe,
  open: once(version),
};
