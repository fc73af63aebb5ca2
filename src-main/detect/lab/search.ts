/**
 * A small random search for a detector's parameters, on training data alone: some settings are drawn by seed, the usual one is
 * the first, and each is judged where it has not learned. Supervised: whole kinds of attack are left out, others each
 * time; without labels: by anomalies made up from held-back records. Test data have no say in it.
 */
import { SondeError } from '../../../src-shared/errors.ts';
import { drawnValues, parameterValues, type ParameterValues } from '../detectors/matrix/parameters.ts';
import type { MatrixEntry } from '../detectors/matrix/registry.ts';
import { randomSource, sampleWithoutReplacement } from '../features/random.ts';
import { Encoder, Scaling, Views } from './encode.ts';
import { madeUpQuality } from './ensemble-detector.ts';
import type { Table } from './formats/types.ts';
import { rocAuc, stepsOf } from './metrics.ts';
import type { Regime } from './report.ts';
import { sampledRows, weighingOf, type ClassWeights, type Sampling } from './sampling.ts';
import { holdBack, holdKindsBack, type HeldBack } from './split.ts';
import { madeUpAnomalies } from './synthetic.ts';
import { Together } from './together.ts';

/** Ways to hold back, for each setting alike. */
const FOLDS = 3;
/** Records that a setting is tried on at most. */
const MOST_ROWS = 30_000;

export interface SearchReport {
  detector: string;
  /** What it was judged by, in words. */
  criterion: string;
  /** Settings in the order they were tried, the usual one first. */
  tried: {
    parameters: ParameterValues;
    /** ROC-AUC of each way to hold back, and their mean. */
    folds: number[];
    mean: number;
  }[];
  /** The best: of equals the first. */
  chosen: ParameterValues;
}

export interface SearchOptions {
  entry: MatrixEntry;
  table: Table;
  rows: Int32Array;
  regime: Regime;
  /** Set by hand: stays. */
  given: ParameterValues;
  tries: number;
  seed: number;
  validation: number;
  keepShortcuts: boolean;
  classWeights: ClassWeights;
  sampling: Sampling;
  onProgress?: ((what: string, share?: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

interface Fold {
  fit: Views;
  fitAttack: Uint8Array;
  scaling: Scaling;
  validation: Views;
  validationAttack: Uint8Array;
  madeUp: Views | undefined;
}

function held({ table, regime, validation }: SearchOptions, rows: Int32Array, seed: number): HeldBack {
  if (regime === 'supervised') return holdKindsBack(table, rows, validation, seed, []);
  return holdBack(regime === 'normal-only' ? rows.filter((row) => !table.attack[row]) : rows, validation, seed);
}

function foldOf(options: SearchOptions, rows: Int32Array, seed: number): Fold {
  const { table, entry, keepShortcuts, sampling } = options;
  const { fit, validation } = held(options, rows, seed);
  const attackOf = (of: Int32Array): Uint8Array => Uint8Array.from(of, (row) => table.attack[row]!);
  const validationAttack = attackOf(validation);
  const isJudge = !entry.supervised || (validationAttack.includes(1) && validationAttack.includes(0));
  if (fit.length === 0 || validation.length === 0 || !isJudge) {
    const what = `--search: too few records, or kinds of attack, to judge ${entry.id} by`;
    throw new SondeError('too-little-data', what, table.files[0] ?? 'records', 'Give more training data.');
  }
  const encoder = Encoder.fit(table, fit, { keepShortcuts });
  const learned = entry.supervised ? sampledRows(fit, table.attack, sampling, seed) : fit;
  const matrix = encoder.encode(table, learned);
  const scaling = Scaling.fit(matrix);
  const heldRows = encoder.encode(table, validation);
  const madeUp = entry.supervised ? undefined : new Views(madeUpAnomalies(heldRows, encoder.owner, seed), scaling);
  return {
    fit: new Views(matrix, scaling),
    fitAttack: attackOf(learned),
    scaling,
    validation: new Views(heldRows, scaling),
    validationAttack,
    madeUp,
  };
}

async function qualityOf(options: SearchOptions, values: ParameterValues, fold: Fold): Promise<number> {
  const { entry, seed, classWeights } = options;
  const detector = entry.create(values, weighingOf(classWeights));
  if (detector instanceof Together) detector.useScaling(fold.scaling);
  const seen = fold.fit.get(detector.view);
  if (seen.rows < detector.minimumRows) {
    const what = `${entry.id} learns from at least ${detector.minimumRows} records and got ${seen.rows}`;
    throw new SondeError('too-little-data', what, '--search', 'Give more training data.');
  }
  await detector.fit(seen, seed, entry.supervised ? fold.fitAttack : undefined);
  const scores = detector.score(fold.validation.get(detector.view));
  if (!fold.madeUp) return rocAuc(stepsOf(scores, fold.validationAttack));
  return madeUpQuality(scores, detector.score(fold.madeUp.get(detector.view)));
}

async function turn(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal?.aborted) throw new SondeError('cancelled', 'stopped: nothing was saved', '--search', 'Start it again.');
}

/** @throws SondeError `too-little-data`, `cancelled` */
export async function searchParameters(options: SearchOptions): Promise<SearchReport> {
  const { entry, rows, given, tries, seed, regime, onProgress, signal } = options;
  const random = randomSource(seed, 821);
  const drawn = sampleWithoutReplacement(rows.length, MOST_ROWS, random).sort();
  const looked = drawn.map((at) => rows[at]!);
  const folds = Array.from({ length: FOLDS }, (_, f) => foldOf(options, looked, seed + f));
  const tried: SearchReport['tried'] = [];
  for (let t = 0; t < tries; t++) {
    const wanted = t === 0 ? given : drawnValues(entry.parameters, given, random);
    const parameters = parameterValues(entry.id, entry.parameters, wanted);
    const found: number[] = [];
    for (const fold of folds) {
      onProgress?.(`searching: ${entry.id}`, (t * FOLDS + found.length) / (tries * FOLDS));
      await turn(signal);
      found.push(await qualityOf(options, parameters, fold));
    }
    tried.push({ parameters, folds: found, mean: found.reduce((a, b) => a + b, 0) / FOLDS });
  }
  const judges =
    regime === 'supervised'
      ? 'held-back ordinary records against kinds of attack that were left out'
      : 'held-back records against anomalies made up from them';
  return {
    detector: entry.id,
    criterion: `mean ROC-AUC of ${FOLDS} ways to hold back: ${judges}; ${looked.length} records`,
    tried,
    chosen: tried.reduce((a, b) => (b.mean > a.mean ? b : a)).parameters,
  };
}
