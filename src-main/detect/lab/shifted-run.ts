/**
 * One seed of a comparison whose thresholds hold when ordinary traffic drifts (`--hold-back shifted`): each detector learns
 * once a fold and is judged by what the fold holds back (shifted.ts), which sets the threshold; then it learns from all
 * training rows, every kind of attack among them, and the test rows are scored.
 */
import { MATRIX_DETECTORS, type MatrixEntry } from '../detectors/matrix/registry.ts';
import type { MatrixDetector } from '../detectors/matrix/types.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { detailsOf } from './details.ts';
import { Encoder, Scaling, Views } from './encode.ts';
import type { Table } from './formats/types.ts';
import * as metrics from './metrics.ts';
import type { DetectorResult } from './report.ts';
import { PROBABILITY, type SeedRun } from './run-seed.ts';
import { sampledRows, weighingOf } from './sampling.ts';
import { FOLDS, shiftedFolds, type ShiftedFold } from './shifted.ts';
import { madeUpAnomalies } from './synthetic.ts';

const FPRS = [0.001, 0.01, 0.05];

interface Fitted {
  encoder: Encoder;
  scaling: Scaling;
  detector: MatrixDetector;
}

async function fit(entry: MatrixEntry, run: SeedRun, rows: Int32Array): Promise<Fitted> {
  const { train, keepShortcuts, seed } = run;
  const encoder = Encoder.fit(train, rows, { keepShortcuts });
  const learned = entry.supervised ? sampledRows(rows, train.attack, run.sampling, seed) : rows;
  const matrix = encoder.encode(train, learned);
  const detector = entry.create(run.parameters[entry.id], weighingOf(run.classWeights));
  const scaling = Scaling.fit(matrix, [detector.view]);
  const attack = entry.supervised ? Uint8Array.from(learned, (row) => train.attack[row]!) : undefined;
  const kind = entry.supervised ? Int32Array.from(learned, (row) => train.kind[row]!) : undefined;
  await detector.fit(scaling.apply(matrix, detector.view), seed, attack, { kind });
  return { encoder, scaling, detector };
}

function scored({ encoder, scaling, detector }: Fitted, table: Table, rows: Int32Array): Float64Array {
  if (rows.length === 0) return new Float64Array(0);
  return detector.score(new Views(encoder.encode(table, rows), scaling).get(detector.view));
}

/** What a fold saw: scores of ordinary rows held back, and of what is to be told from them. */
interface Judged {
  quiet: Float64Array;
  strange: Float64Array;
}

async function judge(entry: MatrixEntry, run: SeedRun, fold: ShiftedFold): Promise<Judged> {
  const fitted = await fit(entry, run, fold.fit);
  const quiet = scored(fitted, run.train, fold.held);
  if (entry.supervised) return { quiet, strange: scored(fitted, run.train, fold.unseen) };
  const { encoder, scaling, detector } = fitted;
  const made = madeUpAnomalies(encoder.encode(run.train, fold.held), encoder.owner, run.seed);
  return { quiet, strange: detector.score(new Views(made, scaling).get(detector.view)) };
}

function areaOf({ quiet, strange }: Judged): number {
  const scores = joined([quiet, strange]);
  return metrics.rocAuc(metrics.stepsOf(scores, new Uint8Array(scores.length).fill(1, quiet.length)));
}

function joined(parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => [...part]));
}

const share = (scores: Float64Array, value: number): number =>
  scores.reduce((sum, score) => sum + (score >= value ? 1 : 0), 0) / scores.length;

/** How far the folds agree, in words. */
function agreement(folds: readonly Judged[], threshold: number, supervised: boolean): string {
  const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
  const alarms = folds.map(({ quiet }) => share(quiet, threshold));
  const told = `${FOLDS} shifted folds: ${percent(Math.min(...alarms))} to ${percent(Math.max(...alarms))} false alarms`;
  const found = folds.filter(({ strange }) => strange.length > 0).map(({ strange }) => share(strange, threshold));
  if (!supervised || found.length === 0) return told;
  const mean = found.reduce((a, b) => a + b, 0) / found.length;
  return `${told}, ${percent(mean)} of kinds left out found (worst fold ${percent(Math.min(...found))})`;
}

