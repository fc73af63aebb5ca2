/** A suite at work on blocks of rows: first stage, second stage, ensemble. */
import { scoreOf } from './calibration.ts';
import type { RowMemory } from './row-memory.ts';
import { ORDINARY } from './row-memory.ts';
import type { Member, Suite } from './suite.ts';

export class StagedSuite {
  readonly members: readonly Member[];
  readonly flowsScored = new Map<string, number>();
  /** By row of the block: the greatest surprise of the first stage, and the ensemble's. */
  readonly most: Float64Array;
  readonly ensemble: Float64Array;
  private readonly suite: Suite;
  private readonly firstMembers: readonly number[];
  private readonly secondMembers: readonly number[];
  /** By member, by row: surprise; NaN where it did not look. */
  private readonly surprise: Float64Array[];
  private readonly raw: Float64Array;
  private compact = new Float32Array(0);
  private readonly firstWeight: number;
  private readonly allWeight: number;

  constructor(suite: Suite, block: number) {
    this.suite = suite;
    this.members = suite.scoring;
    this.most = new Float64Array(block);
    this.ensemble = new Float64Array(block);
    this.raw = new Float64Array(block);
    this.surprise = this.members.map(() => new Float64Array(block));
    const at = (stage: string): number[] =>
      [...this.members.keys()].filter((m) => this.members[m]!.entry.stage === stage);
    this.firstMembers = at('first');
    this.secondMembers = at('second');
    const weigh = (indices: readonly number[]): number =>
      indices.reduce((sum, m) => sum + this.members[m]!.entry.weight, 0);
    this.firstWeight = weigh(this.firstMembers);
    this.allWeight = this.firstWeight + weigh(this.secondMembers);
  }

  get secondCount(): number {
    return this.secondMembers.length;
  }

  private count(member: number, rows: number): void {
    const { id } = this.members[member]!.entry;
    this.flowsScored.set(id, (this.flowsScored.get(id) ?? 0) + rows);
  }

  /** Scores all rows by the first stage. */
  first(data: Float32Array, rows: number): void {
    this.most.fill(0, 0, rows);
    for (const m of this.firstMembers) {
      const { detector } = this.members[m]!;
      const calibration = detector.calibration!;
      const into = this.surprise[m]!;
      detector.raw(data, rows, this.raw);
      for (let r = 0; r < rows; r++) {
        const surprise = calibration.at(this.raw[r]!);
        into[r] = surprise;
        if (surprise > this.most[r]!) this.most[r] = surprise;
      }
    }
  }

  /** Scores the pending rows by the second stage; results go to `memory.fresh` from column `offset`. */
  second(data: Float32Array, memory: RowMemory, offset: number, results: number): void {
    const count = memory.pendingCount;
    if (count === 0 || this.secondMembers.length === 0) return;
    const rows = this.gather(data, memory);
    for (const [k, m] of this.secondMembers.entries()) {
      const { detector } = this.members[m]!;
      detector.raw(rows, count, this.raw);
      for (let i = 0; i < count; i++) {
        memory.fresh[i * results + offset + k] = detector.calibration!.at(this.raw[i]!);
      }
    }
  }

  private gather(data: Float32Array, memory: RowMemory): Float32Array {
    const width = this.members[0]!.detector.columns.length;
    const needed = memory.pendingCount * width;
    if (this.compact.length < needed) this.compact = new Float32Array(needed * 2);
    for (let i = 0; i < memory.pendingCount; i++) {
      const from = memory.pending[i]! * width;
      this.compact.set(data.subarray(from, from + width), i * width);
    }
    return this.compact;
  }

  /** The ensemble of each row, with the second stage where it has results. */
  combine(memory: RowMemory, rows: number, offset: number): void {
    const first = this.suite.ensemble(false);
    const all = this.suite.ensemble(true);
    let escalated = 0;
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      for (const m of this.firstMembers) sum += this.surprise[m]![r]! * this.members[m]!.entry.weight;
      if (memory.slotOf[r] === ORDINARY) {
        this.ensemble[r] = first.at(sum / this.firstWeight);
        for (const m of this.secondMembers) this.surprise[m]![r] = NaN;
        continue;
      }
      escalated++;
      for (const [k, m] of this.secondMembers.entries()) {
        const surprise = memory.result(r, offset + k);
        this.surprise[m]![r] = surprise;
        sum += surprise * this.members[m]!.entry.weight;
      }
      this.ensemble[r] = all.at(sum / this.allWeight);
    }
    for (const m of this.firstMembers) this.count(m, rows);
    for (const m of this.secondMembers) this.count(m, escalated);
  }

  /** Scores of each member for `rows` rows to `columns[at…]`, from row `to`. */
  write(columns: readonly Float32Array[], at: number, to: number, rows: number): void {
    for (const [m, surprise] of this.surprise.entries()) {
      const column = columns[at + m]!;
      for (let r = 0; r < rows; r++) column[to + r] = scoreOf(surprise[r]!);
    }
  }
}
