/** Principal axes: eigenvectors of the covariance, by Jacobi's rotations (cyclic; exact to rounding, slow but small). */
import type { FeatureMatrix } from '../../types.ts';

export interface Axes {
  mean: Float64Array;
  /** width × width, one axis a row, the widest first. */
  vectors: Float64Array;
  variance: Float64Array;
}

const SWEEPS = 30;

export function principalAxes({ data, rows, features }: FeatureMatrix): Axes {
  const n = features.length;
  const mean = new Float64Array(n);
  for (let r = 0; r < rows; r++) for (let j = 0; j < n; j++) mean[j]! += data[r * n + j]! / rows;
  const c = new Float64Array(n * n);
  const row = new Float64Array(n);
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < n; j++) row[j] = data[r * n + j]! - mean[j]!;
    for (let i = 0; i < n; i++) {
      const x = row[i]! / rows;
      if (x === 0) continue;
      for (let j = i; j < n; j++) c[i * n + j]! += x * row[j]!;
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) c[i * n + j] = c[j * n + i]!;
  const { vectors, values } = jacobi(c, n);
  const order = Array.from(values.keys()).sort((a, b) => values[b]! - values[a]!);
  const sorted = new Float64Array(n * n);
  for (const [to, from] of order.entries()) sorted.set(vectors.subarray(from * n, (from + 1) * n), to * n);
  return { mean, vectors: sorted, variance: Float64Array.from(order, (i) => Math.max(0, values[i]!)) };
}

/** Eigenvectors as rows. `a` is symmetric and is overwritten. */
function jacobi(a: Float64Array, n: number): { vectors: Float64Array; values: Float64Array } {
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    let whole = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        whole += a[i * n + j]! ** 2;
        if (i !== j) off += a[i * n + j]! ** 2;
      }
    }
    if (off <= 1e-22 * whole) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  return { vectors: v, values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!) };
}

function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]!;
  if (Math.abs(apq) < 1e-300) return;
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const [x, y] = [a[k * n + p]!, a[k * n + q]!];
    a[k * n + p] = c * x - s * y;
    a[k * n + q] = s * x + c * y;
  }
  for (let k = 0; k < n; k++) {
    const [x, y] = [a[p * n + k]!, a[q * n + k]!];
    a[p * n + k] = c * x - s * y;
    a[q * n + k] = s * x + c * y;
    const [vx, vy] = [v[p * n + k]!, v[q * n + k]!];
    v[p * n + k] = c * vx - s * vy;
    v[q * n + k] = s * vx + c * vy;
  }
}

/** Rows in the axes: rows × width. */
export function project({ data, rows, features }: FeatureMatrix, { mean, vectors }: Axes): Float64Array {
  const n = features.length;
  const out = new Float64Array(rows * n);
  const row = new Float64Array(n);
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < n; j++) row[j] = data[r * n + j]! - mean[j]!;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += vectors[i * n + j]! * row[j]!;
      out[r * n + i] = sum;
    }
  }
  return out;
}
