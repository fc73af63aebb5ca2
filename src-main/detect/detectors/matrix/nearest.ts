/**
 * Nearest rows by Euclidean distance, by brute force in blocks: dot products by the dense layer's SIMD kernel choose
 * candidates, distances of those are then formed exactly. About 4 thousand million multiply-adds a second on one core:
 * 20,000 questions to 10,000 rows of 100 columns take some 5 s.
 */
import type { FeatureMatrix } from '../../types.ts';
import { OUTPUTS_AT_ONCE, startDenseKernel } from '../kernels/dense.ts';

const TILE = 512;
const BLOCK = 64;
/** Candidates beyond the wanted: 32-bit dot products may order near ties wrongly. */
const SPARE = 4;

export interface Neighbours {
  k: number;
  /** Per question k row numbers and distances, nearest first. */
  index: Int32Array;
  distance: Float64Array;
}

export class NearestRows {
  readonly rows: number;
  readonly width: number;
  readonly data: Float32Array;
  private readonly halfSquares: Float32Array;

  constructor({ data, rows, features }: FeatureMatrix) {
    this.rows = rows;
    this.width = features.length;
    this.data = data;
    this.halfSquares = new Float32Array(rows);
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      for (let j = 0; j < this.width; j++) sum += data[r * this.width + j]! ** 2;
      this.halfSquares[r] = sum / 2;
    }
  }

  /**
   * The k nearest rows (fewer when there are not so many) of each of `count` questions.
   * `own`: question i is row i of the reference itself and is not its own neighbour.
   */
  find(questions: Float32Array, count: number, k: number, own = false): Neighbours {
    const kept = Math.min(k + SPARE + (own ? 1 : 0), this.rows);
    const best = new Float32Array(count * kept).fill(-Infinity);
    const index = new Int32Array(count * kept).fill(-1);
    this.scan(questions, count, kept, best, index);
    return this.exact(questions, count, Math.min(k, this.rows - (own ? 1 : 0)), kept, index, own);
  }

  private scan(questions: Float32Array, count: number, kept: number, best: Float32Array, index: Int32Array): void {
    const { width } = this;
    const tile = Math.ceil(Math.min(TILE, this.rows) / OUTPUTS_AT_ONCE) * OUTPUTS_AT_ONCE;
    const [weightsAt, biasAt] = [16, 16 + width * tile * 4];
    const inAt = biasAt + tile * 4;
    const outAt = inAt + BLOCK * width * 4;
    const kernel = startDenseKernel(outAt + BLOCK * tile * 4);
    const { buffer } = kernel.memory;
    new Float32Array(buffer, 0, 4).fill(-Infinity);
    const weights = new Float32Array(buffer, weightsAt, width * tile);
    const bias = new Float32Array(buffer, biasAt, tile);
    const input = new Float32Array(buffer, inAt, BLOCK * width);
    const output = new Float32Array(buffer, outAt, BLOCK * tile);
    for (let from = 0; from < this.rows; from += tile) {
      const here = Math.min(tile, this.rows - from);
      this.place(weights, bias, tile, from, here);
      for (let first = 0; first < count; first += BLOCK) {
        const asked = Math.min(BLOCK, count - first);
        input.set(questions.subarray(first * width, (first + asked) * width));
        kernel.run(inAt, width * 4, weightsAt, tile * 4, biasAt, outAt, tile * 4, width, tile, BLOCK, 0);
        for (let q = 0; q < asked; q++) keepBest(output, q * tile, here, from, best, index, (first + q) * kept, kept);
      }
    }
  }

  /** Rows `from`… as the columns of a layer; what fills the tile up scores −∞. */
  private place(weights: Float32Array, bias: Float32Array, tile: number, from: number, here: number): void {
    const { width, data } = this;
    weights.fill(0);
    bias.fill(-Infinity);
    for (let t = 0; t < here; t++) {
      const row = (from + t) * width;
      for (let j = 0; j < width; j++) weights[j * tile + t] = data[row + j]!;
      bias[t] = -this.halfSquares[from + t]!;
    }
  }

  private exact(
    questions: Float32Array,
    count: number,
    k: number,
    kept: number,
    candidates: Int32Array,
    own: boolean,
  ): Neighbours {
    const { width, data } = this;
    const index = new Int32Array(count * k);
    const distance = new Float64Array(count * k);
    const found: { row: number; square: number }[] = [];
    for (let q = 0; q < count; q++) {
      found.length = 0;
      for (let c = 0; c < kept; c++) {
        const row = candidates[q * kept + c]!;
        if (row < 0 || (own && row === q)) continue;
        let square = 0;
        for (let j = 0; j < width; j++) square += (questions[q * width + j]! - data[row * width + j]!) ** 2;
        found.push({ row, square });
      }
      found.sort((a, b) => a.square - b.square || a.row - b.row);
      for (let i = 0; i < k; i++) {
        index[q * k + i] = found[i]!.row;
        distance[q * k + i] = Math.sqrt(found[i]!.square);
      }
    }
    return { k, index, distance };
  }
}

/** Merges scores of one question into its best so far, greatest first. */
function keepBest(
  output: Float32Array,
  at: number,
  here: number,
  from: number,
  best: Float32Array,
  index: Int32Array,
  own: number,
  kept: number,
): void {
  let least = best[own + kept - 1]!;
  for (let t = 0; t < here; t++) {
    const score = output[at + t]!;
    if (!(score > least)) continue;
    let place = own + kept - 1;
    while (place > own && best[place - 1]! < score) {
      best[place] = best[place - 1]!;
      index[place] = index[place - 1]!;
      place--;
    }
    best[place] = score;
    index[place] = from + t;
    least = best[own + kept - 1]!;
  }
}
