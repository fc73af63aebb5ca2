/**
 * Detectors together as one: the weighted mean of their surprises (−log10 of the tail probability among ordinary rows that
 * none of them learned from). *contrast-ensemble* without labels, *open-ensemble* with: how the members and weights were
 * chosen, docs/evaluation.md.
 */
import { hashId } from '../../features/random.ts';
import { fitScaler, Scaler } from '../../features/scaler.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import { calibrate, TailCalibration } from '../calibration.ts';
import { arrayOf } from '../detector.ts';
import { GaussianMixture } from '../gaussian-mixture/detector.ts';
import { KNearest } from '../k-nearest/detector.ts';
import { AsMatrixDetector } from '../matrix/calibrated.ts';
import { takeRows, type MatrixDetector, type MatrixState, type RowContext } from '../matrix/types.ts';
import { MeanZ2 } from '../statistics/mean-z2.ts';
import { ContrastForest, OpenForest } from './forest.ts';

/** Share of the ordinary rows that calibrates, in percent. */
const CALIBRATES = 15;
/** Of a file: less cannot be divided by in 32 bits. */
const LEAST_SPREAD = 1e-30;

export interface TailMember {
  detector: MatrixDetector;
  /** Rows as they are, or scaled by median and spread of the ordinary ones. */
  view: 'plain' | 'scaled';
  weight: number;
  /** Learns from attacks too. */
  labelled?: boolean;
}

interface Learned {
  scaler: Scaler;
  calibrations: readonly TailCalibration[];
}

export class TailMean implements MatrixDetector {
  readonly id: string;
  readonly view = 'plain';
  readonly minimumRows = 512;
  chosen = '';
  private readonly members: readonly TailMember[];
  private readonly supervised: boolean;
  private learned: Learned | undefined;

  constructor(id: string, members: readonly TailMember[]) {
    this.id = id;
    this.members = members;
    this.supervised = members.some(({ labelled }) => labelled);
  }

  async fit(matrix: FeatureMatrix, seed: number, attack?: Uint8Array, context: RowContext = {}): Promise<void> {
    if (this.supervised && !attack) throw new RangeError(`${this.id} learns from labels`);
    const calibrates = (row: number): boolean => hashId(row, seed + 51) % 100 < CALIBRATES;
    const all = Int32Array.from({ length: matrix.rows }, (_, row) => row);
    const held = all.filter((row) => !attack?.[row] && calibrates(row));
    const ordinary = all.filter((row) => !attack?.[row] && !calibrates(row));
    const labelled = all.filter((row) => attack?.[row] || !calibrates(row));
    const scaler = fitScaler(takeRows(matrix, ordinary));
    const calibrations: TailCalibration[] = [];
    for (const { detector, view, labelled: learnsAttacks } of this.members) {
      const rows = learnsAttacks ? labelled : ordinary;
      const { kind } = context;
      await detector.fit(
        seen(takeRows(matrix, rows), view, scaler),
        seed,
        learnsAttacks ? Uint8Array.from(rows, (row) => attack![row]!) : undefined,
        { kind: kind && Int32Array.from(rows, (row) => kind[row]!) },
      );
      calibrations.push(calibrate(detector.score(seen(takeRows(matrix, held), view, scaler))));
    }
    this.learned = { scaler, calibrations };
    const weights = this.members.map(({ detector, weight }) => `${detector.id} ${weight}`);
    this.chosen = `${weights.join(', ')}; calibrated on ${held.length} ordinary rows`;
  }

  private fitted(): Learned {
    if (!this.learned) throw new RangeError(`${this.id} has not learned yet`);
    return this.learned;
  }

  score(matrix: FeatureMatrix): Float64Array {
    const { scaler, calibrations } = this.fitted();
    const out = new Float64Array(matrix.rows);
    const total = this.members.reduce((sum, { weight }) => sum + weight, 0);
    for (const [m, { detector, view, weight }] of this.members.entries()) {
      const raw = detector.score(seen(matrix, view, scaler));
      for (let r = 0; r < out.length; r++) out[r]! += (weight / total) * calibrations[m]!.at(raw[r]!);
    }
    return out;
  }

  save(): MatrixState {
    const { scaler, calibrations } = this.fitted();
    const arrays: MatrixState['arrays'] = { centre: scaler.centre, spread: scaler.spread };
    const heads = this.members.map(({ detector }, m) => {
      const state = detector.save!();
      for (const [name, array] of Object.entries(state.arrays)) arrays[`${m} ${name}`] = array;
      const { knots, surprise, tailScale } = calibrations[m]!;
      Object.assign(arrays, { [`knots ${m}`]: knots, [`surprise ${m}`]: surprise });
      return { own: state.head, tailScale };
    });
    return { head: { chosen: this.chosen, heads }, arrays };
  }

  load(snapshot: DetectorSnapshot, columns: readonly string[]): void {
    const width = columns.length;
    const { heads } = snapshot.head;
    if (!Array.isArray(heads) || heads.length !== this.members.length) throw new RangeError(`${this.id}: its members`);
    const calibrations = this.members.map(({ detector }, m) => {
      const { own, tailScale: scale } = headOf(heads[m], this.id);
      const head = headOf(own, this.id);
      detector.load!({ id: detector.id, version: 1, head, arrays: partOf(snapshot, `${m} `) }, columns);
      if (typeof scale !== 'number' || !(scale > 0)) throw new RangeError(`${this.id}: no tail`);
      const [knots, surprise] = ['knots', 'surprise'].map((name) => arrayOf(snapshot, `${name} ${m}`, Float64Array));
      return new TailCalibration(knots!, surprise!, scale);
    });
    const [centre, spread] = ['centre', 'spread'].map((name) => arrayOf(snapshot, name, Float64Array, width));
    // Rows scaled by such numbers would be near to nothing.
    const scales = centre!.every(Number.isFinite) && spread!.every((x) => x >= LEAST_SPREAD && Number.isFinite(x));
    if (!scales) throw new RangeError(`${this.id}: its columns cannot be scaled`);
    this.learned = { scaler: new Scaler(columns, centre!, spread!), calibrations };
    this.chosen = String(snapshot.head['chosen']);
  }
}

function seen(matrix: FeatureMatrix, view: TailMember['view'], scaler: Scaler): FeatureMatrix {
  if (view === 'plain') return matrix;
  const data = new Float32Array(matrix.rows * matrix.features.length);
  scaler.apply(matrix.data, matrix.rows, data);
  return { ...matrix, data };
}

function headOf(value: unknown, id: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new RangeError(`${id}: a member is missing`);
  return value as Record<string, unknown>;
}

function partOf({ arrays }: DetectorSnapshot, prefix: string): DetectorSnapshot['arrays'] {
  const own = Object.entries(arrays).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, array]) => [name.slice(prefix.length), array]));
}

export function contrastEnsemble(): TailMean {
  return new TailMean('contrast-ensemble', [
    { detector: new AsMatrixDetector(new MeanZ2()), view: 'scaled', weight: 1 },
    { detector: new GaussianMixture(), view: 'scaled', weight: 1 },
    { detector: new KNearest(), view: 'scaled', weight: 1 },
    { detector: new ContrastForest(), view: 'plain', weight: 2 },
  ]);
}

export function openEnsemble(): TailMean {
  return new TailMean('open-ensemble', [
    { detector: new OpenForest(), view: 'plain', weight: 2, labelled: true },
    { detector: new KNearest(), view: 'scaled', weight: 1 },
    { detector: new ContrastForest(), view: 'plain', weight: 1 },
  ]);
}
