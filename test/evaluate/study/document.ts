/** docs/study.md: templates that the runs fill. No figure of a result stands here. */
import { spread } from '../../../scripts/lib/evaluation-tables.mjs';
import type { DetectorResult, Regime } from '../../../src-main/detect/lab/report.ts';
import { detectorName } from '../../../src-renderer/features/lab/words.ts';
import {
  accuracyAtHalf,
  atFpr,
  BASELINE,
  intervalOf,
  kindsOf,
  mean,
  meanOf,
  methodOf,
  RULE,
  selectedOf,
  type Judged,
  type Method,
} from './analysis.ts';
import { keyMethods, type Figure } from './figures.ts';
import { METHODS } from './methods.ts';
import type { Part } from './part.ts';
import { commandOf, STUDY_REGIMES, type StudySet } from './sets.ts';
import type { Fitted, Training } from './training.ts';
import { count, percent, REGIME_TITLES, seconds } from './words.ts';

export interface Study {
  judged: readonly Judged[];
  /** Sets on which nothing was run. */
  missing: readonly StudySet[];
  parts: readonly Part[];
  figures: ReadonlyMap<Judged, readonly Figure[]>;
  training: Training | undefined;
}

const FOREST = 'random-forest';
const MOST_KINDS = 16;

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${heads.join(' | ')} |`,
  `|${'---|'.repeat(heads.length)}`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
];

const three = (value: number): string => value.toFixed(3);
const across = (method: Method, pick: (result: DetectorResult) => number): string => spread(method.results.map(pick));
const listed = (values: readonly string[]): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} and ${values.at(-1)}`;
const unique = (values: readonly string[]): string[] => [...new Set(values)];
const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');

function machines(parts: readonly Part[]): string {
  const told = unique(
    parts.map(
      ({ machine }) =>
        `${machine.processor}, ${machine.cores} processors, ${machine.memoryGiB} GiB of memory, ${machine.system}, Node ${machine.node}, Sonde ${machine.sonde}`,
    ),
  );
  const days = unique(parts.map(({ day }) => day)).sort();
  return `${days.length === 1 ? days[0] : `${days[0]} to ${days.at(-1)}`}; ${told.join('; ')}`;
}

function pairOf(study: Study): { official: Method; random: Method } | undefined {
  const [official, random] = ['nsl-kdd', 'nsl-kdd-random'].map((id) => {
    const judged = study.judged.find(({ set }) => set.id === id);
    return judged && methodOf(judged, FOREST);
  });
  return official && random && { official, random };
}

const PAIR_ROWS: readonly [what: string, pick: (result: DetectorResult) => number][] = [
  ['ROC-AUC', ({ rocAuc }) => rocAuc],
  ['accuracy at a stated probability of a half', (result) => accuracyAtHalf(result) ?? NaN],
  ['accuracy at the threshold set for 5 % false positives', ({ threshold }) => threshold.accuracy],
  ['false positives there', ({ threshold }) => threshold.fpr],
  ['recall at 5 % false positives', atFpr('0.05')],
  ['recall at 1 % false positives', atFpr('0.01')],
];

function pairSection(study: Study): string[] {
  const pair = pairOf(study);
  if (!pair) return [];
  const { official, random } = pair;
  const half = (method: Method): string => percent(meanOf(method, (result) => accuracyAtHalf(result) ?? NaN));
  return [
    '## The pair of numbers',
    '',
    `The same random forest, the same training file of NSL-KDD, judged in two ways. Divided at random it is right in **${half(random)}** ` +
      `of the records; by the official test file, made to hold what is new, in **${half(official)}** (an alarm is a stated probability of a half or more). The first says how well it recognises ` +
      'what it has seen: records of one and the same attack stand on both sides. Whoever quotes only that number says nothing about a network.',
    '',
    ...table(
      ['random forest', 'at random', 'official test file'],
      PAIR_ROWS.map(([what, pick]) => [what, across(random, pick), across(official, pick)]),
    ),
    '',
    'In both columns the kinds of attack that a seed holds back for validation are not learned from.',
    '',
  ];
}

