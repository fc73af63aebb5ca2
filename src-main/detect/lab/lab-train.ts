/**
 * Labelled records to a model. Supervised: first judged without whole kinds of attack, as evaluate does; the detector that
 * is kept has learned those too, and its threshold comes from ordinary records that it has not seen.
 */
import { basename } from 'node:path';
import { SondeError } from '../../../src-shared/errors.ts';
import { calibrate, scoreOf } from '../detectors/calibration.ts';
import { balance, LogisticRegression } from '../detectors/logistic-regression/detector.ts';
import { MATRIX_DETECTORS, type MatrixEntry } from '../detectors/matrix/registry.ts';
import type { MatrixDetector } from '../detectors/matrix/types.ts';
import { RandomForest, TREES } from '../detectors/random-forest/detector.ts';
import { randomSource, sampleWithoutReplacement } from '../features/random.ts';
import { quantile } from '../features/summary.ts';

import { Encoder, Scaling } from './encode.ts';
import { readTable } from './formats/registry.ts';
import type { Table, TableColumn } from './formats/types.ts';
import { LabModel, type ClassWeights, type HeldBackFigures, type Sampling } from './lab-model.ts';
import { saveableDetectors, unsaveable } from './lab-model-file.ts';
import { takeTableRows } from './lab-table.ts';
import * as metrics from './metrics.ts';
import { ENSEMBLE_ID, STACKED_ID } from './run-seed.ts';
import type { Regime } from './report.ts';
import { allRows, holdBack, holdKindsBack, type HeldBack, type Warning } from './split.ts';

/** Records of each class that the file keeps, to show the nearest of; and records that stand for what is unknown. */
const MOST_KNOWN = 1000;
const BACKGROUND = 64;
/** Attacks that judge a detector which learned without them, at most. */
const MOST_JUDGES = 20_000;
const MOST_ROWS = 5_000_000;
export const MOST_TREES = 1000;

