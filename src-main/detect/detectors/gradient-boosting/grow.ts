/**
 * Boosted regression trees by histograms (Friedman 2001; leaf by leaf as Ke et al. 2017): each tree is fitted to the gradients
 * of the logistic loss, the leaf that gains most is split next, and of two children only the smaller is counted, the other is
 * what is left of the parent. A tree costs about rows × columns × 2 or 3 reads of a byte.
 */
import { randomSource, sampleWithoutReplacement } from '../../features/random.ts';
import type { FeatureMatrix } from '../../types.ts';
import type { FlatForest } from '../forest/flat.ts';
import { binned, MOST_DEPTH, type Binned } from '../random-forest/grow.ts';

export interface BoostingShape {
  trees: number;
  /** How much of each tree is taken. */
  rate: number;
  leaves: number;
  maxDepth: number;
  /** Fewest rows of a leaf. */
  leafRows: number;
  l2: number;
  /** Share of the rows, and of the columns, that each tree looks at. */
  rows: number;
  columns: number;
}

export interface Boosted {
  /** Log odds of a row before any tree. */
  bias: number;
  /** A leaf's `path` is what it adds to the log odds. */
  forest: FlatForest;
}

/** A split must gain as much, and a leaf weigh as much. */
const LEAST_GAIN = 1e-9;
const LEAST_HESSIAN = 1e-3;

interface Leaf {
  /** Rows `from`…`to` of the tree. */
  from: number;
  to: number;
  depth: number;
  gradient: number;
  hessian: number;
  /** Sums by column and bin: gradient, hessian, rows. */
  sums: Float64Array;
  gain: number;
  column: number;
  bin: number;
  left: Leaf | undefined;
  right: Leaf | undefined;
}

export class Booster {
  readonly bias: number;
  private readonly shape: BoostingShape;
  private readonly data: Binned;
  private readonly width: number;
  private readonly seed: number;
  private readonly attack: Uint8Array;
  private readonly weight: readonly [number, number];
  /** Log odds so far, and the loss's derivatives there. */
  private readonly odds: Float64Array;
  private readonly gradient: Float64Array;
  private readonly hessian: Float64Array;
  /** Where the bins of each column begin among the sums. */
  private readonly starts: Int32Array;
  private order: Int32Array = new Int32Array(0);
  private used: Int32Array;
  private readonly out = { feature: [0], threshold: [0], right: [0], cover: [0], path: [0] };
  private readonly roots: number[] = [];

  constructor(
    matrix: FeatureMatrix,
    attack: Uint8Array,
    weight: readonly [number, number],
    shape: BoostingShape,
    seed: number,
  ) {
    const { rows, features } = matrix;
    this.shape = shape;
    this.seed = seed;
    this.attack = attack;
    this.weight = weight;
    this.width = features.length;
    this.data = binned(matrix, randomSource(seed, 750));
    this.starts = new Int32Array(this.width + 1);
    for (let j = 0; j < this.width; j++) this.starts[j + 1] = this.starts[j]! + this.data.borders[j]!.length + 1;
    this.used = Int32Array.from({ length: this.width }, (_, j) => j);
    this.gradient = new Float64Array(rows);
    this.hessian = new Float64Array(rows);
    let [normal, bad] = [0, 0];
    for (let r = 0; r < rows; r++) {
      if (attack[r]) bad += weight[1];
      else normal += weight[0];
    }
    this.bias = Math.log(Math.max(bad, LEAST_HESSIAN) / Math.max(normal, LEAST_HESSIAN));
    this.odds = new Float64Array(rows).fill(this.bias);
    for (const list of Object.values(this.out)) list.length = 0;
  }

  /** Grows one tree more. */
  step(): void {
    const t = this.roots.length;
    this.derive();
    this.draw(t);
    const root = this.leafOf(0, this.order.length, 0);
    root.sums = this.count(root);
    this.look(root);
    const leaves = [root];
    while (leaves.length < this.shape.leaves) {
      const best = leaves.reduce((a, b) => (b.gain > a.gain ? b : a));
      if (best.gain <= LEAST_GAIN) break;
      leaves.splice(leaves.indexOf(best), 1, ...this.split(best));
    }
    this.roots.push(this.out.feature.length);
    this.write(root);
    this.advance(root);
  }

  finish(): Boosted {
    const { feature, threshold, right, cover, path } = this.out;
    return {
      bias: this.bias,
      forest: {
        roots: Int32Array.from(this.roots),
        feature: Int32Array.from(feature),
        threshold: Float32Array.from(threshold),
        right: Int32Array.from(right),
        cover: Float64Array.from(cover),
        path: Float64Array.from(path),
        subsample: this.data.rows,
      },
    };
  }

  private derive(): void {
    const { odds, attack, weight, gradient, hessian } = this;
    for (let r = 0; r < odds.length; r++) {
      const p = 1 / (1 + Math.exp(-odds[r]!));
      const w = weight[attack[r]!]!;
      gradient[r] = w * (p - attack[r]!);
      hessian[r] = w * p * (1 - p);
    }
  }

  /** The tree's rows and columns. */
  private draw(t: number): void {
    const random = randomSource(this.seed, 751 + t);
    const { rows, columns } = this.shape;
    const all = this.data.rows;
    this.order =
      rows < 1
        ? sampleWithoutReplacement(all, Math.max(1, Math.round(all * rows)), random).sort()
        : Int32Array.from({ length: all }, (_, r) => r);
    if (columns < 1) {
      const wanted = Math.max(1, Math.round(this.width * columns));
      this.used = sampleWithoutReplacement(this.width, wanted, random).sort();
    }
  }

