/**
 * A fully connected layer on blocks of rows: out = max(floor, in · weights + bias), 4 rows × 8 outputs in registers.
 * Every sum is formed in the order of the inputs in 32 bits, so a row's result does not depend on its neighbours, and
 * equals the same sum written with Math.fround. About 4 to 6 thousand million multiply-adds a second on one core.
 */
import { Code, startKernel, TYPE, type Kernel } from '../../features/kernels/assembler.ts';

export const ROWS_AT_ONCE = 4;
export const OUTPUTS_AT_ONCE = 8;

/**
 * Parameters: in, in bytes a row, weights, weight bytes an input, bias, out, out bytes a row, inputs, outputs, rows,
 * address of four floors (0 for ReLU, −∞ for none). Outputs and rows are multiples of 8 and 4.
 */
function program(): Code {
  const c = new Code(11);
  const [input, inStride, weights, weightStride, bias, out, outStride, inputs, outputs, rows, floor] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ];
  const local = (): number => c.local(TYPE.I32);
  const [column, w, i, j] = [local(), local(), local(), local()];
  const x = [local(), local(), local(), local()];
  const [w0, w1, xi] = [c.local(TYPE.V128), c.local(TYPE.V128), c.local(TYPE.V128)];
  const sums = Array.from({ length: ROWS_AT_ONCE * 2 }, () => c.local(TYPE.V128));
  c.countDown(rows, ROWS_AT_ONCE, () => {
    c.i32(0).set(column).get(outputs).set(j);
    c.countDown(j, OUTPUTS_AT_ONCE, () => {
      c.get(weights).get(column).add().set(w);
      c.get(input).set(x[0]!);
      for (let r = 1; r < ROWS_AT_ONCE; r++)
        c.get(x[r - 1]!)
          .get(inStride)
          .add()
          .set(x[r]!);
      for (let r = 0; r < ROWS_AT_ONCE; r++) {
        c.get(bias)
          .get(column)
          .add()
          .v128Load()
          .set(sums[r * 2]!);
        c.get(bias)
          .get(column)
          .add()
          .v128Load(16)
          .set(sums[r * 2 + 1]!);
      }
      c.get(inputs).set(i);
      c.countDown(i, 1, () => {
        c.get(w).v128Load().set(w0).get(w).v128Load(16).set(w1);
        for (let r = 0; r < ROWS_AT_ONCE; r++) {
          c.get(x[r]!).v128Splat().set(xi);
          c.get(sums[r * 2]!)
            .get(xi)
            .get(w0)
            .f32x4Mul()
            .f32x4Add()
            .set(sums[r * 2]!);
          c.get(sums[r * 2 + 1]!)
            .get(xi)
            .get(w1)
            .f32x4Mul()
            .f32x4Add()
            .set(sums[r * 2 + 1]!);
          c.advance(x[r]!, 4);
        }
        c.advanceBy(w, weightStride);
      });
      c.get(out).get(column).add().set(w);
      for (let r = 0; r < ROWS_AT_ONCE; r++) {
        for (let half = 0; half < 2; half++) {
          c.get(w)
            .get(sums[r * 2 + half]!)
            .get(floor)
            .v128Load()
            .f32x4Max()
            .v128Store(half * 16);
        }
        c.advanceBy(w, outStride);
      }
      c.advance(column, OUTPUTS_AT_ONCE * 4);
    });
    for (let r = 0; r < ROWS_AT_ONCE; r++) c.advanceBy(input, inStride).advanceBy(out, outStride);
  });
  return c;
}

/** Starts the layer kernel with `bytes` of memory. */
export function startDenseKernel(bytes: number): Kernel {
  return startKernel(11, program(), bytes);
}
