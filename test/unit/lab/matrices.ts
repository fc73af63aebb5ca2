/** Made-up matrices for tests of detectors. */
import { randomSource } from '../../../src-main/detect/features/random.ts';
import type { FeatureMatrix } from '../../../src-main/detect/types.ts';

export function matrixOf(rows: readonly (readonly number[])[]): FeatureMatrix {
  const width = rows[0]?.length ?? 0;
  const features = Array.from({ length: width }, (_, j) => `f${j}`);
  return { features, rows: rows.length, data: Float32Array.from(rows.flat()) };
}

/** Rows around `centres`, in turn, each coordinate within ±`spread` (two draws added). */
export function blobs(centres: readonly (readonly number[])[], count: number, spread: number, seed = 1): FeatureMatrix {
  const random = randomSource(seed, 9);
  const draw = (): number => (random() + random() - 1) * spread;
  return matrixOf(Array.from({ length: count }, (_, i) => centres[i % centres.length]!.map((x) => x + draw())));
}
