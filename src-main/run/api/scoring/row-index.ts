/** Where the rows of predictions lie, how their scores spread, and which are looked at first. */
import { open } from 'node:fs/promises';
import {
  ROW_LISTS,
  VERDICTS,
  type RowList,
  type ScoredFile,
  type ScoreVerdict,
} from '../../../../src-shared/contract/topics/scoring.ts';
import { cellsOf } from '../../../detect/lab/delimited.ts';
import { REASONS } from '../../../detect/lab/lab-reasons.ts';
import type { ScoredRow } from '../../../detect/lab/score-file.ts';
import { STRIDE, type BulkDone } from './messages.ts';

/** Rows of a list that is not the whole file. */
const LISTED = 10_000;
/** Bins of −log10(1 − score), and how wide they are. */
const BINS = 48;
const WIDTH = 0.125;
/** Columns after the file's own. */
export const OURS = 2 + REASONS;

/** Grows as numbers come. */
class Growing {
  private data = new Float64Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.data.length) {
      const next = new Float64Array(this.data.length * 2);
      next.set(this.data);
      this.data = next;
    }
    this.data[this.length++] = value;
  }

  at(i: number): number {
    return this.data[i]!;
  }

  take(): Float64Array {
    return this.data.slice(0, this.length);
  }
}

function binOf(score: number): number {
  const rare = -Math.log10(Math.max(1e-12, 1 - score));
  return Math.min(BINS - 1, Math.max(0, Math.floor(rare / WIDTH)));
}

export class RowIndex {
  private readonly starts = new Growing();
  private readonly scores = new Growing();
  private readonly first: Record<'anomalous' | 'unreadable', number[]> = { anomalous: [], unreadable: [] };
  private readonly counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<ScoreVerdict, number>;
  private readonly bins = {
    unlabelled: new Array<number>(BINS).fill(0),
    normal: new Array<number>(BINS).fill(0),
    attack: new Array<number>(BINS).fill(0),
  };
  private bytes = 0;

  add({ verdict, score, attack, bytes }: ScoredRow): void {
    const row = this.scores.length;
    if (row % STRIDE === 0) this.starts.push(this.bytes);
    this.bytes += bytes;
    this.scores.push(score);
    this.counts[verdict]++;
    if (verdict === 'anomalous' || verdict === 'unreadable') {
      const list = this.first[verdict];
      if (list.length < LISTED) list.push(row);
    }
    if (Number.isNaN(score)) return;
    const of = attack === undefined ? 'unlabelled' : attack ? 'attack' : 'normal';
    this.bins[of][binOf(score)]!++;
  }

  /** `path`: the predictions, once they are there. */
  async finish(
    path: string,
  ): Promise<Pick<BulkDone, 'starts' | 'rows'> & Pick<ScoredFile, 'header' | 'scores' | 'lists' | 'counts'>> {
    const file = await open(path);
    try {
      const head = (await file.stat()).size - this.bytes;
      const { buffer } = await file.read(Buffer.alloc(head), 0, head, 0);
      const header = cellsOf(buffer.toString('utf8').trimEnd(), ',').slice(0, -OURS);
      const rows = {
        unusual: this.unusual(),
        anomalous: Uint32Array.from(this.first.anomalous),
        unreadable: Uint32Array.from(this.first.unreadable),
      };
      const lengths: Record<RowList, number> = { all: this.scores.length, unusual: 0, anomalous: 0, unreadable: 0 };
      for (const list of ROW_LISTS) if (list !== 'all') lengths[list] = rows[list].length;
      const edges = Array.from({ length: BINS }, (_, i) => i * WIDTH);
      return {
        starts: this.starts.take().map((start) => start + head),
        rows,
        header,
        counts: this.counts,
        scores: { edges, ...this.bins },
        lists: lengths,
      };
    } finally {
      await file.close();
    }
  }

  /** The rows with the greatest scores, greatest first. */
  private unusual(): Uint32Array {
    const { scores } = this;
    const sorted = scores.take().sort();
    // NaN is sorted last.
    let scored = sorted.length;
    while (scored > 0 && Number.isNaN(sorted[scored - 1]!)) scored--;
    const least = sorted[Math.max(0, scored - LISTED)] ?? Infinity;
    const found: number[] = [];
    // Of rows with the least score of the list there may be more than there is room for: the first of them.
    for (let pass = 0; pass < 2; pass++) {
      for (let row = 0; row < scores.length && found.length < LISTED; row++) {
        const score = scores.at(row);
        if (pass === 0 ? score > least : score === least) found.push(row);
      }
    }
    return Uint32Array.from(found.sort((a, b) => scores.at(b) - scores.at(a) || a - b));
  }
}
