/**
 * Distinct values, and how often each came, for every row of a window table: one open-addressing hash table for all
 * rows instead of a set a row, because under a spoofed flood there are 200,000 rows with one value each.
 */
import { nextCapacity } from '../columns.ts';
import { mix, SketchPool } from './sketch.ts';

/** What is counted of a row. */
export const DISTINCT = {
  PEERS_OUT: 0,
  SERVICES_OUT: 1,
  PORTS_OUT: 2,
  PEERS_IN: 3,
  PORTS_IN: 4,
  DNS_NAMES: 5,
} as const;
const KINDS = 6;
/** Values a row and kind hold exactly; beyond, a HyperLogLog sketch estimates. */
const EXACT = 256;
/** Entries over all rows; at 12 bytes and a load of a half this is 24 MiB at most. */
const ENTRY_CEILING = 1 << 20;
const SKETCH_CEILING = 8192;
const NO_KEY = 0xffffffff;

/** Words of a cell: its only value and how often that came; or its place in `wide`, and `SEVERAL`. */
const CELL = 2;
const SEVERAL = 0x80000000;

/** Words of a cell of several values: the first, how often it came, different values, additions, sketch + 1 (0: none). */
const WIDE = 5;
const FIRST = 0;
const TIMES = 1;
const DIFFERENT = 2;
const ADDITIONS = 3;
const SKETCH = 4;

/**
 * The only value of a row and kind stands in its cell; a second, different one costs five words more and an entry in the
 * table. Counts give the entropy: `sumLog` is Σ c·log2(c) over the values of a row and kind.
 */
export class DistinctTable {
  private rows = 256;
  /** Side by side, so that a new row of a flood touches one cache line. */
  private cells = new Uint32Array(this.rows * KINDS * CELL);
  private several = 0;
  private wide = new Uint32Array(256 * WIDE);
  private sumLog = new Float64Array(256);
  private keys = new Uint32Array(1024).fill(NO_KEY);
  private values = new Uint32Array(1024);
  private counts = new Uint32Array(1024);
  private entries = 0;
  private readonly sketches = new SketchPool(SKETCH_CEILING);
  private readonly ceiling: number;

  /** `ceiling`: rows there will be at most (a hint). */
  constructor(ceiling: number) {
    this.ceiling = ceiling;
  }

  /** Forgets rows 0…rows-1. */
  clear(rows: number): void {
    this.cells.fill(0, 0, Math.min(rows, this.rows) * KINDS * CELL);
    this.several = 0;
    if (this.entries > 0) this.keys.fill(NO_KEY);
    this.entries = 0;
    this.sketches.clear();
  }

  /** Gives its memory back; nothing may be added or asked for any more. */
  close(): void {
    this.cells.buffer.transfer(0);
    this.wide.buffer.transfer(0);
  }

  add(row: number, kind: number, value: number): void {
    if (row >= this.rows) this.growRows(row);
    const { cells } = this;
    const cell = row * KINDS + kind;
    const at = cell * CELL;
    const times = cells[at + 1]!;
    if (times === 0) {
      cells[at] = value;
      cells[at + 1] = 1;
    } else if (times >= SEVERAL) {
      this.addTo(cells[at]!, cell, value);
    } else if (cells[at] === value) {
      cells[at + 1] = times + 1;
    } else {
      this.addTo(this.widen(at), cell, value);
    }
  }

  count(row: number, kind: number): number {
    if (row >= this.rows) return 0;
    const at = (row * KINDS + kind) * CELL;
    const times = this.cells[at + 1]!;
    if (times < SEVERAL) return times === 0 ? 0 : 1;
    const from = this.cells[at]! * WIDE;
    const sketch = this.wide[from + SKETCH]!;
    return this.wide[from + DIFFERENT]! + (sketch === 0 ? 0 : this.sketches.estimate(sketch - 1));
  }

  /** Shannon entropy in bits of the values added to a row; values beyond the exact ones count as seen once each. */
  entropy(row: number, kind: number): number {
    if (row >= this.rows) return 0;
    const at = (row * KINDS + kind) * CELL;
    if (this.cells[at + 1]! < SEVERAL) return 0;
    const index = this.cells[at]!;
    const n = this.wide[index * WIDE + ADDITIONS]!;
    return Math.max(0, Math.log2(n) - this.sumLog[index]! / n);
  }

