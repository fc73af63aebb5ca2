/** Labelled files in, an honest comparison out: reads, divides, fits, judges. The rules: docs/evaluation.md. */
import { SondeError } from '../../../src-shared/errors.ts';
import { LEARN_MADE_UP } from '../../../src-shared/domain/lab.ts';
import { parameterValues, type ParameterValues } from '../detectors/matrix/parameters.ts';
import { alikeAcross, alikeWarning } from './alike.ts';
import { driftWarning } from './drift.ts';
import { describeFeatures } from './feature-details.ts';
import { labelsSaid } from './formats/advice.ts';
import type { CsvMapping } from './formats/mapping.ts';
import type { ReadProgress } from './formats/registry.ts';
import type { Table } from './formats/types.ts';
import { detectorsOf, labDetector } from './lab-detectors.ts';
import { load } from './load.ts';
import type { DetectorResult, EvaluationReport, Regime, SetReport } from './report.ts';
import { entriesFor, runSeed, type SeedRun } from './run-seed.ts';
import type { ClassWeights, Sampling } from './sampling.ts';
import { searchParameters, type SearchReport } from './search.ts';
import { runShifted } from './shifted-run.ts';
import { duplicatesAcross, type Split, type Warning } from './split.ts';
import { labelInOtherWords } from './telltale.ts';

export interface EvaluateOptions {
  train: readonly string[];
  /** Empty: the training file is divided by `split`. */
  test: readonly string[];
  format?: string;
  /** Reads any CSV: which column is the label, what of it means an attack, what the others are. */
  mapping?: CsvMapping;
  regime: Regime;
  /** undefined: all of the regime. */
  detectors?: readonly string[];
  split: Split;
  seeds: readonly number[];
  /** Share of the training data held back for thresholds, weights and choices. */
  validation: number;
  /** shifted: thresholds that hold when ordinary traffic drifts, in place of a random share (lab/shifted.ts). */
  holdBack?: 'random' | 'shifted' | undefined;
  targetFpr: number;
  duplicates: 'keep' | 'drop';
  keepShortcuts: boolean;
  classWeights?: ClassWeights | undefined;
  sampling?: Sampling | undefined;
  /** By detector: what of it is not as usual. */
  parameters?: Readonly<Record<string, ParameterValues>> | undefined;
  /** Settings of each detector that are tried on validation data of the first seed. */
  search?: number | undefined;
  /** What figures are drawn from, and both baselines whatever the regime. */
  details?: boolean;
  /** Milliseconds; only differences count. */
  clock: () => number;
  /** What begins now; which share of all that is to be done lies behind, 0…1. */
  onProgress?: (what: string, share?: number) => void;
  /** After each portion of a file that is read. */
  onRead?: (progress: ReadProgress) => void;
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

/** @throws SondeError `usage` for a detector that does not take part, an unknown parameter, or one out of its bounds. */
function checkParameters(detectors: readonly string[], parameters: EvaluateOptions['parameters'] = {}): void {
  for (const [id, values] of Object.entries(parameters)) {
    const entry = labDetector(id);
    if (entry && detectors.includes(id)) parameterValues(id, entry.parameters, values);
    else {
      const what = `--set ${id}.…: ${entry ? 'it does not take part' : 'there is no such detector'}`;
      throw new SondeError('usage', what, '--set', `Compared are: ${detectors.join(', ')}.`);
    }
  }
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
    notes: (table.notes ?? []).map(({ reason, count, lines }) => ({ reason, count, lines })),
    leftOut: (table.leftOut ?? []).map(({ name, why }) => ({ name, why })),
  };
}

function demandClasses(what: string, { normal, attack }: SetReport, needsAttacks: boolean, table: Table): void {
  const missing = normal === 0 ? 'ordinary records' : needsAttacks && attack === 0 ? 'attacks' : undefined;
  if (missing === undefined) return;
  const file = table.files[0]!;
  throw new SondeError(
    'too-little-data',
    `${file}: there are no ${missing} to ${what}`,
    file,
    `${labelsSaid(table)}Name files with both ordinary records and attacks, or divide them otherwise (--split, --test).`,
  );
}

/**
 * Mean of a detector's validation criterion over the seeds; the greatest is selected, the earlier of equals. Those that learn
 * from made-up rows are not ranked by made-up anomalies, unless there is nothing else.
 */
