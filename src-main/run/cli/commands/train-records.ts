/** `sonde train --records FILE… --detector ID --out MODEL`. */
import { labDetector } from '../../../detect/lab/lab-detectors.ts';
import { saveableDetectors, saveLabModel } from '../../../detect/lab/lab-model-file.ts';
import type { LabDescription } from '../../../detect/lab/lab-model.ts';
import { trainLabModel, type Trained } from '../../../detect/lab/lab-train.ts';
import { REGIMES } from '../../../detect/lab/report.ts';
import { oneOf, share, usageError, wholeNumber, type OptionSpec, type Parsed } from '../arguments.ts';
import { mappingFor, MAPPING_OPTIONS } from '../csv-mapping.ts';
import { EXIT, say } from '../errors.ts';
import { checkOutput, refuseOverwriting, sayingWrite } from '../outputs.ts';
import { IMBALANCE_OPTIONS, imbalanceOf, SEARCH_OPTION, searchOf, settingsOf } from '../settings.ts';
import { stopOnSignals } from '../signals.ts';
import { formatCount, printable } from '../words.ts';

const MAX_SEED = 2 ** 32 - 1;

export const RECORD_OPTIONS: readonly OptionSpec[] = [
  { name: 'records', value: 'FILE', help: 'labelled records to learn from; more files may follow', repeatable: true },
  { name: 'detector', value: 'ID', help: `of records: ${saveableDetectors().join(', ')}` },
  { name: 'format', value: 'ID', help: 'of the records, instead of recognising it' },
  ...MAPPING_OPTIONS,
  { name: 'regime', value: 'NAME', help: `of records: ${REGIMES.join(', ')} (default: as the detector learns)` },
  { name: 'validation', value: 'F', help: 'share of the records held back for the threshold (default 0.2)' },
  { name: 'target-fpr', value: 'F', help: 'share of ordinary records that may be alarms (default 0.05)' },
  ...IMBALANCE_OPTIONS,
  {
    name: 'set',
    value: 'NAME=N,…',
    help: 'parameters of the detector (docs/lab-models.md), as trees=200,maxDepth=16; repeatable',
    repeatable: true,
  },
  SEARCH_OPTION,
  { name: 'trees', value: 'N', help: 'as --set trees=N' },
  { name: 'keep-shortcuts', help: 'learn from addresses, ports and times too' },
];

function detectorOf(parsed: Parsed): string {
  const detector = parsed.value('detector');
  if (detector !== undefined) return detector;
  throw usageError('--detector is missing', '--detector', `There is: ${saveableDetectors().join(', ')}.`);
}

/** Options that say nothing of this detector. @throws SondeError `usage` */
function refuseIdle(parsed: Parsed, detector: string): void {
  const entry = labDetector(detector);
  const idle = [
    ...(entry?.weighsClasses === false ? ['class-weights'] : []),
    ...(entry?.supervised === false ? ['sampling'] : []),
  ].find((name) => parsed.on(name));
  if (idle === undefined) return;
  const what = entry?.supervised ? `${detector} does not weigh classes` : `${detector} learns without labels`;
  throw usageError(`--${idle}: ${what}`, `--${idle}`, 'Leave it out, or name another detector.');
}

/** `--set`, and `--trees`, which is one of them. */
function parametersOf(parsed: Parsed, detector: string): Record<string, number> {
  const set = settingsOf(parsed, detector)[detector] ?? {};
  const trees = parsed.value('trees');
  if (trees === undefined) return set;
  if (set['trees'] !== undefined) throw usageError('--trees and --set trees together', '--trees', 'Give one of them.');
  if (!/^\d+$/.test(trees)) throw usageError(`--trees ${trees}: not a whole number`, '--trees', 'Write --trees 100.');
  return { ...set, trees: Number(trees) };
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

const valuesText = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values)
    .map(([id, value]) => `${id}=${value}`)
    .join(', ');

function text(
  out: string,
  { training, heldBack, threshold, detector, regime, parameters = {}, search }: LabDescription,
): string {
  const { leftOut, rocAuc, fpr, recall, attack, normal } = heldBack;
  const without = leftOut.length > 0 ? `, without having seen ${leftOut.join(', ')}` : '';
  return [
    `Saved ${out}: ${detector} (${regime}) on ${formatCount(training.learned)} of ${formatCount(training.rows)} records.`,
    ...(search ? [`Searched ${search.tried.length} settings, the best of them: ${valuesText(parameters)}.`] : []),
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
    mapping: await mappingFor(parsed, 'train'),
    detector,
    regime: oneOf(parsed, 'regime', REGIMES),
    seed: wholeNumber(parsed, 'seed', 1, 0, MAX_SEED),
    validation: share(parsed, 'validation', 0.2),
    targetFpr: share(parsed, 'target-fpr', 0.05),
    keepShortcuts: parsed.on('keep-shortcuts'),
    ...imbalanceOf(parsed),
    parameters: parametersOf(parsed, detector),
    search: searchOf(parsed),
    onProgress: parsed.on('progress') || process.stderr.isTTY ? printer() : undefined,
    signal: stop.signal,
  });
  await sayingWrite(out, () => saveLabModel(trained.model, out));
  for (const { message } of trained.warnings) say(message);
  process.stdout.write(parsed.on('json') ? report(out, trained) : text(out, trained.model.description));
  return EXIT.DONE;
}
