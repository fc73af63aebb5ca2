/** The ensemble of a comparison as a detector that can be kept: its members, their calibrations and weights. */
import { TailCalibration } from '../detectors/calibration.ts';
import { arrayOf } from '../detectors/detector.ts';
import { MATRIX_DETECTORS } from '../detectors/matrix/registry.ts';
import type { AfterStep, MatrixDetector, MatrixState } from '../detectors/matrix/types.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../types.ts';
import type { Views } from './encode.ts';
import { ensembleOf, fitEnsemble, type Ensemble, type EnsembleMember } from './ensemble.ts';
import { rocAuc, stepsOf } from './metrics.ts';
import { loadPart, saveParts, Together } from './together.ts';

export const ENSEMBLE_ID = 'ensemble';

/** ROC-AUC of made-up anomalies against held-back rows. */
export function madeUpQuality(validation: Float64Array, madeUp: Float64Array): number {
  const scores = new Float64Array(validation.length + madeUp.length);
  scores.set(validation);
  scores.set(madeUp, validation.length);
  const labels = new Uint8Array(scores.length).fill(1, validation.length);
  return rocAuc(stepsOf(scores, labels));
}

/** How a fitted ensemble is described in words. */
export function weightWords(ensemble: Ensemble): string {
  return ensemble.members.map(({ id, weight }) => `${id} ${weight.toFixed(2)}`).join(', ');
}

export class EnsembleDetector extends Together {
  readonly id = ENSEMBLE_ID;
  readonly minimumRows = 64;
  members: readonly MatrixDetector[] = [];
  private ensemble: Ensemble | undefined;

  /** Members that would learn too little are left out. */
  async fitInTurns(
    matrix: FeatureMatrix,
    seed: number,
    _attack: Uint8Array | undefined,
    afterStep: AfterStep,
  ): Promise<void> {
    const views = this.viewsOf(matrix);
    const all = MATRIX_DETECTORS.filter(({ inEnsemble }) => inEnsemble).map((entry) => entry.create());
    this.members = all.filter(({ minimumRows }) => matrix.rows >= minimumRows);
    for (const [m, member] of this.members.entries()) {
      await member.fit(views.get(member.view), seed);
      await afterStep(m + 1, this.members.length);
    }
  }

  /** Calibrations and weights, from rows that were held back and from anomalies made of them. */
  settle(validation: Views, madeUp: Views): void {
    this.ensemble = fitEnsemble(
      this.members.map((member) => {
        const held = member.score(validation.get(member.view));
        return {
          id: member.id,
          validation: held,
          quality: madeUpQuality(held, member.score(madeUp.get(member.view))),
        };
      }),
    );
    this.chosen = weightWords(this.ensemble);
  }

  private settled(): Ensemble {
    if (!this.ensemble) throw new RangeError('ensemble has not learned yet');
    return this.ensemble;
  }

  /** Members with their weights and calibrations. */
  get parts(): readonly { detector: MatrixDetector; member: EnsembleMember }[] {
    return this.settled().members.map((member, m) => ({ detector: this.members[m]!, member }));
  }

  scoreViews(views: Views): Float64Array {
    const scores = this.members.map((member) => [member.id, member.score(views.get(member.view))] as const);
    return this.settled().combine(new Map(scores));
  }

  save(): MatrixState {
    const { members } = this.settled();
    const state = saveParts(this.members);
    for (const { id, calibration } of members) {
      state.arrays[`${id}: ensemble knots`] = calibration.knots;
      state.arrays[`${id}: ensemble surprise`] = calibration.surprise;
    }
    const said = members.map(({ id, weight, calibration: { tailScale } }) => ({ id, weight, tailScale }));
    return { head: { ...state.head, members: said, chosen: this.chosen }, arrays: state.arrays };
  }

  load(snapshot: DetectorSnapshot, columns: readonly string[]): void {
    const { members, chosen } = snapshot.head;
    if (!Array.isArray(members) || members.length === 0) throw new RangeError('ensemble: no members');
    const loaded = members.map((saved: unknown) => {
      const { id, weight, tailScale } = saved as Record<string, unknown>;
      const entry = MATRIX_DETECTORS.find((each) => each.id === id && each.inEnsemble);
      if (!entry || typeof weight !== 'number' || typeof tailScale !== 'number' || !Number.isFinite(weight)) {
        throw new RangeError('ensemble: a member is not whole');
      }
      const detector = entry.create();
      loadPart(detector, snapshot, columns);
      const knots = arrayOf(snapshot, `${entry.id}: ensemble knots`, Float64Array);
      const surprise = arrayOf(snapshot, `${entry.id}: ensemble surprise`, Float64Array, knots.length);
      const calibration = new TailCalibration(knots, surprise, tailScale);
      return { detector, member: { id: entry.id, weight, calibration } };
    });
    this.members = loaded.map(({ detector }) => detector);
    this.ensemble = ensembleOf(loaded.map(({ member }) => member));
    this.chosen = String(chosen);
  }
}
