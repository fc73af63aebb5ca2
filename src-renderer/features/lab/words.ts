/** What the lab's choices mean, in words. */
import {
  LEARN_MADE_UP,
  type CLASS_WEIGHTS,
  type HOLD_BACK,
  type REGIMES,
  type SAMPLINGS,
} from '../../../src-shared/domain/lab.ts';
import type { LabOptions } from '../../../src-shared/contract/topics/lab.ts';
import { plainNumber } from '../../../src-shared/features/words.ts';

export const REGIME_WORDS: Record<(typeof REGIMES)[number], { title: string; text: string }> = {
  'normal-only': {
    title: 'Ordinary records only',
    text: 'Labels leave the attacks out of the training data and do nothing else: what is unlike them is called unusual.',
  },
  contaminated: {
    title: 'All records, no labels',
    text: 'Nobody says what is an attack: as on a network of which nothing is known.',
  },
  supervised: {
    title: 'With labels',
    text: 'Learns what attacks look like. Whole kinds are left out for validation, so that new ones count.',
  },
};

const MADE_UP =
  'the greatest mean ROC-AUC on held-back records against anomalies that were made up from them (values of another record, ' +
  'or beyond all values seen).';

/** What `selected` goes by. */
export const CRITERION: Record<(typeof REGIMES)[number], string> = {
  'normal-only': `${MADE_UP} No attack of the training data had a say.`,
  contaminated: `${MADE_UP} No label had a say.`,
  supervised:
    'the greatest mean ROC-AUC on held-back records against attacks of kinds that were left out of learning (at random ' +
    'where there is one kind only).',
};

/** Who takes no part in that choice; '' where nobody is left out. */
export function notRanked(rows: readonly { detector: string; selected: boolean }[]): string {
  const out = rows.filter(({ detector }) => LEARN_MADE_UP.includes(detector));
  // One of them is selected only where there are no others.
  if (out.length === 0 || out.some(({ selected }) => selected)) return '';
  const names = out.map(({ detector }) => detectorName(detector)).join(' and ');
  const why = out.length === 1 ? 'it learns from made-up records, which flatter it' : 'they learn from made-up records, which flatter them'; // prettier-ignore
  return `Left out of that choice, whatever their figures: ${names}, as ${why}.`;
}

export const SPLIT_WORDS = {
  time: { title: 'By time', text: 'Learns from the first 70 %, judged by what came after.' },
  group: { title: 'By host or day', text: 'What belongs together stays on one side.' },
  random: { title: 'At random', text: 'Records of one attack stand on both sides.' },
} as const;

export const HOLD_BACK_WORDS: Record<(typeof HOLD_BACK)[number], { title: string; text: string }> = {
  random: {
    title: 'A random share',
    text: 'Of the training data, as much as is held back; with labels, whole kinds of attack beside it.',
  },
  shifted: {
    title: 'As if traffic had drifted',
    text:
      'Six times, ordinary records on one side of a direction of four columns, and each kind of attack once; then all is learned. ' +
      'Takes seven times as long, the share above does not count, and detectors that look at several records are left out.',
  },
};

export const RANDOM_WARNING =
  'A random split puts records of the same attack on both sides. Its figures say how well what was seen is recognised, not ' +
  'how well anything new is: on NSL-KDD 0.998 accuracy, where the official test file gives 0.77.';

const NAMES: Readonly<Record<string, string>> = {
  'mean-z2': 'mean z²',
  'one-rule': 'one-line rule',
  'median-mad': 'median/MAD',
  'iqr-fences': 'quartile fences',
  dbscan: 'DBSCAN',
  'gru-autoencoder': 'GRU autoencoder',
  'gradient-boosting': 'gradient-boosted trees',
};

export const WEIGHT_WORDS: Record<(typeof CLASS_WEIGHTS)[number], string> = {
  balanced: 'Each class counts half',
  none: 'Each record counts once',
};

export const SAMPLING_WORDS: Record<(typeof SAMPLINGS)[number], string> = {
  none: 'All records, once each',
  under: 'Fewer of the larger class',
  over: 'Repeats of the smaller class',
};

/** What each goes by, in a line. */
const EXPLAINED: Readonly<Record<string, string>> = {
  'mean-z2': 'how far columns lie from their means, squared and averaged',
  'median-mad': 'how far columns lie from their medians',
  'iqr-fences': 'how far columns lie beyond the middle half',
  'isolation-forest': 'how few random splits set a record apart',
  'k-nearest': 'how far the most similar records are',
  'local-outlier': 'how much thinner it is around a record than around its neighbours',
  'k-means': 'how far the nearest cluster is',
  'gaussian-mixture': 'how improbable a record is among bell curves',
  dbscan: 'how far the nearest dense record is',
  autoencoder: 'how badly a network gives the record back',
  'variational-autoencoder': 'how badly a network that learns a spread gives the record back',
  'gru-autoencoder': 'how badly what a host did lately can be told again',
  'graph-statistics': 'who speaks with how many, and how newly',
  'graph-attention': 'how badly a network over the graph of hosts gives the flow back',
  'contrast-forest': 'a forest that tells ordinary records from some made up of them',
  'contrast-ensemble': 'mean z², mixture, nearest records and contrast forest together',
  ensemble: 'five kinds of detector together, weighed on validation data',
  'one-rule': 'one column and one threshold: what must be beaten',
  'logistic-regression': 'columns added up with weights',
  'random-forest': 'trees that vote',
  'gradient-boosting': 'trees added up, each correcting those before',
  'stacked-forest': 'trees that vote, and see what four detectors say',
  'open-forest': 'a forest that tells ordinary records from attacks and from made-up ones',
  'open-ensemble': 'open forest, nearest records and contrast forest together',
};