const short = (method: Method): string =>
  [
    three(meanOf(method, ({ rocAuc }) => rocAuc)),
    ...(['0.01', '0.05'] as const).map((fpr) => three(meanOf(method, atFpr(fpr)))),
  ].join(' · ');

const named = (method: Method | undefined): string => (method ? `${method.name}: ${short(method)}` : '');

function shortly({ judged }: Study): string[] {
  const rows = judged
    .filter(({ set }) => !set.isSample)
    .flatMap((each) =>
      STUDY_REGIMES.flatMap((regime) => {
        const own = each.methods.filter((method) => method.regime === regime);
        if (own.length === 0) return [];
        const area = (method: Method): number => meanOf(method, ({ rocAuc }) => rocAuc);
        const [best] = own.sort((a, b) => area(b) - area(a));
        return [
          [
            `[${each.set.title}](#${anchor(each.set.title)})`,
            REGIME_TITLES[regime],
            named(methodOf(each, regime === 'supervised' ? RULE : BASELINE)),
            named(selectedOf(each, regime)),
            named(best),
          ],
        ];
      }),
    );
  const lost = rows.filter(([, , , chosen, best]) => chosen !== best).length;
  return [
    '## In short',
    '',
    'ROC-AUC · recall at 1 % · recall at 5 % false positives, means over the seeds.',
    '',
    ...table(['set', 'learns', 'the simplest', 'chosen by validation data', 'greatest ROC-AUC on test data'], rows),
    '',
    `What validation data choose is not the best on the test data in ${lost} of ${rows.length} cases; the last column is known only afterwards.`,
    '',
  ];
}

function dataSection({ judged, missing }: Study): string[] {
  const rows = judged.map((each) => {
    const { train, test, duplicatesAcross } = each.data;
    return [
      `[${each.set.title}](#${anchor(each.set.title)})`,
      train.format,
      `${count(train.normal)} + ${count(train.attack)}`,
      `${count(test.normal)} + ${count(test.attack)}`,
      String(kindsOf(each)),
      each.features.join(', '),
      `${count(duplicatesAcross)} ${each.set.duplicates === 'drop' ? 'left out' : 'judged'}`,
      count(train.skipped + (each.set.test.length === 0 ? 0 : test.skipped)),
    ];
  });
  return [
    '## Data',
    '',
    ...table(
      [
        'set',
        'format',
        'learned from: ordinary + attacks',
        'judged by',
        'kinds judged',
        'columns once encoded',
        'test records also learned from',
        'bad records',
      ],
      rows,
    ),
    '',
    'Detectors without labels learn from the ordinary records alone. Addresses, ports, times and what is counted by them are never ' +
      'learned from. The files lie beside the project, not in it; their SHA-256 stands at each set.',
    '',
    ...(missing.length === 0 ? [] : [`**Not run here**: ${missing.map(({ title }) => title).join('; ')}.`, '']),
  ];
}

function methodsSection({ judged }: Study): string[] {
  const used = unique(judged.flatMap(({ methods }) => methods.map(({ id }) => id)));
  const rows = used.map((id) => {
    const { text, mark } = METHODS[id] ?? { text: 'a detector of the lab', mark: '' };
    const regime = judged.flatMap(({ methods }) => methods).find((method) => method.id === id)!.regime;
    return [detectorName(id), REGIME_TITLES[regime], text, mark];
  });
  return [
    '## Methods',
    '',
    ...table(['method', 'learns', 'what it does', ''], rows),
    '',
    'Settings are those of the program, the same for every set. How they came about: [evaluation.md](evaluation.md); what they are: ' +
      '[detectors.md](detectors.md).',
    '',
  ];
}

