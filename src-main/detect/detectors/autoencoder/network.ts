/** The autoencoder's shape, and its forward pass without a tensor library. */
import { OUTPUTS_AT_ONCE, ROWS_AT_ONCE, startDenseKernel } from '../kernels/dense.ts';
import type { Kernel } from '../../features/kernels/assembler.ts';

/** Widths of the hidden layers, between input and output. */
export const HIDDEN = [128, 64, 32, 16, 32, 64, 128] as const;

/** One layer with batch normalisation folded in: `weights` inputs × outputs, row-major. ReLU after all but the last. */
export interface DenseLayer {
  inputs: number;
  outputs: number;
  weights: Float32Array;
  bias: Float32Array;
}

/** Input and reconstruction are compared within ± this many spreads. */
export const INPUT_LIMIT = 5;

const BLOCK = 64;

export function clampInput(x: number): number {
  return x > INPUT_LIMIT ? INPUT_LIMIT : x < -INPUT_LIMIT ? -INPUT_LIMIT : x;
}

const padded = (outputs: number): number => Math.ceil(outputs / OUTPUTS_AT_ONCE) * OUTPUTS_AT_ONCE;

interface Placed {
  layer: DenseLayer;
  weightsAt: number;
  biasAt: number;
}

/** Rows through the layers by the SIMD kernel. */
export class ForwardPass {
  private readonly kernel: Kernel;
  private readonly placed: Placed[] = [];
  private readonly width: number;
  private readonly buffers: [number, number];
  private readonly reluAt: number;
  private readonly noneAt: number;

  constructor(layers: readonly DenseLayer[]) {
    let at = 32;
    this.reluAt = 0;
    this.noneAt = 16;
    for (const layer of layers) {
      const row = padded(layer.outputs) * 4;
      this.placed.push({ layer, weightsAt: at, biasAt: at + layer.inputs * row });
      at += (layer.inputs + 1) * row;
    }
    this.width = layers[0]!.inputs;
    const widest = Math.max(padded(this.width), ...layers.map((layer) => padded(layer.outputs)));
    this.buffers = [at, at + BLOCK * widest * 4];
    this.kernel = startDenseKernel(at + 2 * BLOCK * widest * 4);
    this.fill();
  }

  private fill(): void {
    const { buffer } = this.kernel.memory;
    new Float32Array(buffer, this.noneAt, 4).fill(-Infinity);
    for (const { layer, weightsAt, biasAt } of this.placed) {
      const { inputs, outputs, weights, bias } = layer;
      const row = padded(outputs);
      const into = new Float32Array(buffer, weightsAt, inputs * row);
      for (let i = 0; i < inputs; i++) into.set(weights.subarray(i * outputs, (i + 1) * outputs), i * row);
      new Float32Array(buffer, biasAt, row).set(bias);
    }
  }

  /**
   * Reconstructions of `rows` rows that begin at `data[0]`, clamped to ±INPUT_LIMIT on the way in, handed block by block:
   * `each(input, output, stride of output, first row, rows of block)`.
   */
  run(
    data: Float32Array,
    rows: number,
    each: (input: Float32Array, output: Float32Array, stride: number, first: number, count: number) => void,
  ): void {
    const { width, kernel } = this;
    const { buffer } = kernel.memory;
    const clamped = new Float32Array(BLOCK * width);
    for (let first = 0; first < rows; first += BLOCK) {
      const count = Math.min(BLOCK, rows - first);
      const base = first * width;
      for (let i = 0; i < count * width; i++) clamped[i] = clampInput(data[base + i]!);
      const blockRows = Math.ceil(count / ROWS_AT_ONCE) * ROWS_AT_ONCE;
      const input = new Float32Array(buffer, this.buffers[0], blockRows * width);
      input.fill(0, count * width);
      input.set(clamped.subarray(0, count * width));
      const { at, stride } = this.layers(blockRows);
      each(clamped, new Float32Array(buffer, at, blockRows * stride), stride, first, count);
    }
  }

  /** Runs all layers over what stands in the first buffer; where the result is, and its row length. */
  private layers(rows: number): { at: number; stride: number } {
    let [from, to] = this.buffers;
    let stride = this.width;
    for (const [index, { layer, weightsAt, biasAt }] of this.placed.entries()) {
      const row = padded(layer.outputs);
      const floor = index === this.placed.length - 1 ? this.noneAt : this.reluAt;
      this.kernel.run(from, stride * 4, weightsAt, row * 4, biasAt, to, row * 4, layer.inputs, row, rows, floor);
      [from, to] = [to, from];
      stride = row;
    }
    return { at: from, stride };
  }
}

/** One row through the layers in plain numbers, rounded as the kernel rounds: the reference for it. */
export function forwardReference(layers: readonly DenseLayer[], row: ArrayLike<number>): Float32Array {
  let values = Float32Array.from(row, clampInput);
  for (const [index, { inputs, outputs, weights, bias }] of layers.entries()) {
    const next = Float32Array.from(bias);
    for (let i = 0; i < inputs; i++) {
      for (let j = 0; j < outputs; j++) {
        next[j] = Math.fround(next[j]! + Math.fround(values[i]! * weights[i * outputs + j]!));
      }
    }
    if (index < layers.length - 1) for (let j = 0; j < outputs; j++) next[j] = Math.max(0, next[j]!);
    values = next;
  }
  return values;
}
