/** `sonde evaluate --train FILE… [--test FILE…] [options]`. */
import type { SondeError } from '../../../../src-shared/errors.ts';
import { evaluate, type EvaluateOptions } from '../../../detect/lab/evaluate.ts';
import { experimentOf, otherData, type Experiment } from '../../../detect/lab/experiment.ts';
import { mappingOf, type CsvMapping } from '../../../detect/lab/formats/mapping.ts';
import { FORMAT_IDS } from '../../../detect/lab/formats/registry.ts';
import { REGIMES, type DetectorResult, type EvaluationReport } from '../../../detect/lab/report.ts';
import {
  helpOf,
  oneOf,
  parseArguments,
  share,
  spreadLists,
  usageError,
  type CommandSpec,
  type Parsed,
} from '../arguments.ts';
import { jsonFile, mappingFor, MAPPING_OPTIONS } from '../csv-mapping.ts';
import { EXIT, say } from '../errors.ts';
import { writeError } from '../flows-file.ts';
import { IMBALANCE_OPTIONS, imbalanceOf, SEARCH_OPTION, searchOf, settingsOf } from '../settings.ts';
import { formatCount, printable } from '../words.ts';

const SPLITS = ['official', 'time', 'group', 'random'] as const;
const HOLD_BACK = ['random', 'shifted'] as const;
const DUPLICATES = ['keep', 'drop'] as const;
const MAX_SEED = 2 ** 32 - 1;
const MOST_SEEDS = 20;

export const EVALUATE: CommandSpec = {
  name: 'evaluate',
  usage: 'sonde evaluate --train FILE… [--test FILE…] [options]',
  summary:
    'Compares detectors on labelled records: NSL-KDD, KDD Cup 99, UNSW-NB15, CIC-IDS2017/2018, CTU-13, Zeek conn.log,\n' +
    'our own flows and features, and any CSV (--label); plain or gzip, recognised by their columns. Scalers, thresholds,\n' +
    'weights and choices come from the training data; the test file is only judged by.',
  options: [
    { name: 'train', value: 'FILE', help: 'training data; more files may follow, or give it again', repeatable: true },
    {
      name: 'test',
      value: 'FILE',
      help: 'official test data; of another format: judged by what both say',
      repeatable: true,
    },
    { name: 'json', help: 'print the report as one JSON document (schema sonde.evaluate/1)' },
    { name: 'format', value: 'ID', help: `instead of recognising it: ${FORMAT_IDS.join(', ')}` },
    ...MAPPING_OPTIONS,
    { name: 'regime', value: 'NAME', help: `${REGIMES.join(', ')} (default normal-only)` },
    { name: 'detectors', value: 'ID,…', help: 'all (default), or some of the regime' },
    { name: 'split', value: 'HOW', help: 'without --test: time (default), group, random' },
    { name: 'seeds', value: '1,2,3', help: 'one result a seed (default 1,2,3)' },
    { name: 'validation', value: 'F', help: 'share of the training data for thresholds and choices (default 0.2)' },
    {
      name: 'hold-back',
      value: 'HOW',
      help: 'random (default): that share; shifted: six folds as if traffic had drifted, then all is learned',
    },
    { name: 'target-fpr', value: 'F', help: 'what the threshold is set for, on validation data (default 0.05)' },
    { name: 'duplicates', value: 'HOW', help: 'test records that also stand in training data: drop (default), keep' },
    { name: 'keep-shortcuts', help: 'learn from addresses, ports and times too' },
    ...IMBALANCE_OPTIONS,
    {
      name: 'set',
      value: 'ID.NAME=N,…',
      help: 'a parameter of a detector (docs/lab-models.md), as random-forest.trees=200; repeatable',
      repeatable: true,
    },
    SEARCH_OPTION,
    {
      name: 'experiment',
      value: 'FILE',
      help: 'read these options from a JSON file, named as here, or as the desk exports it',
    },
    { name: 'details', help: 'with --json: what figures are drawn from too, and both baselines' },
    { name: 'progress', help: 'show progress on standard error also where it is no terminal' },
    { name: 'help', help: 'show this' },
  ],
};

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

interface ReadExperiment {
  args: string[];
  exported: Experiment | undefined;
  mapping: CsvMapping | undefined;
}