  /** Makes room for more than one value in a cell. Gives where it stands. */
  private widen(at: number): number {
    const index = this.several++;
    if (index >= this.sumLog.length) this.growSeveral();
    const times = this.cells[at + 1]!;
    const to = index * WIDE;
    this.wide[to + FIRST] = this.cells[at]!;
    this.wide[to + TIMES] = times;
    this.wide[to + DIFFERENT] = 1;
    this.wide[to + ADDITIONS] = times;
    this.wide[to + SKETCH] = 0;
    // Step by step, as if it had been counted from the start: sums of doubles depend on their order.
    let sum = 0;
    for (let count = 1; count < times; count++) sum += logStep(count);
    this.sumLog[index] = sum;
    this.cells[at] = index;
    this.cells[at + 1] = SEVERAL;
    return index;
  }

  private addTo(index: number, cell: number, value: number): void {
    const at = index * WIDE;
    const { wide } = this;
    wide[at + ADDITIONS] = wide[at + ADDITIONS]! + 1;
    if (wide[at + FIRST] === value) {
      this.sumLog[index] = this.sumLog[index]! + logStep(wide[at + TIMES]!);
      wide[at + TIMES] = wide[at + TIMES]! + 1;
    } else {
      this.addFurther(index, cell, value);
    }
  }

  private addFurther(index: number, cell: number, value: number): void {
    const mask = this.keys.length - 1;
    const hash = mix(Math.imul(cell, 0x9e3779b1) ^ mix(value));
    let slot = hash & mask;
    for (;;) {
      const key = this.keys[slot]!;
      if (key === NO_KEY) break;
      if (key === cell && this.values[slot] === value) {
        this.sumLog[index] = this.sumLog[index]! + logStep(this.counts[slot]!);
        this.counts[slot] = this.counts[slot]! + 1;
        return;
      }
      slot = (slot + 1) & mask;
    }
    const at = index * WIDE;
    const sketch = this.wide[at + SKETCH]!;
    if (sketch > 0) {
      this.sketches.add(sketch - 1, mix(value ^ 0x5bd1e995));
      return;
    }
    if (this.wide[at + DIFFERENT]! >= EXACT || this.entries >= ENTRY_CEILING) {
      this.startSketch(at, value);
      return;
    }
    this.keys[slot] = cell;
    this.values[slot] = value;
    this.counts[slot] = 1;
    this.wide[at + DIFFERENT] = this.wide[at + DIFFERENT]! + 1;
    if (++this.entries * 2 > mask) this.growTable();
  }

  /** The sketch holds only values that are not in the table (those are found there first), so the two add up. */
  private startSketch(at: number, value: number): void {
    const sketch = this.sketches.take(1);
    if (sketch < 0) return;
    this.wide[at + SKETCH] = sketch + 1;
    this.sketches.add(sketch, mix(value ^ 0x5bd1e995));
  }

  private growRows(row: number): void {
    while (row >= this.rows) this.rows = nextCapacity(this.rows, this.ceiling);
    const cells = new Uint32Array(this.rows * KINDS * CELL);
    cells.set(this.cells);
    this.cells = cells;
  }

  private growSeveral(): void {
    const length = this.sumLog.length * 2;
    const wide = new Uint32Array(length * WIDE);
    wide.set(this.wide);
    this.wide = wide;
    const sumLog = new Float64Array(length);
    sumLog.set(this.sumLog);
    this.sumLog = sumLog;
  }

  private growTable(): void {
    const { keys, values, counts } = this;
    this.keys = new Uint32Array(keys.length * 2).fill(NO_KEY);
    this.values = new Uint32Array(keys.length * 2);
    this.counts = new Uint32Array(keys.length * 2);
    const mask = this.keys.length - 1;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (key === NO_KEY) continue;
      let slot = mix(Math.imul(key, 0x9e3779b1) ^ mix(values[i]!)) & mask;
      while (this.keys[slot] !== NO_KEY) slot = (slot + 1) & mask;
      this.keys[slot] = key;
      this.values[slot] = values[i]!;
      this.counts[slot] = counts[i]!;
    }
  }
}

/** What Σ c·log2(c) grows by when a count goes from `count` to `count + 1`. */
function logStep(count: number): number {
  return (count + 1) * Math.log2(count + 1) - (count > 1 ? count * Math.log2(count) : 0);
}