function judgingSection({ judged }: Study): string[] {
  const seeds = judged.map(({ set }) => set.seeds.length);
  return [
    '## How it is judged',
    '',
    `- A fifth of the training data is held back by seed: ordinary records at random and, for methods that learn from labels, whole kinds ` +
      'of attack. It sets thresholds and weights and decides what is *chosen*; the test data decide nothing.',
    `- ${Math.min(...seeds)} to ${Math.max(...seeds)} seeds a set: mean ± half of the range. Intervals of recall: from the least to the ` +
      'greatest end of the seeds’ 95 % intervals (Wilson), which counts how many attacks there were, not how they were picked.',
    '- *Recall at 1 %, at 5 %*: with the best threshold for that rate on the test data. *At its own threshold*: the one that validation ' +
      'data set for 5 %, which is what somebody who uses it would get.',
    `- The simplest that must be beaten: **${detectorName(BASELINE)}** without labels, **${detectorName(RULE)}** (one condition on one column) with labels.`,
    '- *Processor time* is of all threads, learning and scoring apart, mean over the seeds; where a method is made of others, with theirs. ' +
      '*Memory* is the peak of a process that does nothing else: the program, the data and the method.',
    '',
  ];
}

function resultRow(judged: Judged, method: Method): string[] {
  const name = method.isSelected ? `**${method.name}** (chosen)` : method.name;
  const interval = intervalOf(method, atFpr('0.05'), judged.data.test.attack).map(three).join(' to ');
  return [
    name,
    across(method, ({ rocAuc }) => rocAuc),
    across(method, ({ prAuc }) => prAuc),
    across(method, atFpr('0.01')),
    `${across(method, atFpr('0.05'))} (${interval})`,
    across(method, ({ threshold }) => threshold.fpr),
    across(method, ({ threshold }) => threshold.recall),
    across(method, ({ threshold }) => threshold.precision),
    across(method, ({ threshold }) => threshold.f1),
    across(method, ({ threshold }) => threshold.accuracy),
  ];
}

const RESULT_HEADS = [
  'method',
  'ROC-AUC',
  'PR-AUC',
  'recall at 1 %',
  'recall at 5 % (interval)',
  'own threshold: FPR',
  'recall',
  'precision',
  'F1',
  'accuracy',
];

/** Who does not beat the simplest of the regime. */
function notBetter(judged: Judged, regime: Regime): string[] {
  const simplest = methodOf(judged, regime === 'supervised' ? RULE : BASELINE);
  if (!simplest) return [];
  const limit = meanOf(simplest, ({ rocAuc }) => rocAuc);
  const others = judged.methods.filter((method) => method.regime === regime && method !== simplest);
  if (others.length === 0) return [];
  const worse = others.filter((method) => meanOf(method, ({ rocAuc }) => rocAuc) <= limit);
  return [
    worse.length === 0
      ? `All others beat ${simplest.name} by ROC-AUC (${three(limit)}).`
      : `By ROC-AUC ${worse.length} of ${others.length} do not beat ${simplest.name} (${three(limit)}): ${listed(worse.map(({ name }) => name))}.`,
  ];
}

