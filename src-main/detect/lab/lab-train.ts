/**
 * Labelled records to a model. Supervised: first judged without whole kinds of attack, as evaluate does; the detector that
 * is kept has learned those too, and its threshold comes from ordinary records that it has not seen.
 */
import { basename } from 'node:path';
import { SondeError } from '../../../src-shared/errors.ts';
import { calibrate, scoreOf } from '../detectors/calibration.ts';
import type { MatrixEntry } from '../detectors/matrix/registry.ts';
import { parameterValues, type ParameterValues } from '../detectors/matrix/parameters.ts';
import type { MatrixDetector } from '../detectors/matrix/types.ts';
import { randomSource, sampleWithoutReplacement } from '../features/random.ts';
import { quantile } from '../features/summary.ts';

import { Encoder, Scaling, Views } from './encode.ts';
import { EnsembleDetector } from './ensemble-detector.ts';
import { labelsSaid } from './formats/advice.ts';
import type { CsvMapping } from './formats/mapping.ts';
import { readTable } from './formats/registry.ts';
import type { Table, TableColumn } from './formats/types.ts';
import { labDetector } from './lab-detectors.ts';
import { tableWarnings } from './load.ts';
import { LabModel, type HeldBackFigures } from './lab-model.ts';
import { saveableDetectors, unsaveable } from './lab-model-file.ts';
import { takeTableRows } from './lab-table.ts';
import * as metrics from './metrics.ts';
import type { Regime } from './report.ts';
import { joinedRows, sampledRows, weighingOf, type ClassWeights, type Sampling } from './sampling.ts';
import { searchParameters } from './search.ts';
import { allRows, holdBack, holdKindsBack, type HeldBack, type Warning } from './split.ts';
import { madeUpAnomalies } from './synthetic.ts';
import { labelInOtherWords } from './telltale.ts';
import { Together } from './together.ts';

