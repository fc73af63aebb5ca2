/** Order statistics and moments of a column of a row-major matrix. */

export interface ColumnSummary {
  mean: number;
  sd: number;
  q1: number;
  median: number;
  q3: number;
}

/** Quantile by linear interpolation between order statistics (Hyndman & Fan 1996, type 7). `sorted` must not be empty. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  const a = sorted[low]!;
  return low + 1 < sorted.length ? a + (sorted[low + 1]! - a) * (at - low) : a;
}

/** Column `j`, sorted ascending. */
export function sortedColumn(data: Float32Array, rows: number, width: number, j: number): Float32Array {
  const column = new Float32Array(rows);
  for (let r = 0; r < rows; r++) column[r] = data[r * width + j]!;
  return column.sort();
}

/** @throws RangeError when there are no rows. */
export function columnSummary(data: Float32Array, rows: number, width: number, j: number): ColumnSummary {
  if (rows === 0) throw new RangeError('no rows to summarise');
  const sorted = sortedColumn(data, rows, width, j);
  let sum = 0;
  for (let r = 0; r < rows; r++) sum += sorted[r]!;
  const mean = sum / rows;
  let squares = 0;
  for (let r = 0; r < rows; r++) squares += (sorted[r]! - mean) ** 2;
  return {
    mean,
    sd: Math.sqrt(squares / rows),
    q1: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    q3: quantile(sorted, 0.75),
  };
}