function regimeSection(judged: Judged, regime: Regime): string[] {
  const methods = judged.methods.filter((method) => method.regime === regime);
  if (methods.length === 0) return [];
  const rule = regime === 'supervised' ? methodOf(judged, RULE) : undefined;
  const title = REGIME_TITLES[regime];
  return [
    `**${title[0]!.toUpperCase()}${title.slice(1)}**`,
    '',
    ...table(
      RESULT_HEADS,
      methods.map((method) => resultRow(judged, method)),
    ),
    '',
    ...notBetter(judged, regime),
    ...(rule
      ? [`The one-line rule is: ${listed(unique(rule.results.map(({ chosen }) => `\`${chosen}\``)))}: an attack.`]
      : []),
    '',
  ];
}

function pictures(figures: readonly Figure[], wanted: (name: string) => boolean): string[] {
  return figures
    .filter(({ name }) => wanted(name))
    .flatMap(({ name, alt }) => [`![${alt.replaceAll(/[[\]]/g, '')}](study/${name}.svg)`, '']);
}

function setSection(judged: Judged, figures: readonly Figure[]): string[] {
  const { set, data, warnings, refused } = judged;
  const hashes = unique([data.train.sha256, data.test.sha256]).map((hash) => `\`${hash.slice(0, 16)}…\``);
  return [
    `### ${set.title}`,
    '',
    ...(set.isSample
      ? [
          `**A sample of ${count(data.train.rows + data.test.rows)} records, divided at random**: it shows that the reader and the methods work ` +
            'on the real columns. Its figures judge nothing.',
          '',
        ]
      : []),
    `${set.caution} SHA-256 ${listed(hashes)}.`,
    '',
    ...STUDY_REGIMES.flatMap((regime) => regimeSection(judged, regime)),
    ...pictures(figures, (name) => name.endsWith('-curves') || name.endsWith('-recall') || name.endsWith('-scores')),
    ...(warnings.length === 0 ? [] : [...warnings.map((message) => `- Note of the run: ${message}.`), '']),
    ...(refused.length === 0
      ? []
      : [`Not for these data: ${refused.map(({ name, why }) => `${name} ${why}`).join('; ')}.`, '']),
  ];
}

function kindsSection(judged: Judged, figures: readonly Figure[]): string[] {
  const methods = keyMethods(judged);
  const told = methods[0]!.results[0]!.perKind;
  const rest = told.slice(MOST_KINDS);
  const cell = (method: Method, kind: string): string => {
    const { recall, interval } = method.results[0]!.perKind.find((each) => each.kind === kind)!;
    return `${percent(recall)} (${percent(interval[0])} to ${percent(interval[1])})`;
  };
  const missed = (method: Method): string[] =>
    method.results[0]!.perKind.filter(({ recall, support }) => recall < 0.5 && support >= 10).map(({ kind }) => kind);
  const blind = methods.map((method) => {
    const kinds = missed(method);
    return kinds.length === 0
      ? `${method.name}: none`
      : `${method.name}: ${kinds.slice(0, 8).join(', ')}${kinds.length > 8 ? ` and ${kinds.length - 8} more` : ''}`;
  });
  return [
    `### ${judged.set.title}: kinds`,
    '',
    `Found at the threshold set for 5 %, first seed, with 95 % intervals. Of kinds with ten records or more, less than half is found of: ${blind.join('; ')}.`,
    '',
    ...table(
      ['kind', 'records', ...methods.map(({ name, regime }) => `${name}, ${REGIME_TITLES[regime]}`)],
      told
        .slice(0, MOST_KINDS)
        .map(({ kind, support }) => [kind, count(support), ...methods.map((method) => cell(method, kind))]),
    ),
    ...(rest.length === 0
      ? []
      : [
          '',
          `${rest.length} rarer kinds, ${count(rest.reduce((sum, { support }) => sum + support, 0))} records together, are left out here.`,
        ]),
    '',
    ...pictures(figures, (name) => name.endsWith('-kinds')),
  ];
}

function costSection(study: Study): string[] {
  const judged = study.judged.filter(({ set }) => !set.isSample);
  return [
    '## Cost',
    '',
    'Learning: processor time for one seed. Scoring: for a thousand test records (equal records are scored once). Memory: peak of the process.',
    '',
    ...judged.flatMap((each) => [
      `### ${each.set.title}: cost`,
      '',
      ...table(
        ['method', 'learns', 'learning', 'scoring 1,000 records', 'peak memory', 'recall at 5 %'],
        each.methods.map((method) => [
          method.name,
          REGIME_TITLES[method.regime],
          seconds(method.learnSeconds),
          `${((method.scoreSeconds / each.data.test.rows) * 1e6).toFixed(1)} ms`,
          `${count(method.part.peakMiB)} MiB`,
          across(method, atFpr('0.05')),
        ]),
      ),
      '',
      ...pictures(study.figures.get(each) ?? [], (name) => name.endsWith('-cost')),
    ]),
  ];
}