/** An experiment file: its options as arguments, and what the desk says of the data it was made with. @throws SondeError */
async function readExperiment(path: string): Promise<ReadExperiment> {
  const content = await jsonFile(path, 'evaluate');
  const wrong = (what: string): SondeError =>
    usageError(`${path}: ${what}`, path, 'Write { "train": ["FILE"], "regime": "normal-only", … }.');
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw wrong('is not a JSON object');
  const exported = experimentOf(content, path);
  const { mapping, ...options } = { mapping: undefined, ...(exported?.options ?? content) };
  const args = Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    const isList = name === 'train' || name === 'test' || name === 'positive' || name === 'set';
    if (value === true && SWITCHES.includes(name)) return [`--${name}`];
    if (value === false && SWITCHES.includes(name)) return [];
    const values = (Array.isArray(value) ? value : [value]).map(textOf);
    const known = values.filter((each) => each !== undefined);
    if (known.length === 0 || known.length !== values.length) throw wrong(`"${name}" is not a text, number or list`);
    return isList ? known.flatMap((each) => [`--${name}`, each]) : [`--${name}=${known.join(',')}`];
  });
  return { args, exported, mapping: mapping === undefined ? undefined : mappingOf(mapping, path) };
}

const SWITCHES: readonly string[] = ['keep-shortcuts', 'details'];

function seedsOf(parsed: Parsed): number[] {
  const text = parsed.value('seeds') ?? '1,2,3';
  const seeds = text.split(',').map((part) => (/^\d+$/.test(part) ? Number(part) : NaN));
  const good = seeds.length <= MOST_SEEDS && seeds.every((seed) => seed >= 0 && seed <= MAX_SEED);
  if (good && new Set(seeds).size === seeds.length) return seeds;
  throw usageError(
    `--seeds ${text}: not up to ${MOST_SEEDS} different whole numbers`,
    '--seeds',
    'Write --seeds 1,2,3.',
  );
}

async function optionsOf(parsed: Parsed): Promise<EvaluateOptions> {
  const train = parsed.values('train');
  if (parsed.files.length > 0) {
    throw usageError(`${parsed.files[0]}: for what?`, parsed.files[0]!, 'Write --train FILE or --test FILE.');
  }
  if (train.length === 0) {
    throw usageError('--train is missing', '--train', 'Write sonde evaluate --train FILE --test FILE.');
  }
  const format = parsed.value('format');
  const detectors = parsed.value('detectors');
  const wanted = detectors === undefined || detectors === 'all' ? undefined : detectors.split(',');
  const test = parsed.values('test');
  const mapping = await mappingFor(parsed, 'evaluate');
  const split = oneOf(parsed, 'split', SPLITS) ?? (test.length > 0 ? 'official' : 'time');
  return {
    train,
    test,
    ...(format !== undefined && { format }),
    ...(mapping && { mapping }),
    ...(wanted && { detectors: wanted }),
    regime: oneOf(parsed, 'regime', REGIMES) ?? 'normal-only',
    split,
    seeds: seedsOf(parsed),
    validation: share(parsed, 'validation', 0.2),
    targetFpr: share(parsed, 'target-fpr', 0.05),
    holdBack: oneOf(parsed, 'hold-back', HOLD_BACK) ?? 'random',
    duplicates: oneOf(parsed, 'duplicates', DUPLICATES) ?? 'drop',
    keepShortcuts: parsed.on('keep-shortcuts'),
    ...imbalanceOf(parsed),
    parameters: settingsOf(parsed),
    search: searchOf(parsed),
    details: parsed.on('details'),
    clock: () => performance.now(),
  };
}

/** `trees=200, maxDepth=16` */
const valuesText = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values)
    .map(([id, value]) => `${id}=${value}`)
    .join(', ');

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function lineOf(results: readonly DetectorResult[], selected: boolean): string {
  const of = (pick: (result: DetectorResult) => number): string => mean(results.map(pick)).toFixed(3).padStart(8);
  return (
    (selected ? '* ' : '  ') +
    results[0]!.detector.padEnd(22) +
    of((r) => r.rocAuc) +
    of((r) => r.prAuc) +
    of((r) => r.recallAtFpr['0.001']!) +
    of((r) => r.recallAtFpr['0.01']!) +
    of((r) => r.recallAtFpr['0.05']!) +
    of((r) => r.threshold.fpr) +
    of((r) => r.threshold.recall) +
    of((r) => r.threshold.f1)
  );
}

