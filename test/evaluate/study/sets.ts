/** What the comparative study runs: data, division, regimes, methods. */
import { join } from 'node:path';
import type { EvaluateOptions } from '../../../src-main/detect/lab/evaluate.ts';
import { detectorsOf } from '../../../src-main/detect/lab/lab-detectors.ts';
import type { Regime } from '../../../src-main/detect/lab/report.ts';

export const ROOT = join(import.meta.dirname, '..', '..', '..');
/** As commands name it, from the project's folder. */
export const FLOWS = join('..', 'shared', 'data', 'flows');

export interface StudySet {
  id: string;
  title: string;
  /** Below FLOWS. */
  train: readonly string[];
  test: readonly string[];
  split: EvaluateOptions['split'];
  duplicates: EvaluateOptions['duplicates'];
  seeds: readonly number[];
  /** Of each regime; undefined: all there are. */
  methods?: readonly string[];
  /** The first records of a set whose rest is not there: proves the reader, judges nothing. */
  isSample: boolean;
  /** What is wrong with the set as such, known before any run. */
  caution: string;
}

/** Each with what its rule and its baselines are: one knows labels, the other does not. */
export const STUDY_REGIMES: readonly Regime[] = ['normal-only', 'supervised'];

const NSL_TRAIN = join('nsl-kdd', 'KDDTrain+_20Percent.txt');
const KDD99 = {
  train: [join('kdd99', 'kddcup.data_10_percent.gz')],
  test: [join('kdd99', 'corrected.gz')],
  split: 'official',
  seeds: [1],
  methods: [
    'mean-z2',
    'isolation-forest',
    'k-nearest',
    'gaussian-mixture',
    'one-rule',
    'logistic-regression',
    'random-forest',
  ],
  isSample: false,
} as const;
const zeek = (day: string): string => join(`zeek-${day}-zeek-mixed`, 'conn.log.labeled');
const OFFICIAL = { split: 'official', duplicates: 'drop', seeds: [1, 2, 3], isSample: false } as const;
const SAMPLE = { test: [], split: 'random', duplicates: 'drop', seeds: [1, 2, 3], isSample: true } as const;

export const SETS: readonly StudySet[] = [
  {
    ...OFFICIAL,
    id: 'nsl-kdd',
    title: 'NSL-KDD, 20 % training file → Test+',
    train: [NSL_TRAIN],
    test: [join('nsl-kdd', 'KDDTest+.txt')],
    caution:
      'Traffic simulated for DARPA in 1998. The test file has kinds of attack that the training file lacks, and other ordinary traffic: that is its point.',
  },
  {
    ...OFFICIAL,
    id: 'nsl-kdd-random',
    title: 'NSL-KDD, the training file divided at random',
    train: [NSL_TRAIN],
    test: [],
    split: 'random',
    caution:
      'A random split puts records of the same attack on both sides. It is here to show what that does to the figures, and for nothing else.',
  },
  {
    ...OFFICIAL,
    id: 'zeek-008-010',
    title: 'Labelled Zeek logs, day 008 → day 010',
    train: [zeek('008')],
    test: [zeek('010')],
    caution: 'Two days of one network, one kind of attack, which one condition on one column nearly says.',
  },
  {
    ...OFFICIAL,
    id: 'zeek-010-008',
    title: 'Labelled Zeek logs, day 010 → day 008',
    train: [zeek('010')],
    test: [zeek('008')],
    caution: 'The same two days the other way round.',
  },
  {
    ...SAMPLE,
    id: 'unsw-sample',
    title: 'UNSW-NB15, a sample',
    train: [join('unsw-nb15-sample', 'first1000.csv')],
    caution: 'The first records of one file, divided at random.',
  },
  {
    ...SAMPLE,
    id: 'cic-sample',
    title: 'CIC-IDS2017, a sample',
    train: [join('cicids2017-sample', 'th1.csv')],
    caution: 'The first records of one file, divided at random.',
  },
  {
    ...KDD99,
    id: 'kdd99',
    title: 'KDD Cup 99, 10 % file → corrected, duplicates left out',
    duplicates: 'drop',
    caution: 'Most records stand there many times; those of the test file that are also learned from are left out.',
  },
  {
    ...KDD99,
    id: 'kdd99-duplicates',
    title: 'KDD Cup 99, the same with duplicates judged',
    duplicates: 'keep',
    caution: 'As most publications use it: test records that were learned from count.',
  },
];

/** Those of a regime that the set is run with. */
export function methodsOf({ methods }: StudySet, regime: Regime): string[] {
  return detectorsOf(regime).filter((id) => methods === undefined || methods.includes(id));
}

/** Options of `sonde evaluate` that do the same. */
export function commandOf(set: StudySet, regime: Regime): string {
  const files = (name: string, paths: readonly string[]): string[] =>
    paths.flatMap((path) => [`--${name}`, join(FLOWS, path).replaceAll('\\', '/')]);
  return [
    'sonde evaluate',
    ...files('train', set.train),
    ...files('test', set.test),
    ...(set.test.length === 0 ? ['--split', set.split] : []),
    ...(regime === 'normal-only' ? [] : ['--regime', regime]),
    ...(set.duplicates === 'keep' ? ['--duplicates', 'keep'] : []),
    ...(set.methods ? ['--detectors', methodsOf(set, regime).join(',')] : []),
    `--seeds ${set.seeds.join(',')}`,
  ].join(' ');
}
