/**
 * Models of the lab that score flows beside the others: each as a detector of its own, `lab:SLOT`, with its own threshold. What it
 * says of a flow depends on the flow alone, so it is the same offline and live. Its score equals that of `sonde score` for the
 * file of features, or of flows, that holds the flow.
 */
import type { FlowBatch } from '../../meter/flows/types.ts';
import type { FlowScores } from '../detectors/triage.ts';
import { allRows } from './split.ts';
import type { Table } from './formats/types.ts';
import { tableOfFeatures, tableOfFields } from './flow-tables.ts';
import type { LabModel, LabScores } from './lab-model.ts';
import { contributionsOf, reasonsOf, type Reason } from './lab-reasons.ts';
import { takeTableRows } from './lab-table.ts';
import { promotableOf } from './promotable.ts';

/** Rows that are scored at once. */
const BLOCK = 4096;
export const LAB_PREFIX = 'lab:';

export interface PromotedModel {
  /** It scores as `lab:SLOT`. */
  slot: string;
  /** For people. */
  name: string;
  /** Of its file, in hex. */
  sha256: string;
  model: LabModel;
}

/** What promoted models say of the rows of a batch. */
export interface LabVerdicts {
  /** 1: an alarm, by model and row. */
  alarms: Uint8Array[];
}

/** Scores of a batch with those of the promoted models behind them. */
export interface ExtendedScores extends FlowScores {
  /** What is anomalous without them. */
  anomalousAlone: Uint8Array;
  /** 1: an alarm, by model and row. */
  labAlarms: Uint8Array[];
}

class Member {
  readonly id: string;
  readonly promoted: PromotedModel;
  scored = 0;
  alarms = 0;
  private readonly byFeatures: boolean;

  constructor(promoted: PromotedModel) {
    this.promoted = promoted;
    this.id = LAB_PREFIX + promoted.slot;
    this.byFeatures = promotableOf(promoted.model).by === 'flow-features';
  }

  private tableOf(batch: FlowBatch, from: number, to: number): { table: Table; rows: Int32Array } {
    const { model, name } = this.promoted;
    const found = this.byFeatures
      ? { table: tableOfFeatures(batch, from, to), rows: allRows(to - from) }
      : tableOfFields(batch, from, to);
    return { ...found, table: model.align(found.table, name) };
  }

  score(batch: FlowBatch, into: Float32Array, alarms: Uint8Array): void {
    for (let from = 0; from < batch.count; from += BLOCK) {
      const to = Math.min(batch.count, from + BLOCK);
      const { table, rows } = this.tableOf(batch, from, to);
      const scores: LabScores = this.promoted.model.score(table);
      for (let r = 0; r < rows.length; r++) {
        const at = rows[r]!;
        into[from + r] = at < 0 ? NaN : scores.score[at]!;
        alarms[from + r] = at < 0 ? 0 : scores.alarm[at]!;
        if (at >= 0) this.scored++;
        this.alarms += alarms[from + r]!;
      }
    }
  }

  reasons(batch: FlowBatch, row: number): Reason[] {
    const { model } = this.promoted;
    const { table } = this.tableOf(batch, row, row + 1);
    if (table.rows === 0) return [];
    const one = takeTableRows(table, allRows(1));
    return reasonsOf(model, one, 0, contributionsOf(model, model.encode(one)));
  }
}

/** In the order of their slots. */
export class PromotedModels {
  readonly ids: readonly string[];
  private readonly members: readonly Member[];

  constructor(promoted: readonly PromotedModel[]) {
    this.members = promoted.map((each) => new Member(each));
    this.ids = this.members.map(({ id }) => id);
  }

  /** The models behind `ids`. */
  get models(): readonly PromotedModel[] {
    return this.members.map(({ promoted }) => promoted);
  }

  /**
   * The scores of a batch whose context was filled, with what these say beside it: a flow is anomalous where a model alarms too.
   * In arrays of its own.
   */
  extend(batch: FlowBatch, scores: FlowScores): ExtendedScores {
    const { count } = scores;
    const anomalousAlone = scores.anomalous.slice(0, count);
    const anomalous = anomalousAlone.slice();
    const labScores = this.members.map(() => new Float32Array(count));
    const labAlarms = this.members.map(() => new Uint8Array(count));
    for (const [m, member] of this.members.entries()) {
      const alarms = labAlarms[m]!;
      member.score(batch, labScores[m]!, alarms);
      for (let row = 0; row < count; row++) anomalous[row]! |= alarms[row]!;
    }
    return {
      count,
      score: scores.score.slice(0, count),
      surprise: scores.surprise.slice(0, count),
      anomalous,
      detectors: [...scores.detectors, ...this.ids],
      perDetector: [...scores.perDetector.map((one) => one.slice(0, count)), ...labScores],
      anomalousAlone,
      labAlarms,
    };
  }

  /** Why one of them alarmed, most weighty first. */
  reasons(member: number, batch: FlowBatch, row: number): Reason[] {
    return this.members[member]!.reasons(batch, row);
  }

  /** What is scored from now on is what is counted. */
  countAnew(): void {
    for (const member of this.members) [member.scored, member.alarms] = [0, 0];
  }

  counts(): { id: string; scored: number; alarms: number; promoted: PromotedModel }[] {
    return this.members.map(({ id, scored, alarms, promoted }) => ({ id, scored, alarms, promoted }));
  }
}
