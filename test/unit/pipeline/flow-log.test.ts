import { describe, expect, it } from 'vitest';
import { makeFlowBatch, type FlowBatch } from '../../../src-main/meter/flows/types.ts';
import { FlowLog } from '../../../src-main/run/pipeline/flow-log.ts';

/** `count` flows numbered from `first`, every third with metadata. */
function flows(first: number, count: number): FlowBatch {
  const batch = makeFlowBatch(count);
  batch.count = count;
  for (let row = 0; row < count; row++) {
    batch.columns.id[row] = first + row;
    batch.columns.orig.set([0, 0, 0xffff, first + row], row * 4);
    if ((first + row) % 3 === 0)
      batch.meta[row] = { service: 'dns', app: 'DNS', facts: { number: String(first + row) } };
  }
  return batch;
}

function check(log: FlowLog, total: number): void {
  let next = 0;
  for (const batch of log.batches()) {
    for (let row = 0; row < batch.count; row++, next++) {
      if (batch.columns.id[row] !== next || batch.columns.orig[row * 4 + 3] !== next) {
        throw new Error(`flow ${next} came back as ${batch.columns.id[row]}`);
      }
      expect(batch.meta[row]?.facts['number']).toBe(next % 3 === 0 ? String(next) : undefined);
    }
  }
  expect(next).toBe(total);
}

describe('the flow log', () => {
  it('gives back every flow in order, also those that went to disk, as often as asked', () => {
    const log = new FlowLog();
    let total = 0;
    // 18 chunks of 16,384: beyond the 8 whose metadata stay in memory.
    for (let i = 0; i < 100; i++) {
      log.append(flows(total, 3001));
      total += 3001;
    }
    expect(log.size).toBe(total);
    check(log, total);
    check(log, total);
    log.close();
  });

  it('with a limit lets the oldest go, and counts them', () => {
    const log = new FlowLog(20_000);
    for (let first = 0; first < 70_000; first += 1000) log.append(flows(first, 1000));
    const ids: number[] = [];
    for (const { count, columns } of log.batches()) ids.push(...columns.id.subarray(0, count));
    expect(log.size).toBe(70_000);
    // Two chunks of 16,384 at least: the limit in whole chunks.
    expect(log.forgotten).toBe(2 * 16_384);
    expect(ids).toHaveLength(70_000 - 2 * 16_384);
    expect([ids[0], ids.at(-1)]).toEqual([2 * 16_384, 69_999]);
    log.close();
  });

  it('is empty to begin with', () => {
    const log = new FlowLog();
    expect([...log.batches()]).toEqual([]);
    log.close();
  });
});
