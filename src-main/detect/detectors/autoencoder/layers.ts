/** Layers of a network in a snapshot: their widths in the head, weights and biases beside it. */
import type { DetectorSnapshot } from '../../types.ts';
import { arrayOf } from '../detector.ts';
import type { DenseLayer } from './network.ts';

const MOST_LAYERS = 64;
const WIDEST = 65_536;

type Parts = Pick<DetectorSnapshot, 'head' | 'arrays'>;

function isWidth(n: unknown): n is number {
  return Number.isInteger(n) && Number(n) >= 1 && Number(n) <= WIDEST;
}

/** `prefix`: of all names, where a snapshot holds several networks. */
export function putLayers({ head, arrays }: Parts, layers: readonly DenseLayer[], prefix = ''): void {
  head[`${prefix}widths`] = layers.map(({ outputs }) => outputs);
  for (const [i, { weights, bias }] of layers.entries()) {
    arrays[`${prefix}weights${i}`] = weights;
    arrays[`${prefix}bias${i}`] = bias;
  }
}

/** @throws RangeError where they do not lead from `inputs` to `outputs` */
export function takeLayers(snapshot: DetectorSnapshot, inputs: number, outputs: number, prefix = ''): DenseLayer[] {
  const widths: unknown = snapshot.head[`${prefix}widths`];
  const fit = Array.isArray(widths) && widths.length <= MOST_LAYERS && widths.every(isWidth);
  if (!fit || widths.at(-1) !== outputs) throw new RangeError(`${snapshot.id}: ${prefix}layers do not fit the columns`);
  return widths.map((width, i) => {
    const from = i === 0 ? inputs : widths[i - 1]!;
    const weights = arrayOf(snapshot, `${prefix}weights${i}`, Float32Array, from * width);
    return { inputs: from, outputs: width, weights, bias: arrayOf(snapshot, `${prefix}bias${i}`, Float32Array, width) };
  });
}