export interface LabTraining {
  detector: string;
  /** undefined: supervised where the detector learns from labels, else normal-only. */
  regime?: Regime | undefined;
  seed: number;
  /** Share of the training data held back for the threshold. */
  validation: number;
  targetFpr: number;
  keepShortcuts: boolean;
  classWeights: ClassWeights;
  sampling: Sampling;
  /** Of a random forest. */
  trees?: number | undefined;
  /** What is done, and how much of it (0…1) where that is known. */
  onProgress?: ((what: string, share?: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface LabFileTraining extends LabTraining {
  files: readonly string[];
  format?: string | undefined;
  /** Reads them where that takes more than a format's name (default: `readTable`). */
  read?: (files: readonly string[], format: string | undefined) => Promise<Table>;
}

export interface Trained {
  model: LabModel;
  warnings: Warning[];
}

function usage(what: string, where: string, cure: string): SondeError {
  return new SondeError('usage', what, where, cure);
}

function entryFor({ detector, regime }: LabTraining): { entry: MatrixEntry; regime: Regime } {
  const known = saveableDetectors().join(', ');
  const entry = MATRIX_DETECTORS.find(({ id }) => id === detector);
  if (!entry) {
    const together = detector === ENSEMBLE_ID || detector === STACKED_ID;
    const what = together ? 'several detectors together cannot be kept in a file' : 'no such detector';
    throw usage(`--detector ${detector}: ${what}`, '--detector', `There is: ${known}.`);
  }
  const why = unsaveable(entry.create());
  if (why) throw usage(`--detector ${detector}: ${why}`, '--detector', `There is: ${known}.`);
  if (regime !== undefined && (regime === 'supervised') !== entry.supervised) {
    const what = `${detector} learns ${entry.supervised ? 'from labels' : 'without labels'}`;
    const cure = entry.supervised ? 'Write --regime supervised.' : 'Write --regime normal-only or contaminated.';
    throw usage(`--regime ${regime}: ${what}`, '--regime', cure);
  }
  return { entry, regime: regime ?? (entry.supervised ? 'supervised' : 'normal-only') };
}

/** Lets others have their turn. @throws SondeError `cancelled` */
async function turn(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal?.aborted) throw new SondeError('cancelled', 'stopped: nothing was saved', 'train', 'Start it again.');
}

const unweighted = (): [number, number] => [1, 1];

function makeDetector(entry: MatrixEntry, { classWeights, trees = TREES }: LabTraining): MatrixDetector {
  if (entry.id === 'random-forest') return new RandomForest(trees);
  if (entry.id === 'logistic-regression' && classWeights === 'none') return new LogisticRegression(unweighted);
  return entry.create();
}

/** Rows by class with the smaller class as often as the greater: fewer of the one, or repeats of the other. */
export function sampledRows(rows: Int32Array, attack: Uint8Array, sampling: Sampling, seed: number): Int32Array {
  const [normal, bad] = [rows.filter((row) => !attack[row]), rows.filter((row) => attack[row])];
  if (sampling === 'none' || normal.length === 0 || bad.length === 0) return rows;
  const [few, many] = normal.length < bad.length ? [normal, bad] : [bad, normal];
  const random = randomSource(seed, 811);
  if (sampling === 'under') {
    const kept = sampleWithoutReplacement(many.length, few.length, random);
    return joined(
      few,
      kept.map((at) => many[at]!),
    ).sort();
  }
  const missing = Math.min(many.length - few.length, MOST_ROWS);
  const repeats = Int32Array.from({ length: missing }, () => few[Math.floor(random() * few.length)]!);
  return joined(rows, repeats).sort();
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const out = new Int32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

interface Fitted {
  encoder: Encoder;
  scaling: Scaling;
  detector: MatrixDetector;
  learned: number;
}

interface Work extends LabTraining {
  entry: MatrixEntry;
  table: Table;
}

/** `kept`: it goes into the file, with the scaling in which records are compared. */
async function fit(work: Work, rows: Int32Array, what: string, kept: boolean): Promise<Fitted> {
  const { entry, table, seed, signal, onProgress, sampling, classWeights, keepShortcuts } = work;
  const learned = entry.supervised ? sampledRows(rows, table.attack, sampling, seed) : rows;
  onProgress?.(`${what}: encoding ${learned.length.toLocaleString('en')} records`);
  await turn(signal);
  const encoder = Encoder.fit(table, rows, { keepShortcuts });
  const matrix = encoder.encode(table, learned);
  await turn(signal);
  const detector = makeDetector(entry, work);
  const scaling = Scaling.fit(matrix, [detector.view, ...(kept ? (['scaled'] as const) : [])]);
  if (learned.length < detector.minimumRows) {
    throw new SondeError(
      'too-little-data',
      `${entry.id} learns from at least ${detector.minimumRows} records and got ${learned.length}`,
      table.files[0] ?? entry.id,
      'Give more training data, or another detector.',
    );
  }
  await turn(signal);
  onProgress?.(`${what}: ${entry.id}`, 0);
  const attack = Uint8Array.from(learned, (row) => table.attack[row]!);
  if (detector instanceof RandomForest) {
    const weights = classWeights === 'none' ? unweighted() : balance(attack);
    await detector.fitInTurns(matrix, attack, seed, weights, async (grown, of) => {
      onProgress?.(`${what}: ${entry.id}`, grown / of);
      await turn(signal);
    });
  } else {
    const kind = entry.supervised ? Int32Array.from(learned, (row) => table.kind[row]!) : undefined;
    await detector.fit(scaling.apply(matrix, detector.view), seed, entry.supervised ? attack : undefined, { kind });
  }
  await turn(signal);
  return { encoder, scaling, detector, learned: learned.length };
}

function rawOf({ encoder, scaling, detector }: Fitted, table: Table, rows: Int32Array): Float64Array {
  return detector.score(scaling.apply(encoder.encode(table, rows), detector.view));
}

/** Threshold from what counts as ordinary, and how that judges. */
function figuresOf(
  raw: Float64Array,
  attack: Uint8Array,
  quiet: Float64Array,
  targetFpr: number,
  leftOut: string[],
): HeldBackFigures {
  const { fpr, recall, tp, fn, fp, tn } = metrics.confusionAt(raw, attack, metrics.thresholdFor(quiet, targetFpr));
  const judged = tp + fn > 0 && fp + tn > 0;
  const steps = judged ? metrics.stepsOf(raw, attack) : undefined;
  return {
    leftOut,
    normal: fp + tn,
    attack: tp + fn,
    rocAuc: steps ? metrics.rocAuc(steps) : null,
    prAuc: steps ? metrics.averagePrecision(steps) : null,
    fpr,
    recall: tp + fn > 0 ? recall : null,
  };
}

function held(table: Table, regime: Regime, { validation, seed }: LabTraining, warnings: Warning[]): HeldBack {
  const all = allRows(table.rows);
  if (regime === 'supervised') return holdKindsBack(table, all, validation, seed, warnings);
  return holdBack(regime === 'normal-only' ? all.filter((row) => !table.attack[row]) : all, validation, seed);
}

function usualOf(column: TableColumn, rows: Int32Array): number | string | null {
  if (column.spec.kind === 'numeric') {
    const values = Float32Array.from(rows, (row) => column.numbers[row]!).filter((x) => !Number.isNaN(x));
    return values.length === 0 ? null : quantile(values.sort(), 0.5);
  }
  const counts = new Float64Array(column.words.length);
  for (const row of rows) counts[column.codes[row]!]!++;
  const best = counts.reduce((most, count, code) => (count > counts[most]! ? code : most), 0);
  return column.words[best] ?? null;
}

/** Records to show the nearest of: no two alike, of attacks each kind in turn. */
function knownRows(table: Table, seed: number): Int32Array {
  const random = randomSource(seed, 812);
  const order = sampleWithoutReplacement(table.rows, table.rows, random);
  const seen = new Set<number>();
  const byKind = new Map<number, number[]>();
  for (const row of order) {
    if (seen.has(table.identity[row]!)) continue;
    const kind = table.attack[row] ? table.kind[row]! : -1;
    const own = byKind.get(kind) ?? [];
    if (own.length >= MOST_KNOWN) continue;
    seen.add(table.identity[row]!);
    own.push(row);
    byKind.set(kind, own);
  }
  const normal = byKind.get(-1) ?? [];
  byKind.delete(-1);
  const kinds = [...byKind].sort(([a], [b]) => a - b).map(([, own]) => own);
  const bad: number[] = [];
  for (let turnOf = 0; bad.length < MOST_KNOWN && kinds.some((own) => own.length > turnOf); turnOf++) {
    for (const own of kinds) if (own[turnOf] !== undefined && bad.length < MOST_KNOWN) bad.push(own[turnOf]!);
  }
  return Int32Array.from([...normal, ...bad]).sort();
}

function kindsOf({ attack, kind, kinds }: Table): { kind: string; count: number }[] {
  const counts = new Float64Array(kinds.length);
  for (let row = 0; row < attack.length; row++) if (attack[row]) counts[kind[row]!]!++;
  return kinds
    .map((name, k) => ({ kind: name, count: counts[k]! }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1));
}

function demand(table: Table, needsAttacks: boolean): { normal: number; attack: number } {
  const attack = table.attack.reduce((sum, one) => sum + one, 0);
  const normal = table.rows - attack;
  const missing = normal === 0 ? 'ordinary records' : needsAttacks && attack === 0 ? 'attacks' : undefined;
  if (missing === undefined) return { normal, attack };
  const file = table.files[0] ?? 'the records';
  const cure = 'Name files with both ordinary records and attacks.';
  throw new SondeError('too-little-data', `${file}: there are no ${missing} to learn from`, file, cure);
}

/**
 * Trains on records that are read already.
 *
 * @throws SondeError `usage`, `too-little-data`, `cancelled`.
 */
export async function trainOnTable(table: Table, options: LabTraining): Promise<Trained> {
  const { entry, regime } = entryFor(options);
  const counts = demand(table, entry.supervised);
  const warnings: Warning[] = [];
  const { fit: fitRows, validation, leftOut } = held(table, regime, options, warnings);
  if (fitRows.length === 0 || validation.length === 0) {
    const cure = 'Give more training data, or another --validation.';
    throw new SondeError('too-little-data', 'too few records to hold some back', table.files[0] ?? 'records', cure);
  }
  const work: Work = { ...options, entry, table };
  const attackOf = (rows: Int32Array): Uint8Array => Uint8Array.from(rows, (row) => table.attack[row]!);
  const quietRows = regime === 'supervised' ? validation.filter((row) => !table.attack[row]) : validation;
  const judge = async (fitted: Fitted): Promise<HeldBackFigures> => {
    options.onProgress?.('judging by what was held back');
    await turn(options.signal);
    const judges = regime === 'normal-only' ? joined(validation, someAttacks(table, options.seed)) : validation;
    const quiet = rawOf(fitted, table, quietRows);
    return figuresOf(rawOf(fitted, table, judges), attackOf(judges), quiet, options.targetFpr, leftOut);
  };
  const leavesOut = leftOut.length > 0;
  const first = await fit(work, fitRows, leavesOut ? 'learning without some kinds' : 'learning', !leavesOut);
  const heldBack = await judge(first);
  const rows = leavesOut
    ? joined(
        fitRows,
        validation.filter((row) => table.attack[row]),
      ).sort()
    : fitRows;
  const final = leavesOut ? await fit(work, rows, 'learning', true) : first;
  const quiet = rawOf(final, table, quietRows);
  const raw = metrics.thresholdFor(quiet, options.targetFpr);
  const calibration = calibrate(quiet);
  const ordinary = rows.filter((row) => !table.attack[row]);
  const { encoder, scaling, detector, learned } = final;
  const description = {
    detector: entry.id,
    chosen: detector.chosen ?? '',
    regime,
    seed: options.seed,
    format: table.format,
    columns: table.columns.map(({ spec }) => spec),
    plans: encoder.save(),
    usual: table.columns.map((column) => usualOf(column, ordinary)),
    keepShortcuts: options.keepShortcuts,
    classWeights: options.classWeights,
    sampling: options.sampling,
    training: {
      files: table.files.map((file) => basename(file)),
      sha256: table.sha256,
      rows: table.rows,
      ...counts,
      skipped: table.skippedRows,
      learned,
      calibrated: quietRows.length,
      kinds: kindsOf(table),
    },
    threshold: { raw, score: scoreOf(calibration.at(raw)), targetFpr: options.targetFpr },
    heldBack,
  };
  const background = sampleWithoutReplacement(rows.length, BACKGROUND, randomSource(options.seed, 813));
  return {
    model: new LabModel({
      description,
      encoder,
      scaling,
      detector,
      calibration,
      known: takeTableRows(table, knownRows(table, options.seed)),
      background: takeTableRows(
        table,
        background.map((at) => rows[at]!),
      ),
    }),
    warnings,
  };
}

function someAttacks(table: Table, seed: number): Int32Array {
  const all = allRows(table.rows).filter((row) => table.attack[row]);
  const drawn = sampleWithoutReplacement(all.length, MOST_JUDGES, randomSource(seed, 814));
  return drawn.map((at) => all[at]!).sort();
}

/**
 * Reads labelled files of one format and trains on them.
 *
 * @throws SondeError `usage`, `too-little-data`, `cancelled`, and what reading throws.
 */
export async function trainLabModel(options: LabFileTraining): Promise<Trained> {
  entryFor(options);
  options.onProgress?.(`reading ${options.files.join(', ')}`);
  const table = await (options.read ?? readTable)(options.files, options.format);
  await turn(options.signal);
  return trainOnTable(table, options);
}