function atFullSize(library: string, most: Fitted, theirs: readonly Fitted[]): string {
  const [few, many] = [theirs[0]!, theirs.at(-1)!];
  const growth =
    few === many
      ? ''
      : `From ${count(few.rows)} to ${count(many.rows)} records, ${(many.rows / few.rows).toFixed(0)} times as many, the processor time of ` +
        `${library} grows ${(many.processorSeconds / few.processorSeconds).toFixed(0)} times. `;
  const hours = (many.processorSeconds * most.rows) / many.rows / 3600;
  return (
    `${growth}If from there on it grew only as the records do, all ${count(most.rows)} would take it ${hours.toFixed(1)} hours; ` +
    `Sonde takes ${seconds(most.processorSeconds)}. That was computed, not run.`
  );
}

/** What learning by labels costs at full size, beside a library. */
function trainingSection({ training }: Study): string[] {
  if (!training) return [];
  const { fits, library, machine, trees, judged, minutes, load, day } = training;
  const most = fits.find(({ by, rows, fitted }) => by === 'ours' && fitted && rows === training.whole)?.fitted;
  const gaveUp = fits.find(({ by, fitted }) => by === 'library' && !fitted);
  const theirs = fits.flatMap(({ by, fitted }) => (by === 'library' && fitted ? [fitted] : []));
  return [
    '### Learning at full size',
    '',
    `A random forest of ${trees} trees on the 10 % file of KDD Cup 99, each fit in a process of its own (\`npm run bench:lab\`, ${day}, ` +
      `${machine.cores} × ${machine.processor}, load ${load.toFixed(1)}: the clock tells also what else the machine did). Beside it ${library}, ` +
      `from npm, with as many trees and columns tried, on the same rows. Both are judged by ${count(judged)} rows that neither learned from, drawn at random.`,
    '',
    ...table(
      ['by', 'records × columns', 'by the clock', 'processor time', 'peak memory', 'right'],
      fits.flatMap(({ by, fitted }) =>
        fitted
          ? [
              [
                by === 'ours' ? 'Sonde' : library,
                `${count(fitted.rows)} × ${fitted.columns}`,
                seconds(fitted.wallSeconds),
                seconds(fitted.processorSeconds),
                `${count(fitted.peakMiB)} MiB`,
                fitted.accuracy === null ? '' : percent(fitted.accuracy),
              ],
            ]
          : [],
      ),
    ),
    '',
    ...(gaveUp ? [`${library} was not done with ${count(gaveUp.rows)} records in ${minutes} minutes and 8 GiB.`] : []),
    ...(most && theirs.length > 0 ? [atFullSize(library, most, theirs)] : []),
    '',
  ];
}

