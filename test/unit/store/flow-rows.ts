/** Rows of flows as the store takes them. */
import type { FlowRows } from '../../../src-main/keep/store/types.ts';
import { bufferOf, makeColumns } from '../../../src-main/meter/columns.ts';
import { flowSchema } from '../../../src-main/meter/flows/types.ts';

export function flows(count: number): FlowRows {
  const columns = makeColumns(flowSchema, count);
  for (let i = 0; i < count; i++) {
    columns.id[i] = i;
    columns.sec[i] = 1_700_000_000;
    columns.nano[i] = 500_000_000;
    columns.lastSec[i] = 1_700_000_001;
    columns.lastNano[i] = 250_000_000;
    columns.origHost[i] = 1;
    columns.respHost[i] = 0;
    columns.resp.set([0, 0, 0xffff, 0x08080808], i * 4);
    columns.history.set([83, 104], i * 40);
    columns.historyLength[i] = 2;
    columns.parent[i] = -1;
  }
  const same = (text: string): string[] => Array.from({ length: count }, () => text);
  return {
    capacity: count,
    count,
    columns: bufferOf(columns),
    service: same('dns'),
    app: same('DNS'),
    facts: same(''),
    uid: same('C1'),
    communityId: same('1:x'),
    score: new Float32Array(count).fill(NaN),
    anomalous: new Uint8Array(count),
  };
}
