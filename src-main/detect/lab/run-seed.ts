/** One seed of a comparison: every detector fitted on the same rows, judged on the same. */
import type { Ends } from '../detectors/graph/host-graph.ts';
import type { MatrixEntry } from '../detectors/matrix/registry.ts';
import type { ParameterValues } from '../detectors/matrix/parameters.ts';
import { takeRows, type MatrixDetector, type RowPlaces, type View } from '../detectors/matrix/types.ts';
import type { ClusterSearch, ResultDetails } from '../../../src-shared/contract/topics/lab.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import type { FeatureMatrix } from '../types.ts';
import { attributionOf, Attributor, type Attributed } from './attribution.ts';
import { Encoder, Scaling, Views } from './encode.ts';
import { detailsOf } from './details.ts';
import { endsOf, firstEnds } from './ends.ts';
import { fitEnsemble, type MemberScores } from './ensemble.ts';
import { ENSEMBLE_ID, madeUpQuality, weightWords } from './ensemble-detector.ts';
import type { Table } from './formats/types.ts';
import { importanceOf, Probe, type Probed } from './importance.ts';
import { LAB_DETECTORS } from './lab-detectors.ts';
import * as metrics from './metrics.ts';
import type { DetectorResult, Regime } from './report.ts';
import { sampledRows, weighingOf, type ClassWeights, type Sampling } from './sampling.ts';
import { allRows, holdBack, holdKindsBack, type HeldBack, type Warning } from './split.ts';
import { STACKED_ID } from './stacked.ts';
import { madeUpAnomalies } from './synthetic.ts';
import { Together } from './together.ts';

const FPRS = [0.001, 0.01, 0.05];

export interface SeedRun {
  detectors: readonly string[];
  seed: number;
  regime: Regime;
  validation: number;
  targetFpr: number;
  keepShortcuts: boolean;
  classWeights: ClassWeights;
  sampling: Sampling;
  /** By detector: what is not as usual. */
  parameters: Readonly<Record<string, ParameterValues>>;
  train: Table;
  trainRows: Int32Array;
  test: Table;
  testRows: Int32Array;
  warnings: Warning[];
  /** What figures are drawn from too; importance costs one more scoring a column. */
  details?: { importance: boolean };
  clock: () => number;
  onProgress?: (what: string) => void;
}

/** What a detector was seen to do. */
interface Scored {
  id: string;
  chosen: string;
  fitMs: number;
  scoreMs: number;
  validation: Float64Array;
  /** Of made-up anomalies; empty for supervised detectors. */
  madeUp: Float64Array;
  test: Float64Array;
  probed: Probed | undefined;
  attributed: Attributed | undefined;
  search: ClusterSearch | undefined;
  /** Scores of other records; undefined where it looks at more than single ones. */
  scoreOthers: ((rows: Views) => Float64Array) | undefined;
}

interface Prepared {
  scaling: Scaling;
  fit: Views;
  fitAttack: Uint8Array;
  fitKind: Int32Array;
  validation: Views;
  validationAttack: Uint8Array;
  madeUp: Views;
  /** Distinct test records, and which of them each test row is. */
  test: Views;
  testOf: Int32Array;
  testAttack: Uint8Array;
  owner: Int32Array;
  features: number;
  /** Whose the rows are and when they began; undefined where the format says of one of them neither. */
  places: Record<'fit' | 'validation' | 'test', RowPlaces> | undefined;
  /** Who spoke with whom, `among`: fitted and held-back rows together; undefined where the records name no hosts. */
  ends: { fit: Ends; among: Ends; test: Ends } | undefined;
  /** Records to try the columns with; undefined where nobody asked. */
  probe: Probe | undefined;
  /** Takes scores of test records apart; undefined where nobody asked. */
  attributor: Attributor | undefined;
}

function heldBack(run: SeedRun): HeldBack {
  const { train, trainRows, regime, validation, seed } = run;
  if (regime === 'supervised') return holdKindsBack(train, trainRows, validation, seed, run.warnings);
  const rows = regime === 'normal-only' ? trainRows.filter((row) => !train.attack[row]) : trainRows;
  return holdBack(rows, validation, seed);
}