  private leafOf(from: number, to: number, depth: number): Leaf {
    let [gradient, hessian] = [0, 0];
    for (let i = from; i < to; i++) {
      gradient += this.gradient[this.order[i]!]!;
      hessian += this.hessian[this.order[i]!]!;
    }
    const none = { column: -1, bin: -1, left: undefined, right: undefined };
    return { from, to, depth, gradient, hessian, sums: new Float64Array(0), gain: 0, ...none };
  }

  private count({ from, to }: Leaf): Float64Array {
    const { order, starts, used, gradient, hessian } = this;
    const { bins, rows } = this.data;
    const sums = new Float64Array(3 * starts[this.width]!);
    for (let u = 0; u < used.length; u++) {
      const column = used[u]!;
      const start = starts[column]!;
      if (starts[column + 1]! - start < 2) continue;
      const base = column * rows;
      for (let i = from; i < to; i++) {
        const row = order[i]!;
        const at = 3 * (start + bins[base + row]!);
        sums[at]! += gradient[row]!;
        sums[at + 1]! += hessian[row]!;
        sums[at + 2]! += 1;
      }
    }
    return sums;
  }

  /** Seeks the border that gains most. */
  private look(leaf: Leaf): void {
    const { shape, starts, used } = this;
    const { leafRows, l2 } = shape;
    const { sums, gradient, hessian, from, to, depth } = leaf;
    if (depth >= Math.min(shape.maxDepth, MOST_DEPTH) || to - from < 2 * leafRows) return;
    const plain = (gradient * gradient) / (hessian + l2 + 1e-12);
    for (let u = 0; u < used.length; u++) {
      const column = used[u]!;
      const [start, end] = [starts[column]!, starts[column + 1]!];
      let [g, h, n] = [0, 0, 0];
      for (let bin = start; bin < end - 1; bin++) {
        g += sums[3 * bin]!;
        h += sums[3 * bin + 1]!;
        n += sums[3 * bin + 2]!;
        if (n < leafRows || h < LEAST_HESSIAN) continue;
        const otherH = hessian - h;
        if (to - from - n < leafRows || otherH < LEAST_HESSIAN) break;
        const gain = (g * g) / (h + l2) + (gradient - g) ** 2 / (otherH + l2) - plain;
        if (gain <= leaf.gain) continue;
        leaf.gain = gain;
        leaf.column = column;
        leaf.bin = bin - start;
      }
    }
  }

  private split(leaf: Leaf): [Leaf, Leaf] {
    const middle = this.part(leaf);
    const left = this.leafOf(leaf.from, middle, leaf.depth + 1);
    const right = this.leafOf(middle, leaf.to, leaf.depth + 1);
    const [small, large] = middle - leaf.from < leaf.to - middle ? [left, right] : [right, left];
    small.sums = this.count(small);
    // The parent's sums are not needed any more: what is left of them is the other child's.
    large.sums = leaf.sums;
    for (let i = 0; i < large.sums.length; i++) large.sums[i]! -= small.sums[i]!;
    leaf.sums = new Float64Array(0);
    this.look(left);
    this.look(right);
    leaf.left = left;
    leaf.right = right;
    return [left, right];
  }

  /** Rows at or below the bin to the front, all in their order; where the others begin. */
  private part({ from, to, column, bin }: Leaf): number {
    const { order } = this;
    const { bins, rows } = this.data;
    const base = column * rows;
    const behind: number[] = [];
    let middle = from;
    for (let i = from; i < to; i++) {
      const row = order[i]!;
      if (bins[base + row]! <= bin) order[middle++] = row;
      else behind.push(row);
    }
    order.set(behind, middle);
    return middle;
  }

  private value({ gradient, hessian }: Leaf): number {
    return (-this.shape.rate * gradient) / (hessian + this.shape.l2 + 1e-12);
  }

  /** Nodes in preorder, as the flat forest has them. */
  private write(leaf: Leaf): void {
    const { out } = this;
    const at = out.feature.length;
    const { left, right } = leaf;
    out.feature.push(left ? leaf.column : -1);
    out.threshold.push(left ? this.data.borders[leaf.column]![leaf.bin]! : 0);
    out.right.push(0);
    out.cover.push(leaf.to - leaf.from);
    out.path.push(left ? 0 : this.value(leaf));
    if (!left || !right) return;
    this.write(left);
    out.right[at] = out.feature.length;
    this.write(right);
  }

  /** Adds the tree to the log odds of all rows, also of those it has not looked at. */
  private advance(root: Leaf): void {
    const { bins, rows } = this.data;
    if (this.order.length === rows) {
      this.advanceLeaf(root);
      return;
    }
    for (let r = 0; r < rows; r++) {
      let leaf = root;
      while (leaf.left && leaf.right) leaf = bins[leaf.column * rows + r]! <= leaf.bin ? leaf.left : leaf.right;
      this.odds[r]! += this.value(leaf);
    }
  }

  private advanceLeaf(leaf: Leaf): void {
    if (leaf.left && leaf.right) {
      this.advanceLeaf(leaf.left);
      this.advanceLeaf(leaf.right);
      return;
    }
    const value = this.value(leaf);
    for (let i = leaf.from; i < leaf.to; i++) this.odds[this.order[i]!]! += value;
  }
}
