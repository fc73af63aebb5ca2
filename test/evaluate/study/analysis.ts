/** What the parts of the study say together. */
import { LEARN_MADE_UP } from '../../../src-shared/domain/lab.ts';
import type { DetectorResult, EvaluationReport, Regime } from '../../../src-main/detect/lab/report.ts';
import { wilson } from '../../../src-shared/domain/wilson.ts';
import { detectorName } from '../../../src-renderer/features/lab/words.ts';
import type { Part } from './part.ts';
import { STUDY_REGIMES, type StudySet } from './sets.ts';

export interface Method {
  id: string;
  name: string;
  regime: Regime;
  part: Part;
  /** One a seed. */
  results: readonly DetectorResult[];
  /** What validation data would choose in its regime. */
  isSelected: boolean;
  /** Processor seconds of learning and of scoring the test records, mean over the seeds; with the members it is made of. */
  learnSeconds: number;
  scoreSeconds: number;
}

export interface Judged {
  set: StudySet;
  data: EvaluationReport['data'];
  /** Columns once encoded; one number for each regime where they differ. */
  features: readonly number[];
  warnings: readonly string[];
  methods: readonly Method[];
  refused: readonly { name: string; why: string }[];
}

/** The rule and the baseline: what anything learned must beat. */
export const BASELINE = 'mean-z2';
export const RULE = 'one-rule';

export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

export function meanOf(method: Method, pick: (result: DetectorResult) => number): number {
  return mean(method.results.map(pick));
}

export const atFpr =
  (fpr: '0.001' | '0.01' | '0.05') =>
  (result: DetectorResult): number =>
    result.recallAtFpr[fpr] ?? 0;

/** From the least to the greatest end of the seeds' 95 % intervals (Wilson) of a share of so many records. */
export function intervalOf(
  method: Method,
  pick: (result: DetectorResult) => number,
  records: number,
): [low: number, high: number] {
  const intervals = method.results.map((result) => wilson(pick(result), records));
  return [Math.min(...intervals.map(([low]) => low)), Math.max(...intervals.map(([, high]) => high))];
}

/**
 * Accuracy where a stated probability of a half makes the alarm, as most publications have it; undefined where scores are no
 * probabilities. Exact: a half is the edge of a bin of the calibration.
 */
export function accuracyAtHalf({ details }: DetectorResult): number | undefined {
  const bins = details?.calibration.probability?.bins;
  if (!bins) return undefined;
  const right = bins.reduce(
    (sum, { stated, observed, records }) => sum + records * (stated >= 0.5 ? observed : 1 - observed),
    0,
  );
  return right / bins.reduce((sum, { records }) => sum + records, 0);
}

interface Had {
  part: Part;
  report: EvaluationReport;
}

function methodsOf(parts: readonly Had[], regime: Regime): Method[] {
  const own = parts.filter(({ part }) => part.regime === regime);
  const validation = ({ report }: Had): number => mean(report.results.map((result) => result.validation));
  // As in `evaluate`: who learned from made-up rows is not ranked by made-up anomalies.
  const fair = own.filter(({ part }) => !LEARN_MADE_UP.includes(part.method));
  const best = Math.max(...fair.map(validation));
  const selected = fair.find((each) => validation(each) === best);
  const seconds = ({ report }: Had, key: 'fitMs' | 'scoreMs'): number =>
    mean(report.results.map((result) => result[key])) / 1000;
  return own.map((each) => {
    const { part, report } = each;
    const chosen = report.results[0]!.chosen;
    const members = own.filter((other) => other !== each && chosen.includes(`${other.part.method} `));
    const withMembers = (key: 'fitMs' | 'scoreMs'): number =>
      [each, ...members].reduce((sum, one) => sum + seconds(one, key), 0);
    return {
      id: part.method,
      name: detectorName(part.method),
      regime,
      part,
      results: report.results,
      isSelected: each === selected,
      learnSeconds: withMembers('fitMs'),
      scoreSeconds: withMembers('scoreMs'),
    };
  });
}

/** One set; undefined where nothing was run on it. */
export function judgedOf(set: StudySet, parts: readonly Part[]): Judged | undefined {
  const own = parts.filter((part) => part.set === set.id);
  const had = own.flatMap((part): Had[] => (typeof part.report === 'string' ? [] : [{ part, report: part.report }]));
  const [first] = had;
  if (!first) return undefined;
  // What is said of methods that cannot be had stands there once, not for every seed and member.
  const without = own.filter(({ report }) => typeof report === 'string').map(({ method }) => `${method} `);
  const messages = had
    .flatMap(({ report }) => report.warnings.map(({ message }) => message))
    .filter((message) => !without.some((method) => message.startsWith(method)));
  return {
    set,
    data: first.report.data,
    features: [...new Set(had.map(({ report }) => report.data.features))].sort((a, b) => a - b),
    warnings: [...new Set(messages)],
    methods: STUDY_REGIMES.flatMap((regime) => methodsOf(had, regime)),
    refused: own.flatMap(({ method, report }) =>
      typeof report === 'string'
        ? [
            {
              name: detectorName(method),
              why: report
                .replace(/^insufficient: /, '')
                .replace(`${method} `, '')
                .replace(/: left out$/, ''),
            },
          ]
        : [],
    ),
  };
}

export function methodOf({ methods }: Judged, id: string): Method | undefined {
  return methods.find((method) => method.id === id);
}

/** Kinds of attack among the test records. */
export const kindsOf = ({ methods }: Judged): number => methods[0]!.results[0]!.perKind.length;

export function selectedOf({ methods }: Judged, regime: Regime): Method | undefined {
  return methods.find((method) => method.regime === regime && method.isSelected);
}

const SHOWN = 5;
const ALWAYS: readonly string[] = [BASELINE, RULE, 'ensemble', 'random-forest'];

/** Methods of a regime that a picture has room for: baseline or rule, what was selected, then by validation data. */
export function shownOf({ methods }: Judged, regime: Regime): Method[] {
  const validation = (method: Method): number => meanOf(method, (result) => result.validation);
  const own = methods.filter((method) => method.regime === regime);
  const rank = (method: Method): number => (ALWAYS.includes(method.id) || method.isSelected ? 1 : 0);
  return own.sort((a, b) => rank(b) - rank(a) || validation(b) - validation(a)).slice(0, SHOWN);
}