function select(results: readonly DetectorResult[]): string {
  const sums = new Map<string, number>();
  const fair = results.filter(({ detector }) => !LEARN_MADE_UP.includes(detector));
  for (const { detector, validation } of fair.length > 0 ? fair : results)
    sums.set(detector, (sums.get(detector) ?? 0) + validation);
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
  checkParameters(detectors, options.parameters);
  const warnings: Warning[] = [];
  const divided = await load({ ...options, seed: options.seeds[0]! }, warnings);
  const { train, trainRows, test } = divided;
  const duplicate = duplicatesAcross(train, trainRows, test, divided.testRows);
  const duplicates = duplicate.reduce((a, b) => a + b, 0);
  const testRows = options.duplicates === 'drop' ? divided.testRows.filter((_, i) => !duplicate[i]) : divided.testRows;
  if (options.duplicates === 'keep' && duplicates > 0) {
    const message = `${duplicates} of ${divided.testRows.length} test records also stand in the training data and are judged`;
    warnings.push({ code: 'duplicates-kept', message });
  }
  const alike = alikeAcross(train, trainRows, test, divided.testRows, options.keepShortcuts);
  const unlike = alike.filter((one, i) => one === 1 && !duplicate[i]).length;
  const equal = alikeWarning(unlike, testRows.length);
  if (equal) warnings.push(equal);
  const told = labelInOtherWords(train, trainRows, options.keepShortcuts);
  if (told) warnings.push(told);
  const shortcuts = train.columns.filter(({ spec }) => spec.role === 'shortcut').map(({ spec }) => spec.name);
  if (options.keepShortcuts) {
    const message = `addresses, ports and times are learned from (${shortcuts.join(', ')}): this network is learned by heart`;
    if (shortcuts.length > 0) warnings.push({ code: 'shortcuts-kept', message });
  }
  const data = { train: setReport(train, trainRows), test: setReport(test, testRows) };
  demandClasses('learn from', data.train, options.regime === 'supervised', train);
  demandClasses('judge by', data.test, true, test);
  const drift = driftWarning(train, trainRows, test, testRows);
  if (drift) warnings.push(drift);
  const results: DetectorResult[] = [];
  const baselines: DetectorResult[] = [];
  let features = 0;
  const judged = { train, trainRows, test, testRows, warnings };
  const tell = stepTeller(options, detectors);
  const search = await searchAll(options, detectors, train, trainRows, warnings);
  const sought = Object.fromEntries(search.map(({ detector, chosen }) => [detector, chosen]));
  for (const [at, seed] of options.seeds.entries()) {
    const parameters = { ...options.parameters, ...sought };
    const run = { ...sharedOptions(options), ...judged, parameters, seed, ...tell };
    const detailed = options.details ? { details: { importance: at === 0 } } : {};
    const asked = { ...run, ...detailed, regime: options.regime, detectors };
    const found = await (options.holdBack === 'shifted' ? runShifted(asked) : runSeed(asked));
    results.push(...found.results);
    features = found.features;
    if (options.details) baselines.push(...(await baselinesOf({ ...run, ...detailed }, found.results, data.train)));
  }
  return {
    schema: 'sonde.evaluate/1',
    data: {
      ...data,
      duplicatesAcross: duplicates,
      alikeAcross: duplicates + unlike,
      features,
      shortcuts,
      ...(divided.shared && { shared: divided.shared }),
    },
    warnings,
    usesLabels: options.regime === 'supervised',
    results,
    selected: select(results),
    settings: {
      ...imbalance(options),
      parameters: settingsOf(detectors, { ...options.parameters, ...sought }),
      search,
    },
    ...(options.details && { details: { baselines, ...describeFeatures(train, trainRows) } }),
  };
}

type Shared = Omit<SeedRun, 'regime' | 'detectors'>;

const imbalance = ({ classWeights = 'balanced', sampling = 'none' }: EvaluateOptions) => ({ classWeights, sampling });

const sharedOptions = (options: EvaluateOptions) => ({
  validation: options.validation,
  targetFpr: options.targetFpr,
  keepShortcuts: options.keepShortcuts,
  clock: options.clock,
  ...imbalance(options),
});

/** Every parameter of every detector that has some. */
function settingsOf(
  detectors: readonly string[],
  given: Readonly<Record<string, ParameterValues>>,
): Record<string, ParameterValues> {
  const entries = detectors.flatMap((id) => labDetector(id) ?? []).filter(({ parameters }) => parameters.length > 0);
  return Object.fromEntries(
    entries.map(({ id, parameters }) => [id, parameterValues(id, parameters, given[id] ?? {})]),
  );
}

/** The search for each detector that has something to search for. */
async function searchAll(
  options: EvaluateOptions,
  detectors: readonly string[],
  table: Table,
  rows: Int32Array,
  warnings: Warning[],
): Promise<SearchReport[]> {
  const { search: tries = 0, regime, seeds, onProgress } = options;
  if (tries === 0) return [];
  const out: SearchReport[] = [];
  for (const id of detectors) {
    const entry = labDetector(id)!;
    if (!entry.parameters.some(({ search }) => search)) continue;
    const given = options.parameters?.[id] ?? {};
    const asked = { ...sharedOptions(options), entry, table, rows, regime, given, tries, seed: seeds[0]! };
    out.push(await searchParameters({ ...asked, onProgress: (what) => onProgress?.(what) }));
  }
  if (out.length === 0) {
    warnings.push({ code: 'nothing-to-search', message: 'none of these detectors has anything to search for' });
  }
  return out;
}

/** Reading counts as one step, each detector of each seed as another. */
function stepTeller(options: EvaluateOptions, detectors: readonly string[]): Pick<SeedRun, 'onProgress'> {
  const { onProgress, regime, seeds } = options;
  if (!onProgress) return {};
  const more = options.details ? BASELINES.length : 0;
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