async function runOne(entry: MatrixEntry, run: SeedRun, folds: readonly ShiftedFold[]): Promise<DetectorResult> {
  const { train, trainRows, test, testRows, regime, seed, targetFpr, clock } = run;
  const judged: Judged[] = [];
  for (const [at, fold] of folds.entries()) {
    run.onProgress?.(`seed ${seed}: ${entry.id}, fold ${at + 1} of ${FOLDS}`);
    judged.push(await judge(entry, run, fold));
  }
  const quiet = joined(judged.map((fold) => fold.quiet));
  const threshold = metrics.thresholdFor(quiet, targetFpr);
  const areas = judged.filter(({ strange }) => strange.length > 0).map(areaOf);
  run.onProgress?.(`seed ${seed}: ${entry.id}`);
  const from = clock();
  const all = regime === 'normal-only' ? trainRows.filter((row) => !train.attack[row]) : trainRows;
  const fitted = await fit(entry, run, all);
  const learned = clock();
  const scores = scored(fitted, test, testRows);
  const ended = clock();
  const attack = Uint8Array.from(testRows, (row) => test.attack[row]!);
  const kind = Int32Array.from(testRows, (row) => test.kind[row]!);
  const steps = metrics.stepsOf(scores, attack);
  const judging = { scores, attack, quiet, threshold, kind, kinds: test.kinds };
  const chosen = fitted.detector.chosen ? [fitted.detector.chosen] : [];
  return {
    detector: entry.id,
    regime,
    seed,
    rocAuc: metrics.rocAuc(steps),
    prAuc: metrics.averagePrecision(steps),
    recallAtFpr: Object.fromEntries(FPRS.map((fpr) => [String(fpr), metrics.recallAtFpr(steps, fpr)])),
    threshold: { targetFpr, ...metrics.confusionAt(scores, attack, threshold) },
    perKind: metrics
      .recallByKind(scores, attack, kind, test.kinds, threshold)
      .map((each) => ({ ...each, interval: metrics.wilson(each.recall, each.support) })),
    fitMs: Math.round(learned - from),
    scoreMs: Math.round(ended - learned),
    chosen: [...chosen, agreement(judged, threshold, entry.supervised)].join('; '),
    validation: areas.reduce((a, b) => a + b, 0) / areas.length,
    ...(run.details && {
      details: { ...detailsOf({ ...judging, probability: PROBABILITY[entry.id] }), importance: null },
    }),
  };
}

/** As `runSeed`; detectors that need hosts or times, and those that learn from others' scores, are left out and said so. */
export async function runShifted(run: SeedRun): Promise<{ results: DetectorResult[]; features: number }> {
  const { train, trainRows, regime, seed, keepShortcuts, detectors } = run;
  const rows = regime === 'normal-only' ? trainRows.filter((row) => !train.attack[row]) : trainRows;
  const folds = shiftedFolds(train, rows, { seed, labels: regime === 'supervised', keepShortcuts });
  const results: DetectorResult[] = [];
  for (const id of detectors) {
    const entry = MATRIX_DETECTORS.find((each) => each.id === id);
    const detector = entry?.create();
    const least = Math.min(...folds.map((fold) => fold.fit.length));
    const why =
      detector === undefined || detector.needs !== undefined
        ? 'cannot be judged by rows held back one by one'
        : least < detector.minimumRows || folds.some(({ held }) => held.length === 0)
          ? `learns from at least ${detector.minimumRows} records and got ${least}`
          : undefined;
    if (entry && why === undefined) results.push(await runOne(entry, run, folds));
    else {
      const message = `insufficient: ${id} ${why}: left out`;
      if (!run.warnings.some((one) => one.message === message)) run.warnings.push({ code: 'insufficient', message });
    }
  }
  if (results.length > 0) {
    return { results, features: Encoder.fit(train, rows, { keepShortcuts }).columns.length };
  }
  const lacking = run.warnings.find(({ code }) => code === 'insufficient')?.message;
  const cure = 'Give more training data, or other detectors.';
  throw new SondeError('too-little-data', lacking ?? 'too few records for any detector', train.files[0]!, cure);
}
