/** ClickHouse's native protocol: the greeting of a client or of the server. */
import { startsWith, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

function greeting(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const length = data[at + 1] ?? 0;
  if (end - at > 2 && data[at] === 0 && length < 128 && at + 2 + length <= end)
    flow.fact(fromOrig ? 'clickhouse.client' : 'clickhouse.server', text(data, at + 2, at + 2 + length));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return startsWith(data, at + 2, end, 'ClickHouse') && data[at + 1]! >= 10 && data[at + 1]! < 128 ? YES : NO;
}

export const clickhouse: Inspector = {
  id: 'clickhouse',
  over: 'tcp',
  ports: [9000],
  first: [0x00],
  service: '',
  app: 'ClickHouse',
  probe,
  open: once(greeting, 2),
};
