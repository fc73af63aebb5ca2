import { describe, expect, it } from 'vitest';
import { DISTINCT, DistinctTable } from '../../../src-main/meter/windows/distinct-table.ts';

/** Bits of entropy of what was counted. */
function entropyOf(counts: readonly number[]): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count) => sum - (count / all) * Math.log2(count / all), 0);
}

describe('different values of rows', () => {
  it('are counted as sets count them, with their entropy', () => {
    const table = new DistinctTable(2000);
    const rows = 700;
    const counts = new Map<string, Map<number, number>>();
    let state = 3;
    for (let i = 0; i < 40_000; i++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      const row = (state >>> 8) % rows;
      const kind = (state >>> 20) % 6;
      // Rows of one value, of few, of many.
      const value = (state >>> 3) % (row % 3 === 0 ? 1 : 1 + (row % 50));
      table.add(row, kind, value);
      const key = `${row} ${kind}`;
      const known = counts.get(key) ?? new Map<number, number>();
      known.set(value, (known.get(value) ?? 0) + 1);
      counts.set(key, known);
    }
    for (const [key, values] of counts) {
      const [row, kind] = key.split(' ').map(Number) as [number, number];
      expect(table.count(row, kind), key).toBe(values.size);
      expect(table.entropy(row, kind), key).toBeCloseTo(entropyOf([...values.values()]), 9);
    }
  });

  it('beyond what is held exactly are estimated, and rows that were cleared begin anew', () => {
    const table = new DistinctTable(2000);
    for (let value = 0; value < 5000; value++) table.add(5, DISTINCT.PEERS_OUT, value);
    expect(Math.abs(table.count(5, DISTINCT.PEERS_OUT) - 5000)).toBeLessThan(1000);
    table.clear(6);
    expect(table.count(5, DISTINCT.PEERS_OUT)).toBe(0);
    table.add(5, DISTINCT.PEERS_OUT, 9);
    table.add(5, DISTINCT.PEERS_OUT, 9);
    expect([table.count(5, DISTINCT.PEERS_OUT), table.entropy(5, DISTINCT.PEERS_OUT)]).toEqual([1, 0]);
    table.add(5, DISTINCT.PEERS_OUT, 10);
    table.add(5, DISTINCT.PEERS_OUT, 10);
    expect([table.count(5, DISTINCT.PEERS_OUT), table.entropy(5, DISTINCT.PEERS_OUT)]).toEqual([2, 1]);
  });

  it('of rows that were never named are none', () => {
    const table = new DistinctTable(10);
    expect([table.count(999, 0), table.entropy(999, 0)]).toEqual([0, 0]);
  });
});