/** Equal records are scored once: of KDD99's 311,029 test rows three quarters are repeats. */
function distinctRecords(table: Table, rows: Int32Array): { distinct: Int32Array; of: Int32Array } {
  const known = new Map<number, number>();
  const distinct: number[] = [];
  const of = Int32Array.from(rows, (row) => {
    const identity = table.identity[row]!;
    let at = known.get(identity);
    if (at === undefined) {
      at = distinct.length;
      known.set(identity, at);
      distinct.push(row);
    }
    return at;
  });
  return { distinct: Int32Array.from(distinct), of };
}

function placesOf({ source, time }: Table, rows: Int32Array): RowPlaces {
  return { host: Float64Array.from(rows, (row) => source[row]!), time: Float64Array.from(rows, (row) => time[row]!) };
}

function allPlaces(...[fit, validation, test]: readonly [RowPlaces, RowPlaces, RowPlaces]): Prepared['places'] {
  const known = [fit, validation, test].every(({ host, time }) => !host.some(Number.isNaN) && !time.some(Number.isNaN));
  return known ? { fit, validation, test } : undefined;
}

function joined<T extends Float32Array | Float64Array>(a: T, b: T, out: T): T {
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** What was fitted on and what was held back: what may stand before a row that was held back. */
function trainingHistory(data: Prepared, view: View, { fit, validation }: NonNullable<Prepared['places']>) {
  const [a, b] = [data.fit.get(view), data.validation.get(view)];
  const matrix: FeatureMatrix = {
    features: a.features,
    rows: a.rows + b.rows,
    data: joined(a.data, b.data, new Float32Array(a.data.length + b.data.length)),
  };
  const both = (key: 'host' | 'time'): Float64Array => joined(fit[key], validation[key], new Float64Array(matrix.rows));
  return { matrix, host: both('host'), time: both('time') };
}

function prepare(run: SeedRun): Prepared {
  const { train, test, testRows, keepShortcuts, seed, regime } = run;
  const { fit: held, validation } = heldBack(run);
  if (held.length === 0 || validation.length === 0) {
    const cure = 'Give more training data, or another --validation.';
    throw new SondeError('too-little-data', 'too few training records to hold some back', train.files[0]!, cure);
  }
  const encoder = Encoder.fit(train, held, { keepShortcuts });
  const fit = regime === 'supervised' ? sampledRows(held, train.attack, run.sampling, seed) : held;
  const fitMatrix = encoder.encode(train, fit);
  const scaling = Scaling.fit(fitMatrix);
  const validationMatrix = encoder.encode(train, validation);
  const { distinct, of } = distinctRecords(test, testRows);
  const madeUpOf = regime === 'supervised' ? { ...validationMatrix, rows: 0 } : validationMatrix;
  const madeUp = madeUpAnomalies(madeUpOf, encoder.owner, seed);
  const testMatrix = encoder.encode(test, distinct);
  const testAttack = Uint8Array.from(testRows, (row) => test.attack[row]!);
  const { owner } = encoder;
  return {
    scaling,
    fit: new Views(fitMatrix, scaling),
    fitAttack: Uint8Array.from(fit, (row) => train.attack[row]!),
    fitKind: Int32Array.from(fit, (row) => train.kind[row]!),
    validation: new Views(validationMatrix, scaling),
    validationAttack: Uint8Array.from(validation, (row) => train.attack[row]!),
    madeUp: new Views(madeUp, scaling),
    test: new Views(testMatrix, scaling),
    testOf: of,
    testAttack,
    owner,
    features: encoder.columns.length,
    places: allPlaces(placesOf(train, fit), placesOf(train, validation), placesOf(test, distinct)),
    ends: allEnds(run, fit, validation, distinct),
    probe: run.details?.importance ? probeOf(run, { validation, validationMatrix, madeUp, scaling, owner }) : undefined,
    attributor: run.details?.importance
      ? new Attributor({ test: testMatrix, testOf: of, testAttack, fit: fitMatrix, owner, scaling, seed })
      : undefined,
  };
}

interface ProbeParts {
  validation: Int32Array;
  validationMatrix: FeatureMatrix;
  madeUp: FeatureMatrix;
  scaling: Scaling;
  owner: Int32Array;
}

/** Of validation records, and of those held back as attacks or, without labels, of made-up anomalies. */
function probeOf({ regime, train, seed }: SeedRun, parts: ProbeParts): Probe | undefined {
  const { validation, validationMatrix, madeUp, scaling, owner } = parts;
  const of = (attack: number): FeatureMatrix =>
    takeRows(
      validationMatrix,
      allRows(validation.length).filter((at) => train.attack[validation[at]!] === attack),
    );
  const supervised = regime === 'supervised';
  const [ordinary, attacks] = supervised ? [of(0), of(1)] : [validationMatrix, madeUp];
  const probe = new Probe({ ordinary, attacks, owner, scaling, seed });
  return probe.useful ? probe : undefined;
}

function allEnds({ train, test }: SeedRun, fit: Int32Array, held: Int32Array, judged: Int32Array): Prepared['ends'] {
  const rows = new Int32Array(fit.length + held.length);
  rows.set(fit);
  rows.set(held, fit.length);
  const among = endsOf(train, rows);
  const judging = endsOf(test, judged);
  return among && judging && { fit: firstEnds(among, fit.length), among, test: judging };
}

/**
 * Rows held back at random belong to the same windows as those that were learned from: a graph of them alone would be thin.
 * They are scored among the others.
 */
function scoreAmong(detector: MatrixDetector, fit: FeatureMatrix, held: FeatureMatrix, ends: Ends): Float64Array {
  const data = new Float32Array((fit.rows + held.rows) * fit.features.length);
  data.set(fit.data.subarray(0, fit.rows * fit.features.length));
  data.set(held.data.subarray(0, held.rows * fit.features.length), fit.rows * fit.features.length);
  const all = { features: fit.features, rows: fit.rows + held.rows, data };
  return detector.score(all, { ends }).slice(fit.rows);
}

/** Why what a detector needs is not there; undefined: it is. */
const LACKING: Readonly<Record<NonNullable<MatrixDetector['needs']>, (data: Prepared) => string | undefined>> = {
  sequences: ({ places }) =>
    places
      ? undefined
      : 'looks at what a host did before, and these records do not say whose they are or when they began',
  hosts: ({ ends }) => (ends ? undefined : 'works on who spoke with whom, and these records name no hosts'),
};

async function scoreWith(detector: MatrixDetector, data: Prepared, run: SeedRun): Promise<Scored | undefined> {
  if (data.fit.rows < detector.minimumRows) {
    run.warnings.push({
      code: 'insufficient',
      message: `${detector.id} learns from at least ${detector.minimumRows} records and got ${data.fit.rows}: left out`,
    });
    return undefined;
  }
  const { places, ends } = data;
  const lacking = detector.needs === undefined ? undefined : LACKING[detector.needs](data);
  if (lacking) {
    const message = `insufficient: ${detector.id} ${lacking}: left out`;
    if (!run.warnings.some((one) => one.message === message)) run.warnings.push({ code: 'insufficient', message });
    return undefined;
  }
  run.onProgress?.(`seed ${run.seed}: ${detector.id}`);
  const supervised = run.regime === 'supervised';
  const from = run.clock();
  const { view } = detector;
  const fit = data.fit.get(view);
  const kind = supervised ? data.fitKind : undefined;
  const context = { places: places?.fit, ends: ends?.fit, kind };
  await detector.fit(fit, run.seed, supervised ? data.fitAttack : undefined, context);
  const fitted = run.clock();
  const test = data.test.get(view);
  const testPlaces = places && { ...places.test, history: { matrix: test, ...places.test } };
  const distinct = detector.score(test, { places: testPlaces, ends: ends?.test });
  const scored = run.clock();
  const before =
    detector.needs === 'sequences' && places
      ? { ...places.validation, history: trainingHistory(data, view, places) }
      : undefined;
  const scoreHeld = (held: Views): Float64Array => {
    if (detector.needs === 'hosts' && ends) return scoreAmong(detector, fit, held.get(view), ends.among);
    return detector.score(held.get(view), { places: before });
  };
  const scoreOthers = detector.needs === undefined ? (rows: Views) => scoreRows(detector, rows) : undefined;
  const explain = detector.explain && ((row: Float32Array) => detector.explain!(row));
  return {
    id: detector.id,
    chosen: detector.chosen ?? '',
    fitMs: Math.round(fitted - from),
    scoreMs: Math.round(scored - fitted),
    validation: scoreHeld(data.validation),
    // Made-up rows take the place of those they were made from.
    madeUp: supervised ? new Float64Array(0) : scoreHeld(data.madeUp),
    test: Float64Array.from(data.testOf, (at) => distinct[at]!),
    probed: scoreOthers && data.probe?.run(scoreOthers),
    attributed: scoreOthers && data.attributor?.run({ id: detector.id, view, explain, score: scoreOthers }),
    search: detector.search,
    scoreOthers,
  };
}

function scoreRows(detector: MatrixDetector, rows: Views): Float64Array {
  return detector instanceof Together ? detector.scoreViews(rows) : detector.score(rows.get(detector.view));
}

/** Scores of these detectors that are, or stand for, the probability of an attack. */
export const PROBABILITY: Readonly<Record<string, (score: number) => number>> = {
  'random-forest': (share) => share,
  [STACKED_ID]: (share) => share,
  'logistic-regression': probabilityOf,
  'gradient-boosting': probabilityOf,
};

function probabilityOf(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

function details(
  scored: Scored,
  data: Prepared,
  run: SeedRun,
  judging: { quiet: Float64Array; threshold: number; kind: Int32Array },
): ResultDetails {
  const names = run.train.columns.map(({ spec }) => spec.name);
  return {
    ...detailsOf({
      ...judging,
      scores: scored.test,
      attack: data.testAttack,
      kinds: run.test.kinds,
      probability: PROBABILITY[scored.id],
    }),
    importance: scored.probed && data.probe ? importanceOf(scored.probed, data.probe.attack, names) : null,
    attribution: scored.attributed
      ? attributionOf(scored.attributed, run.test, run.testRows, [...new Set(data.owner)])
      : null,
    clusters: scored.search ?? null,
  };
}

/** ROC-AUC on validation data: of held-back attacks by label, or of made-up anomalies. Without any of them: chance. */
function criterion(scored: Scored, data: Prepared, supervised: boolean): number {
  if (supervised && !data.validationAttack.includes(1)) return 0.5;
  if (supervised) return metrics.rocAuc(metrics.stepsOf(scored.validation, data.validationAttack));
  return madeUpQuality(scored.validation, scored.madeUp);
}

function judged(scored: Scored, data: Prepared, run: SeedRun): DetectorResult {
  const { test, testRows, targetFpr, regime, seed } = run;
  const steps = metrics.stepsOf(scored.test, data.testAttack);
  // Without labels whatever validation holds counts as ordinary.
  const quiet =
    regime === 'supervised' ? scored.validation.filter((_, i) => !data.validationAttack[i]) : scored.validation;
  const threshold = metrics.thresholdFor(quiet, targetFpr);
  const kind = Int32Array.from(testRows, (row) => test.kind[row]!);
  const perKind = metrics.recallByKind(scored.test, data.testAttack, kind, test.kinds, threshold);
  return {
    detector: scored.id,
    regime,
    seed,
    rocAuc: metrics.rocAuc(steps),
    prAuc: metrics.averagePrecision(steps),
    recallAtFpr: Object.fromEntries(FPRS.map((fpr) => [String(fpr), metrics.recallAtFpr(steps, fpr)])),
    threshold: { targetFpr, ...metrics.confusionAt(scored.test, data.testAttack, threshold) },
    perKind: perKind.map((each) => ({ ...each, interval: metrics.wilson(each.recall, each.support) })),
    fitMs: scored.fitMs,
    scoreMs: scored.scoreMs,
    chosen: scored.chosen,
    validation: criterion(scored, data, regime === 'supervised'),
    ...(run.details && { details: details(scored, data, run, { quiet, threshold, kind }) }),
  };
}

function together(members: readonly Scored[], data: Prepared, clock: () => number): Scored {
  const from = clock();
  const ensemble = fitEnsemble(
    members.map((member): MemberScores => ({ ...member, quality: criterion(member, data, false) })),
  );
  const fitted = clock();
  const of = (part: 'validation' | 'madeUp' | 'test'): Float64Array =>
    ensemble.combine(new Map(members.map((member) => [member.id, member[part]])));
  const test = of('test');
  const scoreOthers = scoringTogether(members, (scores) => ensemble.combine(scores));
  return {
    id: ENSEMBLE_ID,
    chosen: weightWords(ensemble),
    fitMs: Math.round(fitted - from),
    scoreMs: Math.round(clock() - fitted),
    validation: of('validation'),
    madeUp: of('madeUp'),
    test,
    probed: probedTogether(members, (scores) => ensemble.combine(scores)),
    attributed: scoreOthers && data.attributor?.run({ id: ENSEMBLE_ID, view: 'plain', score: scoreOthers }),
    search: undefined,
    scoreOthers,
  };
}

function scoringTogether(
  members: readonly Scored[],
  combine: (scores: Map<string, Float64Array>) => Float64Array,
): Scored['scoreOthers'] {
  if (members.some(({ scoreOthers }) => scoreOthers === undefined)) return undefined;
  return (rows) => combine(new Map(members.map(({ id, scoreOthers }) => [id, scoreOthers!(rows)])));
}

function probedTogether(
  members: readonly Scored[],
  combine: (scores: Map<string, Float64Array>) => Float64Array,
): Probed | undefined {
  const probed = members.flatMap(({ id, probed: found }) => (found ? [{ id, found }] : []));
  if (probed.length < members.length) return undefined;
  const columns = [...probed[0]!.found.shuffled.keys()];
  return {
    plain: combine(new Map(probed.map(({ id, found }) => [id, found.plain]))),
    shuffled: new Map(
      columns.map((column) => [
        column,
        combine(new Map(probed.map(({ id, found }) => [id, found.shuffled.get(column)!]))),
      ]),
    ),
  };
}

/** Members of the ensemble are fitted for it even where they were not asked for themselves. */
export function entriesFor(run: Pick<SeedRun, 'regime' | 'detectors'>): MatrixEntry[] {
  const supervised = run.regime === 'supervised';
  const all = run.detectors.includes(ENSEMBLE_ID);
  return LAB_DETECTORS.filter(
    (entry) =>
      entry.id !== ENSEMBLE_ID &&
      entry.supervised === supervised &&
      ((all && entry.inEnsemble) || run.detectors.includes(entry.id)),
  );
}

export async function runSeed(run: SeedRun): Promise<{ results: DetectorResult[]; features: number }> {
  const data = prepare(run);
  const scored: Scored[] = [];
  const members: Scored[] = [];
  for (const entry of entriesFor(run)) {
    const detector = entry.create(run.parameters[entry.id], weighingOf(run.classWeights));
    if (detector instanceof Together) detector.useScaling(data.scaling, [data.fit, data.validation, data.test]);
    const found = await scoreWith(detector, data, run);
    if (!found) continue;
    scored.push(found);
    if (entry.inEnsemble) members.push(found);
  }
  if (run.detectors.includes(ENSEMBLE_ID) && members.length > 0) scored.push(together(members, data, run.clock));
  if (run.regime === 'supervised' && !data.validationAttack.includes(1)) {
    const message = `seed ${run.seed}: no attack was held back, so validation data cannot tell which detector is better`;
    run.warnings.push({ code: 'no-validation-attacks', message });
  }
  const wanted = scored.filter(({ id }) => run.detectors.includes(id));
  if (wanted.length === 0) {
    const cure = 'Give more training data, or other detectors.';
    const lacking = run.warnings.find(({ code }) => code === 'insufficient')?.message;
    throw new SondeError('too-little-data', lacking ?? 'too few records for any detector', run.train.files[0]!, cure);
  }
  return { results: wanted.map((each) => judged(each, data, run)), features: data.features };
}
