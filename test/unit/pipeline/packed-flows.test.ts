import { describe, expect, it } from 'vitest';
import { bufferOf } from '../../../src-main/meter/columns.ts';
import { flowSchema, makeFlowBatch, type FlowBatch } from '../../../src-main/meter/flows/types.ts';
import { FlowPacker, type FlowColumn } from '../../../src-main/run/pipeline/packed-flows.ts';

const ROWS = 64;
const NAMES = Object.keys(flowSchema) as FlowColumn[];

/** Numbers that look random, the same in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}

/** A full batch; `value` says what stands in each element, by column and row. */
function filled(value: (name: FlowColumn, row: number) => number): FlowBatch {
  const batch = makeFlowBatch(ROWS);
  batch.count = ROWS;
  for (const name of NAMES) {
    const column = batch.columns[name];
    const width = column.length / ROWS;
    for (let i = 0; i < column.length; i++) column[i] = value(name, Math.floor(i / width));
  }
  return batch;
}

const bits = (batch: FlowBatch): Buffer => Buffer.from(bufferOf(batch.columns));

describe('packed flows', () => {
  const random = numbers(7);
  const cases: [what: string, value: (name: FlowColumn, row: number) => number, most: number][] = [
    ['nothing but zeros', () => 0, 0],
    ['the same in every row', (name) => name.length * 1.7, 0],
    ['numbers that count up', (_, row) => 1_000_000 + row, 392 * ROWS],
    ['few bits that differ, high ones too', (_, row) => (row % 2 === 0 ? 0x80000001 : 0x80010001), 392 * ROWS],
    ['fractions and negative numbers', (_, row) => (row - 30) / 7, 392 * ROWS],
    ['what is no number, and infinite ones', (_, row) => [NaN, Infinity, -Infinity, -0][row % 4]!, 392 * ROWS],
    ['anything', () => random(), 392 * ROWS],
  ];

  it.each(cases)('come back bit for bit: %s', (_, value, most) => {
    const packer = new FlowPacker(makeFlowBatch(ROWS));
    const batch = filled(value);
    const packed = packer.pack(batch);
    expect(packed.bytes.length).toBeLessThanOrEqual(most);
    // Into a batch that holds something else.
    const into = filled(() => random());
    packer.unpack(packed, into);
    expect(bits(into).equals(bits(batch))).toBe(true);
  });

  it('of a flood take a tenth', () => {
    const values: Partial<Record<FlowColumn, (row: number) => number>> = {
      id: (row) => row,
      sec: (row) => 1_700_000_000 + (row >> 4),
      nano: () => random() % 1_000_000_000,
      orig: () => random(),
      origPort: () => random() & 0xffff,
      respPort: () => 80,
      origHost: (row) => 1000 + row,
      responseTime: () => -1,
      origPkts: () => 1,
      origIpBytes: () => 40,
    };
    const packed = new FlowPacker(makeFlowBatch(ROWS)).pack(filled((name, row) => values[name]?.(row) ?? 0));
    expect(packed.bytes.length).toBeLessThan((392 * ROWS) / 10);
  });

  it('are given back in part: the columns asked for, and no others', () => {
    const packer = new FlowPacker(makeFlowBatch(ROWS));
    const batch = filled((_, row) => row * 3);
    const packed = packer.pack(batch);
    const into = makeFlowBatch(ROWS);
    const only: readonly FlowColumn[] = ['id', 'history', 'respPort'];
    packer.unpack(packed, into, only);
    for (const name of NAMES) {
      const wanted = only.includes(name) ? batch.columns[name] : makeFlowBatch(ROWS).columns[name];
      expect([...into.columns[name]], name).toEqual([...wanted]);
    }
  });

  it('are refused from a batch that is not full', () => {
    const batch = makeFlowBatch(ROWS);
    batch.count = ROWS - 1;
    expect(() => new FlowPacker(makeFlowBatch(ROWS)).pack(batch)).toThrow(RangeError);
  });
});
