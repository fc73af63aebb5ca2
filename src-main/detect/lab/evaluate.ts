/** Labelled files in, an honest comparison out: reads, divides, fits, judges. The rules: docs/evaluation.md. */
import { SondeError } from '../../../src-shared/errors.ts';
import { MATRIX_DETECTORS } from '../detectors/matrix/registry.ts';
import { driftWarning } from './drift.ts';
import { describeFeatures } from './feature-details.ts';
import { readTable } from './formats/registry.ts';
import type { Table } from './formats/types.ts';
import type { DetectorResult, EvaluationReport, Regime, SetReport } from './report.ts';
import { entriesFor, runSeed, ENSEMBLE_ID, STACKED_ID, type SeedRun } from './run-seed.ts';
import { allRows, divide, duplicatesAcross, type Split, type Warning } from './split.ts';

export interface EvaluateOptions {
  train: readonly string[];
  /** Empty: the training file is divided by `split`. */
  test: readonly string[];
  format?: string;
  regime: Regime;
  /** undefined: all of the regime. */
  detectors?: readonly string[];
  split: Split;
  seeds: readonly number[];
  /** Share of the training data held back for thresholds, weights and choices. */
  validation: number;
  targetFpr: number;
  duplicates: 'keep' | 'drop';
  keepShortcuts: boolean;
  /** What figures are drawn from, and both baselines whatever the regime. */
  details?: boolean;
  /** Milliseconds; only differences count. */
  clock: () => number;
  /** What begins now; which share of all that is to be done lies behind, 0…1. */
  onProgress?: (what: string, share?: number) => void;
}

/** Ids that a regime knows. */
export function detectorsOf(regime: Regime): string[] {
  const supervised = regime === 'supervised';
  const ids = MATRIX_DETECTORS.filter((entry) => entry.supervised === supervised).map(({ id }) => id);
  return [...ids, supervised ? STACKED_ID : ENSEMBLE_ID];
}

/** @throws SondeError `usage` for one that the regime does not know. */
function wantedDetectors(regime: Regime, wanted: readonly string[] | undefined): string[] {
  const known = detectorsOf(regime);
  if (wanted === undefined) return known;
  for (const id of wanted) {
    if (known.includes(id)) continue;
    const cure = `There is for ${regime}: ${known.join(', ')}.`;
    throw new SondeError('usage', `--detectors ${id}: no such detector`, '--detectors', cure);
  }
  return known.filter((id) => wanted.includes(id));
}

interface Divided {
  train: Table;
  trainRows: Int32Array;
  test: Table;
  testRows: Int32Array;
}

async function load(options: EvaluateOptions, warnings: Warning[]): Promise<Divided> {
  options.onProgress?.(`reading ${options.train.join(', ')}`);
  const train = await readTable(options.train, options.format);
  if (options.test.length === 0) {
    const { train: trainRows, test: testRows } = divide(train, options.split, options.seeds[0]!, warnings);
    return { train, trainRows, test: train, testRows };
  }
  if (options.split !== 'official') {
    const message = `a test file was given: it judges, and --split ${options.split} says nothing`;
    if (options.split === 'random') warnings.push({ code: 'split-ignored', message });
  }
  options.onProgress?.(`reading ${options.test.join(', ')}`);
  const test = await readTable(options.test, options.format ?? train.format);
  if (train.sha256 === test.sha256) {
    warnings.push({ code: 'same-file', message: 'the test file is the training file: the figures mean nothing' });
  }
  return { train, trainRows: allRows(train.rows), test, testRows: allRows(test.rows) };
}

function setReport(table: Table, rows: Int32Array): SetReport {
  let attack = 0;
  for (const row of rows) attack += table.attack[row]!;
  return {
    format: table.format,
    sha256: table.sha256,
    rows: rows.length,
    normal: rows.length - attack,
    attack,
    skipped: table.skippedRows,
    skippedReasons: table.skipped.map(({ reason, count, lines }) => ({ reason, count, lines })),
  };
}

function demandClasses(what: string, { normal, attack }: SetReport, needsAttacks: boolean, file: string): void {
  const missing = normal === 0 ? 'ordinary records' : needsAttacks && attack === 0 ? 'attacks' : undefined;
  if (missing === undefined) return;
  throw new SondeError(
    'too-little-data',
    `${file}: there are no ${missing} to ${what}`,
    file,
    'Name files with both ordinary records and attacks, or divide them otherwise (--split, --test).',
  );
}