function threats({ judged, parts }: Study): string[] {
  const promises = judged
    .filter(({ set }) => set.split === 'official')
    .flatMap((each) =>
      STUDY_REGIMES.flatMap((regime) => {
        const chosen = selectedOf(each, regime);
        return chosen
          ? [`${percent(meanOf(chosen, ({ threshold }) => threshold.fpr))} (${chosen.name}, ${each.set.title})`]
          : [];
      }),
    );
  const samples = judged.filter(({ set }) => set.isSample);
  const single = judged.filter(({ set }) => set.seeds.length === 1);
  const fewKinds = judged.filter((each) => kindsOf(each) < 2);
  const load = mean(parts.map(({ wallSeconds, processorSeconds }) => wallSeconds / processorSeconds));
  return [
    '## Threats to validity',
    '',
    `- **Thresholds do not carry over.** Set for 5 % false positives on validation data, what was chosen has on test data: ${listed(promises)}.`,
    '- **Old and simulated traffic.** NSL-KDD and KDD Cup 99 are simulations of 1998; the Zeek logs are two days of one laboratory. ' +
      'None of it is your network, and shares of attacks as here are found in none: precision and accuracy follow that share.',
    ...(fewKinds.length === 0
      ? []
      : [
          `- **One kind of attack**: ${listed(fewKinds.map(({ set }) => set.title))}. No kind can be left out for validation there.`,
        ]),
    ...(samples.length === 0
      ? []
      : [
          `- **Samples**: ${listed(samples.map(({ set }) => set.title))} hold too few records, and too few kinds, to rank anything.`,
        ]),
    ...(single.length === 0
      ? []
      : [
          `- **One seed**: ${listed(single.map(({ set }) => set.title))}. What is chance cannot be told from what is not.`,
        ]),
    '- **Who chose the settings** had seen earlier figures of NSL-KDD’s test file; [evaluation.md](evaluation.md) says when and how often. ' +
      'This study itself chooses nothing.',
    '- **Selection without labels** goes by made-up anomalies, which are not attacks; the tables show how often it picks another than the best.',
    '- **Intervals** count attacks, not how records hang together: of one flood there are thousands, and they fall or stand as one.',
    `- **Times** are processor times; the clock ran ${load.toFixed(1)} times as long, other work being done on the machine meanwhile.`,
    '',
  ];
}

function repeatSection({ judged }: Study): string[] {
  return [
    '## How to repeat it',
    '',
    'All of it, or one set; what was run before counts for the others:',
    '',
    '```sh',
    'npm run study',
    'npm run study -- --only nsl-kdd',
    'npm run study -- --missing      # what was not run yet',
    'npm run study -- --document     # this page and its figures again, from what was run',
    '```',
    '',
    'The same figures from the command line, a set and a regime at a time (`--json --details` gives what the figures are drawn from):',
    '',
    '```sh',
    ...judged.flatMap(({ set }) => STUDY_REGIMES.map((regime) => commandOf(set, regime))),
    '```',
    '',
    'In the desk, with every figure to be moved by hand (`npm start`, then **Lab**, `g` `b`):',
    '',
    '1. *New experiment* (`e`). Drop the training file, and the test file beside it; without one, choose *At random* where the command has `--split random`.',
    '2. *Ordinary records only* is `normal-only`, *With labels* is `supervised`. Seeds as in the command. All else stays as it is.',
    '3. *Start*. The result has the curves with their bands, the threshold to be dragged, kinds, calibration and importance; mark two experiments to see them side by side.',
    '4. *Export experiment* gives one file that `sonde evaluate --experiment FILE` repeats to the digit.',
    '',
  ];
}

/** The whole page. */
export function documentOf(study: Study): string {
  const { judged, parts, figures } = study;
  const lines = [
    '# A comparative study',
    '',
    '<!-- written by npm run study: every figure below comes from its runs -->',
    '',
    `Methods against rules and baselines on labelled records, and what each costs. ${machines(parts)}. Everything here was written by \`npm run study\`; ` +
      '[how to repeat it](#how-to-repeat-it) stands at the end, on the command line and live in the desk.',
    '',
    '## Question',
    '',
    'Which method finds attacks among flow records, at false alarms that somebody could live with, when the test data were not made of the training data? ' +
      'Is it better than one condition on one column, or than adding up how far each column is from its mean? What does it cost?',
    '',
    ...shortly(study),
    ...pairSection(study),
    ...dataSection(study),
    ...methodsSection(study),
    ...judgingSection(study),
    '## Results',
    '',
    ...judged.flatMap((each) => setSection(each, figures.get(each) ?? [])),
    '## Kinds of attack',
    '',
    ...judged.filter(({ set }) => !set.isSample).flatMap((each) => kindsSection(each, figures.get(each) ?? [])),
    ...costSection(study),
    ...trainingSection(study),
    ...threats(study),
    ...repeatSection(study),
  ];
  return `${lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}
