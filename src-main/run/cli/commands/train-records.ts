/** `sonde train --records FILE… --detector ID --out MODEL`. */
import { MATRIX_DETECTORS } from '../../../detect/detectors/matrix/registry.ts';
import { saveableDetectors, saveLabModel } from '../../../detect/lab/lab-model-file.ts';
import { CLASS_WEIGHTS, SAMPLINGS, type LabDescription } from '../../../detect/lab/lab-model.ts';
import { MOST_TREES, trainLabModel, type Trained } from '../../../detect/lab/lab-train.ts';
import { REGIMES } from '../../../detect/lab/report.ts';
import { oneOf, share, usageError, wholeNumber, type OptionSpec, type Parsed } from '../arguments.ts';
import { EXIT, say } from '../errors.ts';
import { checkOutput, refuseOverwriting, sayingWrite } from '../outputs.ts';
import { stopOnSignals } from '../signals.ts';
import { formatCount, printable } from '../words.ts';

const MAX_SEED = 2 ** 32 - 1;
const TREES = 100;

export const RECORD_OPTIONS: readonly OptionSpec[] = [
  { name: 'records', value: 'FILE', help: 'labelled records to learn from; more files may follow', repeatable: true },
  { name: 'detector', value: 'ID', help: `of records: ${saveableDetectors().join(', ')}` },
  { name: 'format', value: 'ID', help: 'of the records, instead of recognising it' },
  { name: 'regime', value: 'NAME', help: `of records: ${REGIMES.join(', ')} (default: as the detector learns)` },
  { name: 'validation', value: 'F', help: 'share of the records held back for the threshold (default 0.2)' },
  { name: 'target-fpr', value: 'F', help: 'share of ordinary records that may be alarms (default 0.05)' },
  { name: 'class-weights', value: 'HOW', help: 'balanced (default): each class counts half; none' },
  {
    name: 'sampling',
    value: 'HOW',
    help: 'none (default); under: fewer of the larger class; over: repeats of the smaller',
  },
  { name: 'trees', value: 'N', help: `of a random forest (default ${TREES})` },
  { name: 'keep-shortcuts', help: 'learn from addresses, ports and times too' },
];

function detectorOf(parsed: Parsed): string {
  const detector = parsed.value('detector');
  if (detector !== undefined) return detector;
  throw usageError('--detector is missing', '--detector', `There is: ${saveableDetectors().join(', ')}.`);
}

/** Options that say nothing of this detector. @throws SondeError `usage` */
function refuseIdle(parsed: Parsed, detector: string): void {
  const supervised = MATRIX_DETECTORS.find(({ id }) => id === detector)?.supervised ?? true;
  const idle = [
    ...(detector === 'random-forest' ? [] : ['trees']),
    ...(supervised ? [] : ['class-weights', 'sampling']),
  ].find((name) => parsed.on(name));
  if (idle === undefined) return;
  const what = idle === 'trees' ? 'is for random-forest' : `${detector} learns without labels`;
  throw usageError(`--${idle}: ${what}`, `--${idle}`, 'Leave it out, or name another detector.');
}

/** Steps, and every tenth of a long one. */
function printer(): (what: string, part?: number) => void {
  let last = '';
  return (what, part) => {
    const line = part === undefined ? what : `${what}, ${Math.floor(part * 10) * 10} %`;
    if (line === last) return;
    last = line;
    say(line);
  };
}

const percent = (value: number | null): string => (value === null ? 'unknown' : `${(value * 100).toFixed(1)} %`);

function text(out: string, { training, heldBack, threshold, detector, regime }: LabDescription): string {
  const { leftOut, rocAuc, fpr, recall, attack, normal } = heldBack;
  const without = leftOut.length > 0 ? `, without having seen ${leftOut.join(', ')}` : '';
  return [
    `Saved ${out}: ${detector} (${regime}) on ${formatCount(training.learned)} of ${formatCount(training.rows)} records.`,
    `Held back: ${formatCount(normal)} ordinary records, ${formatCount(attack)} attacks${without}: ` +
      `ROC-AUC ${rocAuc === null ? 'unknown' : rocAuc.toFixed(3)}, at the threshold recall ${percent(recall)}, ` +
      `false alarms ${percent(fpr)} (set for ${percent(threshold.targetFpr)}).`,
    `Use it with: sonde score FILE --model ${out} --out PREDICTIONS.csv`,
    '',
  ]
    .map(printable)
    .join('\n');
}

function report(out: string, { model, warnings }: Trained): string {
  const { plans, usual: _, ...description } = model.description;
  const shown = { ...description, encodedColumns: model.encoder.columns.length, learnedColumns: plans.length };
  const document = { schema: 'sonde.train-records/1', model: out, description: shown, warnings };
  return `${JSON.stringify(document, null, 1)}\n`;
}

export async function trainOnRecords(parsed: Parsed): Promise<number> {
  const files = parsed.values('records');
  const out = parsed.value('out');
  const form = 'Write sonde train --records FILE --detector random-forest --out MODEL.';
  if (parsed.files.length > 0) throw usageError(`${parsed.files[0]}: for what?`, parsed.files[0]!, form);
  if (out === undefined) throw usageError('--out is missing', '--out', form);
  refuseOverwriting(files, out, 'out');
  checkOutput(out);
  const detector = detectorOf(parsed);
  refuseIdle(parsed, detector);
  const stop = new AbortController();
  stopOnSignals(() => stop.abort());
  const trained = await trainLabModel({
    files,
    format: parsed.value('format'),
    detector,
    regime: oneOf(parsed, 'regime', REGIMES),
    seed: wholeNumber(parsed, 'seed', 1, 0, MAX_SEED),
    validation: share(parsed, 'validation', 0.2),
    targetFpr: share(parsed, 'target-fpr', 0.05),
    keepShortcuts: parsed.on('keep-shortcuts'),
    classWeights: oneOf(parsed, 'class-weights', CLASS_WEIGHTS) ?? 'balanced',
    sampling: oneOf(parsed, 'sampling', SAMPLINGS) ?? 'none',
    trees: wholeNumber(parsed, 'trees', TREES, 1, MOST_TREES),
    onProgress: parsed.on('progress') || process.stderr.isTTY ? printer() : undefined,
    signal: stop.signal,
  });
  await sayingWrite(out, () => saveLabModel(trained.model, out));
  for (const { message } of trained.warnings) say(message);
  process.stdout.write(parsed.on('json') ? report(out, trained) : text(out, trained.model.description));
  return EXIT.DONE;
}