/** Mean of a detector's validation criterion over the seeds; the greatest is selected, the earlier of equals. */
function select(results: readonly DetectorResult[]): string {
  const sums = new Map<string, number>();
  for (const { detector, validation } of results) sums.set(detector, (sums.get(detector) ?? 0) + validation);
  let best = '';
  let most = -Infinity;
  for (const [detector, sum] of sums) {
    if (sum > most) {
      most = sum;
      best = detector;
    }
  }
  return best;
}

/**
 * Runs the whole comparison.
 *
 * @throws SondeError `usage`, `unknown-format`, `too-little-data`, and what reading files throws.
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationReport> {
  const detectors = wantedDetectors(options.regime, options.detectors);
  const warnings: Warning[] = [];
  const divided = await load(options, warnings);
  const { train, trainRows, test } = divided;
  const duplicate = duplicatesAcross(train, trainRows, test, divided.testRows);
  const duplicates = duplicate.reduce((a, b) => a + b, 0);
  const testRows = options.duplicates === 'drop' ? divided.testRows.filter((_, i) => !duplicate[i]) : divided.testRows;
  if (options.duplicates === 'keep' && duplicates > 0) {
    const message = `${duplicates} of ${divided.testRows.length} test records also stand in the training data and are judged`;
    warnings.push({ code: 'duplicates-kept', message });
  }
  if (options.keepShortcuts) {
    const names = train.columns.filter(({ spec }) => spec.role === 'shortcut').map(({ spec }) => spec.name);
    const message = `addresses, ports and times are learned from (${names.join(', ')}): this network is learned by heart`;
    if (names.length > 0) warnings.push({ code: 'shortcuts-kept', message });
  }
  const data = { train: setReport(train, trainRows), test: setReport(test, testRows) };
  demandClasses('learn from', data.train, options.regime === 'supervised', options.train[0]!);
  demandClasses('judge by', data.test, true, options.test[0] ?? options.train[0]!);
  const drift = driftWarning(train, trainRows, test, testRows);
  if (drift) warnings.push(drift);
  const results: DetectorResult[] = [];
  const baselines: DetectorResult[] = [];
  let features = 0;
  const judged = { train, trainRows, test, testRows, warnings };
  const tell = stepTeller(options, detectors);
  for (const [at, seed] of options.seeds.entries()) {
    const run = { ...sharedOptions(options), ...judged, seed, ...tell };
    const detailed = options.details ? { details: { importance: at === 0 } } : {};
    const found = await runSeed({ ...run, ...detailed, regime: options.regime, detectors });
    results.push(...found.results);
    features = found.features;
    if (options.details) baselines.push(...(await baselinesOf({ ...run, ...detailed }, found.results, data.train)));
  }
  return {
    schema: 'sonde.evaluate/1',
    data: { ...data, duplicatesAcross: duplicates, features },
    warnings,
    usesLabels: options.regime === 'supervised',
    results,
    selected: select(results),
    ...(options.details && { details: { baselines, ...describeFeatures(train, trainRows) } }),
  };
}

type Shared = Omit<SeedRun, 'regime' | 'detectors'>;

const sharedOptions = ({ validation, targetFpr, keepShortcuts, clock }: EvaluateOptions) => ({
  validation,
  targetFpr,
  keepShortcuts,
  clock,
});

/** Reading counts as one step, each detector of each seed as another. */
function stepTeller(options: EvaluateOptions, detectors: readonly string[]): Pick<SeedRun, 'onProgress'> {
  const { onProgress, regime, seeds } = options;
  if (!onProgress) return {};
  const more = (detectors.includes(STACKED_ID) ? 1 : 0) + (options.details ? BASELINES.length : 0);
  const steps = 1 + seeds.length * (entriesFor({ regime, detectors }).length + more);
  let done = 0;
  return { onProgress: (what) => onProgress(what, Math.min(1, ++done / steps)) };
}

const BASELINES: readonly { id: string; regime: Regime }[] = [
  { id: 'mean-z2', regime: 'normal-only' },
  { id: 'one-rule', regime: 'supervised' },
];

/** The baselines of one seed that are not among its results. */
async function baselinesOf(
  run: Shared,
  results: readonly DetectorResult[],
  train: SetReport,
): Promise<DetectorResult[]> {
  const found: DetectorResult[] = [];
  for (const { id, regime } of BASELINES) {
    const known = results.some(({ detector }) => detector === id);
    if (known || (regime === 'supervised' && train.attack === 0)) continue;
    // What there is to say of the data was said already.
    const beside = await runSeed({ ...run, regime, detectors: [id], warnings: [] });
    found.push(...beside.results);
  }
  return found;
}