export function detectorWords(id: string): string {
  return EXPLAINED[id] ?? '';
}

export function detectorName(id: string): string {
  return NAMES[id] ?? id.replaceAll('-', ' ');
}

/** What anything learned must beat; shown whatever else is. */
export const BASELINES: readonly string[] = ['mean-z2', 'one-rule'];

export function fixed(value: number): string {
  return value.toFixed(3);
}

/** A score, short; every digit is one hover away. */
export function scoreText(value: number): string {
  if (value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 1e6)) return value.toExponential(1);
  return Math.abs(value) >= 100 ? plainNumber(value) : String(Number(value.toPrecision(3)));
}

/** A probability of a test: never 0 for what is only small. */
export function pText(p: number): string {
  if (p < 1e-300) return '< 1e-300';
  return p < 0.001 ? p.toExponential(0) : p.toFixed(3);
}

export function optionRows(options: LabOptions): { name: string; value: string }[] {
  const judged = options.test.length > 0 ? options.test.join(', ') : SPLIT_WORDS[splitOf(options)].title.toLowerCase();
  return [
    { name: 'Training data', value: options.train.join(', ') },
    { name: options.test.length > 0 ? 'Test data' : 'Split', value: judged },
    ...(options.mapping ? [{ name: 'Label', value: labelText(options.mapping) }] : []),
    { name: 'Learns from', value: REGIME_WORDS[options.regime].title.toLowerCase() },
    { name: 'Detectors', value: options.detectors?.map(detectorName).join(', ') ?? 'all' },
    { name: 'Seeds', value: options.seeds.join(', ') },
    {
      name: 'Held back for validation',
      value:
        options.holdBack === 'shifted'
          ? 'six times, as if traffic had drifted'
          : `${plainNumber(options.validation * 100)} %`,
    },
    { name: 'Threshold set for', value: `${plainNumber(options.targetFpr * 100)} % false positives` },
    { name: 'Test records also learned from', value: options.duplicates === 'drop' ? 'left out' : 'kept' },
    { name: 'Addresses, ports, times', value: options.keepShortcuts ? 'learned from' : 'left out' },
    ...settingRows(options),
  ];
}

/** "trees 200, maxDepth 16" */
export function valuesText(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** A note of the evaluation as a sentence; what the command line is told is said on this page's form. */
export function noteText(message: string): string {
  const said = message.replace('--map says otherwise', 'a new experiment can say otherwise');
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}

/** What detectors were told that is not as usual. */
function settingRows({ parameters = {}, search = 0, classWeights, sampling }: LabOptions) {
  const set = Object.entries(parameters).flatMap(([id, values]) =>
    Object.keys(values).length > 0 ? [`${detectorName(id)}: ${valuesText(values)}`] : [],
  );
  return [
    ...(set.length > 0 ? [{ name: 'Parameters', value: set.join('; ') }] : []),
    ...(search > 0 ? [{ name: 'Searched', value: `${search} settings of each detector, on validation data` }] : []),
    ...(classWeights === 'none' ? [{ name: 'Weights of the classes', value: WEIGHT_WORDS.none.toLowerCase() }] : []),
    ...(sampling && sampling !== 'none' ? [{ name: 'Sampling', value: SAMPLING_WORDS[sampling].toLowerCase() }] : []),
  ];
}

function labelText({ label, positive, negative }: NonNullable<LabOptions['mapping']>): string {
  const [values, what] = positive.length > 0 ? [positive, 'attacks'] : [negative, 'ordinary'];
  return `${label}, where ${values.join(', ')} ${values.length === 1 ? 'is' : 'are'} ${what}`;
}

function splitOf({ split }: LabOptions): keyof typeof SPLIT_WORDS {
  return split === 'official' ? 'time' : split;
}

const MOST_SEEDS = 20;

/** "1, 2, 3" as numbers; null where it is no list of different seeds. */
export function seedsOf(text: string): number[] | null {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  const seeds = parts.map((part) => (/^\d{1,10}$/.test(part) ? Number(part) : NaN));
  const good = seeds.every((seed) => seed < 2 ** 32) && new Set(seeds).size === seeds.length;
  return good && seeds.length > 0 && seeds.length <= MOST_SEEDS ? seeds : null;
}
