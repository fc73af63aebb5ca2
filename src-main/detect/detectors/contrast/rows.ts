/** Rows of several matrices under each other, and attacks drawn so that rare kinds are heard. */
import type { FeatureMatrix } from '../../types.ts';

export function stacked(matrices: readonly FeatureMatrix[]): FeatureMatrix {
  const { features } = matrices[0]!;
  const rows = matrices.reduce((sum, matrix) => sum + matrix.rows, 0);
  const data = new Float32Array(rows * features.length);
  let at = 0;
  for (const matrix of matrices) {
    const size = matrix.rows * features.length;
    data.set(matrix.data.subarray(0, size), at);
    at += size;
  }
  return { features, rows, data };
}

/**
 * About `count` of the rows (at least one of each kind), with each kind as often as the square root of its number has it:
 * ten records of one kind are then not drowned by ten thousand of another. Rows of rare kinds are repeated.
 */
export function drawByKind(rows: Int32Array, kind: ArrayLike<number>, count: number, random: () => number): Int32Array {
  const byKind = new Map<number, number[]>();
  for (const row of rows) {
    const own = byKind.get(kind[row]!);
    if (own) own.push(row);
    else byKind.set(kind[row]!, [row]);
  }
  const kinds = [...byKind].sort(([a], [b]) => a - b).map(([, own]) => own);
  const total = kinds.reduce((sum, own) => sum + Math.sqrt(own.length), 0);
  return Int32Array.from(
    kinds.flatMap((own) => {
      const wanted = Math.max(1, Math.round((count * Math.sqrt(own.length)) / total));
      const drawn = (): number => own[Math.floor(random() * own.length)]!;
      // Every row once before any is repeated.
      return Array.from({ length: wanted }, (_, i) => (wanted >= own.length && i < own.length ? own[i]! : drawn()));
    }),
  );
}
