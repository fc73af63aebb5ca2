import { describe, expect, it } from 'vitest';
import { FOLDS, shiftedFolds } from '../../../src-main/detect/lab/shifted.ts';
import { labelled } from './lab-records.ts';

const table = labelled(3000, 1);
const rows = Int32Array.from({ length: 3000 }, (_, row) => row);
const folds = shiftedFolds(table, rows, { seed: 1, labels: true, keepShortcuts: false });

describe('folds as if traffic had drifted', () => {
  it('hold back ordinary rows and whole kinds of attack, and learn from the rest', () => {
    expect(folds).toHaveLength(FOLDS);
    for (const { fit, held, unseen } of folds) {
      expect([...fit, ...held, ...unseen].sort((a, b) => a - b)).toEqual([...rows]);
      expect(held.some((row) => table.attack[row])).toBe(false);
      const unseenKinds = new Set([...unseen].map((row) => table.kind[row]));
      expect(fit.some((row) => unseenKinds.has(table.kind[row]!))).toBe(false);
      expect(held.length / 2000).toBeGreaterThan(0.15);
      expect(held.length / 2000).toBeLessThan(0.45);
    }
  });

  it('leave each kind out once', () => {
    const leftOut = folds.flatMap(({ unseen }) => [...new Set([...unseen].map((row) => table.kind[row]!))]);
    expect(leftOut.sort((a, b) => a - b)).toEqual([1, 2, 3]);
  });

  it('hold back what is unlike the rest in some column', () => {
    const numbers = table.columns.filter(({ spec }) => spec.kind === 'numeric' && spec.role === 'feature');
    for (const { fit, held } of folds) {
      const ordinary = fit.filter((row) => !table.attack[row]);
      const shifts = numbers.map((column) => {
        const median = (of: Int32Array): number =>
          Float32Array.from(of, (row) => column.numbers[row]!).sort()[of.length >> 1]!;
        const among = (of: Int32Array, value: number): number =>
          of.filter((row) => column.numbers[row]! <= value).length / of.length;
        return Math.abs(among(held, median(ordinary)) - 0.5);
      });
      const words = table.columns.filter(({ spec }) => spec.kind === 'categorical');
      const wordShifts = words.map(({ codes }) => {
        const share = (of: Int32Array): number => of.filter((row) => codes[row] === 0).length / of.length;
        return Math.abs(share(held) - share(ordinary));
      });
      expect(Math.max(...shifts, ...wordShifts)).toBeGreaterThan(0.15);
    }
  });

  it('are the same for the same seed, and others for another', () => {
    const again = shiftedFolds(table, rows, { seed: 1, labels: true, keepShortcuts: false });
    expect(again).toEqual(folds);
    const other = shiftedFolds(table, rows, { seed: 2, labels: true, keepShortcuts: false });
    expect(other[0]!.held).not.toEqual(folds[0]!.held);
  });

  it('look at no label where there is none', () => {
    const blind = shiftedFolds(table, rows, { seed: 1, labels: false, keepShortcuts: false });
    const relabelled = { ...table, attack: new Uint8Array(3000), kind: new Int32Array(3000) };
    expect(shiftedFolds(relabelled, rows, { seed: 1, labels: false, keepShortcuts: false })).toEqual(blind);
    expect(blind.every(({ unseen }) => unseen.length === 0)).toBe(true);
  });
});