function sameText({ duplicatesAcross, alikeAcross }: EvaluationReport['data']): string {
  if (alikeAcross <= duplicatesAcross) {
    return `${formatCount(duplicatesAcross)} records of the test data also stand in the training data`;
  }
  const equal = `${formatCount(alikeAcross)} records of the test data equal one of the training data in all that is learned from`;
  return `${equal}, ${formatCount(duplicatesAcross)} of them in every column`;
}

/** The report for people: means over the seeds. */
export function evaluationText({ data, warnings, results, selected, settings }: EvaluationReport): string {
  const { train, test, features } = data;
  const set = (name: string, part: typeof train): string =>
    `${name} ${part.format}: ${formatCount(part.normal)} ordinary records, ${formatCount(part.attack)} attacks` +
    (part.skipped > 0 ? `, ${formatCount(part.skipped)} left out (${part.skippedReasons[0]!.reason})` : '');
  const ids = [...new Set(results.map(({ detector }) => detector))];
  const heads = ['ROC-AUC', 'PR-AUC', 'at .1%', 'at 1%', 'at 5%', 'FPR', 'recall', 'F1'];
  return [
    set('Learned from', train),
    set('Judged by', test),
    ...settings.search.map(({ detector, tried, chosen }) => {
      const best = Math.max(...tried.map(({ mean: auc }) => auc));
      return `Of ${tried.length} settings of ${detector} the best, ROC-AUC ${best.toFixed(3)} on validation data: ${valuesText(chosen)}`;
    }),
    `${sameText(data)}; ${features} columns`,
    ...warnings.map(({ message }) => `Note: ${message}.`),
    '',
    `  ${'detector'.padEnd(22)}${heads.map((head) => head.padStart(8)).join('')}`,
    ...ids.map((id) =>
      lineOf(
        results.filter(({ detector }) => detector === id),
        id === selected,
      ),
    ),
    '',
    'at .1%, 1%, 5%: recall where so many ordinary records are alarms. FPR, recall, F1: at the threshold that',
    `validation data set for ${results[0]!.threshold.targetFpr}. * is what validation data would choose.`,
    '',
  ]
    .map(printable)
    .join('\n');
}

/** What may stand beside --experiment: how the report is to look, not what is done. */
const OUTPUT: readonly string[] = ['json', 'progress'];

export async function evaluateCommand(args: readonly string[]): Promise<number> {
  let parsed = parseArguments(EVALUATE, spreadLists(args, ['--train', '--test']));
  if (parsed.on('help')) {
    process.stdout.write(helpOf(EVALUATE));
    return EXIT.DONE;
  }
  const experiment = parsed.value('experiment');
  let exported: Experiment | undefined;
  let mapping: CsvMapping | undefined;
  if (experiment !== undefined) {
    const others = EVALUATE.options.filter(({ name }) => !OUTPUT.includes(name) && name !== 'experiment');
    const given = others.find(({ name }) => parsed.on(name));
    if (given) {
      throw usageError(`--experiment and --${given.name} together`, `--${given.name}`, 'Write it into the file.');
    }
    const output = OUTPUT.filter((name) => parsed.on(name)).map((name) => `--${name}`);
    const read = await readExperiment(experiment);
    ({ exported, mapping } = read);
    parsed = parseArguments(EVALUATE, [...read.args, ...output]);
  }
  const options = await optionsOf(parsed);
  const show = parsed.on('progress') || process.stderr.isTTY;
  const report = await evaluate({
    ...options,
    ...(mapping && { mapping }),
    ...(show && { onProgress: (what) => say(what) }),
  });
  if (exported) report.warnings.push(...otherData(exported, report));
  const text = parsed.on('json') ? `${JSON.stringify(report, null, 1)}\n` : evaluationText(report);
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(writeError(error, 'standard output', 'the report is not complete'));
      else resolve();
    });
  });
  return EXIT.DONE;
}