/** Records of each class that the file keeps, to show the nearest of; and records that stand for what is unknown. */
const MOST_KNOWN = 1000;
const BACKGROUND = 64;
/** Attacks that judge a detector which learned without them, at most. */
const MOST_JUDGES = 20_000;

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
  /** What of the detector is not as usual. */
  parameters?: ParameterValues | undefined;
  /** Settings to be tried on validation data; what `parameters` sets stays. */
  search?: number | undefined;
  /** What is done, and how much of it (0…1) where that is known. */
  onProgress?: ((what: string, share?: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface LabFileTraining extends LabTraining {
  files: readonly string[];
  format?: string | undefined;
  /** Reads any CSV; kept in the model, so that the same kind of file can be scored. */
  mapping?: CsvMapping | undefined;
  /** Gives the records of the files, where they are not just to be read. */
  read?: (() => Promise<Table>) | undefined;
}

export interface Trained {
  model: LabModel;
  warnings: Warning[];
}

function usage(what: string, where: string, cure: string): SondeError {
  return new SondeError('usage', what, where, cure);
}

function entryFor({ detector, regime, parameters = {}, search = 0 }: LabTraining): {
  entry: MatrixEntry;
  regime: Regime;
} {
  const known = saveableDetectors().join(', ');
  const entry = labDetector(detector);
  if (!entry) throw usage(`--detector ${detector}: no such detector`, '--detector', `There is: ${known}.`);
  const why = unsaveable(entry.create());
  if (why) throw usage(`--detector ${detector}: ${why}`, '--detector', `There is: ${known}.`);
  if (regime !== undefined && (regime === 'supervised') !== entry.supervised) {
    const what = `${detector} learns ${entry.supervised ? 'from labels' : 'without labels'}`;
    const cure = entry.supervised ? 'Write --regime supervised.' : 'Write --regime normal-only or contaminated.';
    throw usage(`--regime ${regime}: ${what}`, '--regime', cure);
  }
  parameterValues(detector, entry.parameters, parameters);
  if (search > 0 && !entry.parameters.some((each) => each.search)) {
    throw usage(
      `--search: ${detector} has nothing to search for`,
      '--search',
      'Leave it out, or name another detector.',
    );
  }
  return { entry, regime: regime ?? (entry.supervised ? 'supervised' : 'normal-only') };
}

/** Lets others have their turn. @throws SondeError `cancelled` */
async function turn(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal?.aborted) throw new SondeError('cancelled', 'stopped: nothing was saved', 'train', 'Start it again.');
}

interface Fitted {
  encoder: Encoder;
  scaling: Scaling;
  detector: MatrixDetector;
  learned: number;
}

interface Work extends Omit<LabTraining, 'validation'> {
  entry: MatrixEntry;
  table: Table;
  /** Values of all parameters. */
  values: Record<string, number>;
  /** What an ensemble is weighed by. */
  validation: Int32Array;
}

/** `kept`: it goes into the file, with the scaling in which records are compared. */
async function fit(work: Work, rows: Int32Array, what: string, kept: boolean): Promise<Fitted> {
  const { entry, table, seed, signal, onProgress, sampling, classWeights, keepShortcuts, values } = work;
  const learned = entry.supervised ? sampledRows(rows, table.attack, sampling, seed) : rows;
  onProgress?.(`${what}: encoding ${learned.length.toLocaleString('en')} records`);
  await turn(signal);
  const encoder = Encoder.fit(table, rows, { keepShortcuts });
  const matrix = encoder.encode(table, learned);
  await turn(signal);
  const detector = entry.create(values, weighingOf(classWeights));
  const together = detector instanceof Together;
  const views = together ? (['scaled', 'quantile'] as const) : [detector.view];
  const scaling = Scaling.fit(matrix, [...views, ...(kept ? (['scaled'] as const) : [])]);
  if (together) detector.useScaling(scaling);
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
  const attack = entry.supervised ? Uint8Array.from(learned, (row) => table.attack[row]!) : undefined;
  const seen = scaling.apply(matrix, detector.view);
  if (detector.fitInTurns) {
    await detector.fitInTurns(seen, seed, attack, async (done, of) => {
      onProgress?.(`${what}: ${entry.id}`, done / of);
      await turn(signal);
    });
  } else {
    const kind = entry.supervised ? Int32Array.from(learned, (row) => table.kind[row]!) : undefined;
    await detector.fit(seen, seed, attack, { kind });
  }
  if (detector instanceof EnsembleDetector) {
    onProgress?.(`${what}: weighing`);
    const held = encoder.encode(table, work.validation);
    detector.settle(new Views(held, scaling), new Views(madeUpAnomalies(held, encoder.owner, seed), scaling));
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
  const cure = `${labelsSaid(table)}Name files with both ordinary records and attacks.`;
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
  const told = labelInOtherWords(table, allRows(table.rows), options.keepShortcuts);
  if (told) warnings.push(told);
  const { fit: fitRows, validation, leftOut } = held(table, regime, options, warnings);
  if (fitRows.length === 0 || validation.length === 0) {
    const cure = 'Give more training data, or another --validation.';
    throw new SondeError('too-little-data', 'too few records to hold some back', table.files[0] ?? 'records', cure);
  }
  const given = options.parameters ?? {};
  const search = options.search
    ? await searchParameters({
        ...options,
        entry,
        table,
        rows: allRows(table.rows),
        regime,
        given,
        tries: options.search,
      })
    : undefined;
  const values = parameterValues(entry.id, entry.parameters, search?.chosen ?? given);
  const work: Work = { ...options, entry, table, values, validation };
  const attackOf = (rows: Int32Array): Uint8Array => Uint8Array.from(rows, (row) => table.attack[row]!);
  const quietRows = regime === 'supervised' ? validation.filter((row) => !table.attack[row]) : validation;
  const judge = async (fitted: Fitted): Promise<HeldBackFigures> => {
    options.onProgress?.('judging by what was held back');
    await turn(options.signal);
    const judges = regime === 'normal-only' ? joinedRows(validation, someAttacks(table, options.seed)) : validation;
    const quiet = rawOf(fitted, table, quietRows);
    return figuresOf(rawOf(fitted, table, judges), attackOf(judges), quiet, options.targetFpr, leftOut);
  };
  const leavesOut = leftOut.length > 0;
  const first = await fit(work, fitRows, leavesOut ? 'learning without some kinds' : 'learning', !leavesOut);
  const heldBack = await judge(first);
  const rows = leavesOut
    ? joinedRows(
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
    parameters: values,
    ...(search && { search }),
    training: {
      files: table.files.map((file) => basename(file)),
      sha256: table.sha256,
      ...(table.fileSha256 && { fileSha256: table.fileSha256 }),
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
  const { files, format, mapping, signal, onProgress } = options;
  onProgress?.(`reading ${files.join(', ')}`);
  const reading = { ...(mapping && { mapping }), ...(signal && { signal }) };
  const table = await (options.read?.() ?? readTable(files, format, reading));
  await turn(signal);
  const { model, warnings: told } = await trainOnTable(table, options);
  const warnings = [...tableWarnings(table, options.keepShortcuts), ...told];
  return { model: mapping ? model.readBy(mapping) : model, warnings };
}
