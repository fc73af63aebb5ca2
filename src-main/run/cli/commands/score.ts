/** `sonde score FILE.csv [--model M] --out PREDICTIONS.csv`. */
import { REASONS_FOR, scoreFile, type ScoreSummary } from '../../../detect/lab/score-file.ts';
import { loadAnyModel, type AnyModel } from '../../pipeline/model.ts';
import { helpOf, oneOf, parseArguments, usageError, type CommandSpec } from '../arguments.ts';
import { mappingFor, MAPPING_OPTIONS } from '../csv-mapping.ts';
import { EXIT, say } from '../errors.ts';
import { checkOutput, refuseOverwriting, sayingWrite } from '../outputs.ts';
import { stopOnSignals } from '../signals.ts';
import { formatCount, plural, printable } from '../words.ts';

export const SCORE: CommandSpec = {
  name: 'score',
  usage: 'sonde score FILE.csv [--model MODEL] --out PREDICTIONS.csv [options]',
  summary:
    'Scores a file of sonde features, or records of any format that sonde evaluate reads, with labels or without, and\n' +
    'writes their columns again with score, verdict and the three strongest reasons behind them.',
  options: [
    { name: 'out', value: 'PREDICTIONS.csv', help: 'where to write the rows with their scores' },
    { name: 'model', value: 'MODEL', help: 'of sonde train (default: the shipped one, for files of sonde features)' },
    { name: 'format', value: 'ID', help: 'of the records, instead of recognising it' },
    ...MAPPING_OPTIONS,
    { name: 'reasons', value: 'WHICH', help: 'anomalous (default): for rows that are; all; none' },
    { name: 'json', help: 'print the counts as JSON (schema sonde.score/1)' },
    { name: 'progress', help: 'show progress on standard error also where it is no terminal' },
    { name: 'help', help: 'show this' },
  ],
};

/** So that nobody wonders why triage told of more or fewer. */
const ALONE =
  'Judged as by sonde triage --causal: each row alone, by the model. Plain sonde triage of the same capture also learns from the\n' +
  'whole of it and gives other scores and counts; sonde triage CAPTURE --flows OUT.csv writes those, flow by flow.';

function text(
  out: string,
  kind: AnyModel['kind'],
  { rows, anomalous, unreadable, unreadableReasons, labels, learnedFrom }: ScoreSummary,
): string {
  const worst = unreadableReasons[0];
  return [
    `Wrote ${plural(rows, 'row')} to ${out}: ${formatCount(anomalous)} anomalous` +
      (unreadable > 0
        ? `, ${formatCount(unreadable)} without a score (${worst?.reason}, line ${worst?.lines[0]})`
        : ''),
    ...(labels
      ? [
          `Beside their labels: of ${plural(labels.tp + labels.fn, 'attack')} ${formatCount(labels.tp)} anomalous, of ` +
            `${plural(labels.tn + labels.fp, 'ordinary record')} ${formatCount(labels.fp)}`,
        ]
      : []),
    ...(learnedFrom
      ? ['Warning: the model learned from this very file: it knows these rows, and the counts say little of others']
      : []),
    ...(kind === 'records' ? [] : ALONE.split('\n')),
    '',
  ]
    .map(printable)
    .join('\n');
}

function modelReport(model: AnyModel) {
  const { kind, name, sha256 } = model;
  return { kind, name, sha256, detector: model.kind === 'records' ? model.model.description.detector : 'ensemble' };
}

export async function scoreCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(SCORE, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(SCORE));
    return EXIT.DONE;
  }
  const [file, more] = parsed.files;
  const out = parsed.value('out');
  const form = 'Write sonde score FILE.csv --model MODEL --out PREDICTIONS.csv.';
  if (file === undefined) throw usageError('no file was named', 'score', form);
  if (more !== undefined) throw usageError(`${more}: one file is scored at a time`, more, form);
  if (out === undefined) throw usageError('--out is missing', '--out', form);
  const reasons = oneOf(parsed, 'reasons', REASONS_FOR) ?? 'anomalous';
  refuseOverwriting([file, ...parsed.values('model')], out, 'out');
  checkOutput(out);
  const mapping = await mappingFor(parsed, 'score');
  const format = parsed.value('format');
  if (mapping && format !== undefined && format !== 'csv') {
    const what = `--format ${format} says itself where its labels are`;
    throw usageError(what, '--label', 'Leave --format out, or write --format csv.');
  }
  const model = await loadAnyModel(parsed.value('model'));
  if (mapping && model.kind !== 'records') {
    throw usageError('--label is for models of records', '--label', 'Leave it out, or name one: --model MODEL.');
  }
  const stop = new AbortController();
  stopOnSignals(() => stop.abort());
  const show = parsed.on('progress') || process.stderr.isTTY;
  const onProgress = show ? (rows: number) => say(`scored ${plural(rows, 'row')}`) : undefined;
  const summary = await sayingWrite(out, () =>
    scoreFile({ file, out, model, format, mapping, reasons, onProgress, signal: stop.signal }),
  );
  if (parsed.on('json')) {
    const judgedAs = model.kind === 'flows' ? 'triage --causal' : 'single records';
    const report = { schema: 'sonde.score/1', input: file, out, model: modelReport(model), judgedAs, ...summary };
    process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
  } else process.stdout.write(text(out, model.kind, summary));
  return summary.unreadable > 0 ? EXIT.PARTIAL : EXIT.DONE;
}
