/**
 * Walks isolation trees without a branch: each level loads a node, compares and selects the child; a leaf is its own
 * child, so every walk takes as many steps as the deepest. Four trees are walked side by side to hide the loads.
 * About 1.5 µs a row for 150 trees of 256 rows, against 12 µs for the plain loop, whose branches cannot be predicted.
 * The sums are formed in the order of the trees: the same bits as the plain loop's.
 */
import type { FlatForest } from '../forest/flat.ts';
import { Code, startKernel, TYPE, type Kernel } from '../../features/kernels/assembler.ts';

/** Bytes of a node: column offset, threshold, left, right (addresses). */
const NODE = 16;
const TREES_AT_ONCE = 4;
/** Rows copied into the kernel's memory at a time. */
const BLOCK = 256;

/** Parameters: row, rows, row bytes, roots, trees, levels, paths minus half of the nodes' address, out. */
function program(): Code {
  const c = new Code(8);
  const [row, rows, stride, roots, trees, levels, paths, out] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [root, tree, level, sum] = [c.local(TYPE.I32), c.local(TYPE.I32), c.local(TYPE.I32), c.local(TYPE.F64)];
  const nodes = Array.from({ length: TREES_AT_ONCE }, () => c.local(TYPE.I32));
  c.countDown(rows, 1, () => {
    c.emit(0x44, 0, 0, 0, 0, 0, 0, 0, 0).set(sum);
    c.get(roots).set(root).get(trees).set(tree);
    c.countDown(tree, TREES_AT_ONCE, () => {
      for (const [k, node] of nodes.entries())
        c.get(root)
          .i32Load(k * 4)
          .set(node);
      c.get(levels).set(level);
      c.countDown(level, 1, () => {
        for (const node of nodes) {
          c.get(node).i32Load(8).get(node).i32Load(12);
          c.get(node).i32Load(0).get(row).add().f32Load().get(node).f32Load(4).emit(0x5d);
          c.emit(0x1b).set(node);
        }
      });
      // Paths are 8 bytes a node: half of a node's address.
      for (const node of nodes) c.get(sum).get(node).i32(1).emit(0x76).get(paths).add().f64Load().emit(0xa0).set(sum);
      c.advance(root, TREES_AT_ONCE * 4);
    });
    c.get(out).get(sum).f64Store();
    c.advance(out, 8).advanceBy(row, stride);
  });
  return c;
}

function depthOf({ feature, right }: FlatForest, node: number): number {
  if (feature[node]! < 0) return 0;
  return (
    1 +
    Math.max(
      depthOf({ feature, right } as FlatForest, node + 1),
      depthOf({ feature, right } as FlatForest, right[node]!),
    )
  );
}

export class ForestKernel {
  private readonly kernel: Kernel;
  private readonly width: number;
  private readonly trees: number;
  private readonly padded: number;
  private readonly levels: number;
  private readonly rowsAt: number;
  private readonly rootsAt: number;
  private readonly pathsAt: number;
  private readonly outAt: number;

  constructor(forest: FlatForest, width: number) {
    const nodes = forest.feature.length + 1;
    this.width = width;
    this.trees = forest.roots.length;
    this.padded = Math.ceil(this.trees / TREES_AT_ONCE) * TREES_AT_ONCE;
    this.levels = Math.max(1, ...Array.from(forest.roots, (root) => depthOf(forest, root)));
    this.pathsAt = nodes * NODE;
    this.outAt = this.pathsAt + nodes * 8;
    this.rootsAt = this.outAt + BLOCK * 8;
    this.rowsAt = this.rootsAt + this.padded * 4;
    this.kernel = startKernel(8, program(), this.rowsAt + BLOCK * width * 4);
    this.fill(forest);
  }

  private fill({ roots, feature, threshold, right, path }: FlatForest): void {
    const { buffer } = this.kernel.memory;
    const nodes = feature.length;
    const words = new Int32Array(buffer, 0, (nodes + 1) * 4);
    const numbers = new Float32Array(buffer, 0, (nodes + 1) * 4);
    const paths = new Float64Array(buffer, this.pathsAt, nodes + 1);
    for (let n = 0; n <= nodes; n++) {
      const leaf = n === nodes || feature[n]! < 0;
      words[n * 4] = leaf ? 0 : feature[n]! * 4;
      numbers[n * 4 + 1] = leaf ? 0 : threshold[n]!;
      words[n * 4 + 2] = (leaf ? n : n + 1) * NODE;
      words[n * 4 + 3] = (leaf ? n : right[n]!) * NODE;
      paths[n] = n === nodes ? 0 : path[n]!;
    }
    // Trees that fill up a group of four are one leaf of length 0.
    new Int32Array(buffer, this.rootsAt, this.padded).fill(nodes * NODE).set(Array.from(roots, (root) => root * NODE));
  }

  /** Mean path length of `rows` rows to `out`. */
  run(data: Float32Array, rows: number, out: Float64Array): void {
    const { buffer } = this.kernel.memory;
    const block = new Float32Array(buffer, this.rowsAt, BLOCK * this.width);
    const sums = new Float64Array(buffer, this.outAt, BLOCK);
    for (let done = 0; done < rows; done += BLOCK) {
      const count = Math.min(BLOCK, rows - done);
      block.set(data.subarray(done * this.width, (done + count) * this.width));
      const { rowsAt, rootsAt, padded, levels, pathsAt, outAt } = this;
      this.kernel.run(rowsAt, count, this.width * 4, rootsAt, padded, levels, pathsAt, outAt);
      for (let r = 0; r < count; r++) out[done + r] = sums[r]! / this.trees;
    }
  }
}
