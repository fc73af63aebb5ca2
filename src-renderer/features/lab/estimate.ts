/** How long the experiment of a form will take, from what is known of its files and of experiments before. */
import type { ExperimentRow, FileLook, KnownParameters, LabOptions } from '../../../src-shared/contract/topics/lab.ts';
import {
  OF_HOSTS,
  secondsByDetector,
  secondsOfExperiment,
  secondsOfTraining,
  slownessOf,
  workOf,
  type ExperimentSize,
} from '../../../src-shared/domain/lab-costs.ts';
import { counted, exact } from '../../lib/numbers.ts';
import { detectorName } from './words.ts';

/** What is known of a chosen file before it is sent. */
type Measurable = { kind: 'file'; file: { size: number } } | { kind: 'path' };

/** Records of the files, by the length of a line in the first; files whose length is not known count as the first. */
export function recordsIn(files: readonly Measurable[], { bytes, lineBytes }: NonNullable<FileLook['size']>): number {
  const length = files.reduce((sum, each) => sum + (each.kind === 'file' ? each.file.size : bytes), 0);
  return lineBytes === 0 ? 0 : Math.round(length / lineBytes);
}

type Told = Pick<LabOptions, 'parameters' | 'search' | 'holdBack'>;

/** What of options decides how much is computed. */
function workload({ parameters = {}, search = 0, holdBack }: Told, known: KnownParameters) {
  const searched = known.filter((each) => each.parameters.some((one) => one.searched)).map(({ detector }) => detector);
  const work = known.map((each) => [each.detector, workOf(each.parameters, parameters[each.detector] ?? {})] as const);
  return { search, searched, shifted: holdBack === 'shifted', work: Object.fromEntries(work) };
}

export interface Asked {
  size: NonNullable<FileLook['size']>;
  files: readonly Measurable[];
  regime: LabOptions['regime'];
  detectors: readonly string[];
  seeds: number;
  keepShortcuts: boolean;
  holdBack: LabOptions['holdBack'];
  settings: { parameters: Readonly<Record<string, Readonly<Record<string, number>>>>; search: number };
}

export function askedSize(asked: Asked, known: KnownParameters): ExperimentSize {
  const { size, files, regime, detectors, seeds, keepShortcuts, holdBack, settings } = asked;
  const columns = size.columns[regime === 'normal-only' ? 'ordinary' : 'all'];
  const parameters = Object.fromEntries(Object.entries(settings.parameters).map(([id, values]) => [id, { ...values }]));
  return {
    rows: recordsIn(files, size),
    columns: keepShortcuts ? columns.with : columns.without,
    detectors: detectors.filter((id) => size.hosts || !OF_HOSTS.includes(id)),
    seeds,
    ...workload({ parameters, search: settings.search, holdBack }, known),
  };
}

/** How much slower this machine is than the one that was measured; of how many experiments that is told. */
export function slownessBy(
  experiments: readonly ExperimentRow[],
  all: Readonly<Record<LabOptions['regime'], readonly string[]>>,
  known: KnownParameters,
): { slowness: number; experiments: number } {
  const timed = experiments.flatMap(({ options, summary: { trainRows, testRows, features, seconds } }) => {
    if (features === undefined || seconds === undefined) return [];
    const detectors = options.detectors ?? all[options.regime];
    const rows = trainRows + testRows;
    const size = { rows, columns: features, detectors, seeds: options.seeds.length, ...workload(options, known) };
    return [{ size, seconds }];
  });
  return { slowness: slownessOf(timed), experiments: timed.length };
}

const MINUTE = 60;
const HOUR = 3600;

/** A rough time in words: no more digits than it deserves. */
export function roughly(seconds: number): string {
  if (seconds < 10) return 'a few seconds';
  if (seconds < 1.5 * MINUTE) return `about ${Math.round(seconds / 10) * 10} seconds`;
  if (seconds < 90 * MINUTE) return `about ${counted(Math.round(seconds / MINUTE), 'minute')}`;
  const hours = seconds / HOUR;
  return `about ${hours < 10 ? Math.round(hours * 2) / 2 : exact(Math.round(hours))} hours`;
}

export interface Estimate {
  seconds: number;
  /** Seconds by detector. */
  each: ReadonlyMap<string, number>;
  rows: number;
  columns: number;
}

export function estimateOf(size: ExperimentSize, slowness: number): Estimate {
  const each = new Map([...secondsByDetector(size)].map(([id, seconds]) => [id, seconds * slowness]));
  return { seconds: secondsOfExperiment(size) * slowness, each, rows: size.rows, columns: size.columns };
}

/** What a model is trained of, and how. */
export type AskedTraining = Pick<Asked, 'size' | 'files' | 'regime' | 'keepShortcuts' | 'settings'> & {
  detector: string;
};

export function trainingEstimate(asked: AskedTraining, known: KnownParameters, slowness: number): Estimate {
  const { detector, regime } = asked;
  const size = askedSize({ ...asked, detectors: [detector], seeds: 1, holdBack: undefined }, known);
  const seconds = secondsOfTraining({ ...size, detector, supervised: regime === 'supervised' }) * slowness;
  return { seconds, each: new Map([[detector, seconds]]), rows: size.rows, columns: size.columns };
}

/** Of a detector of an experiment that is trained once more; null where the experiment did not say how large it was. */
export function keepingSeconds(
  { options, summary }: ExperimentRow,
  detector: string,
  known: KnownParameters,
  slowness: number,
): number | null {
  const { trainRows, testRows, features } = summary;
  if (features === undefined) return null;
  // Where the training data were divided, the part that judged is learned from, too.
  const rows = options.test.length === 0 ? trainRows + testRows : trainRows;
  const work = workload(options.parameters ? { parameters: options.parameters } : {}, known);
  const supervised = options.regime === 'supervised';
  return secondsOfTraining({ ...work, rows, columns: features, detector, supervised }) * slowness;
}

/** Detectors named beside a time, at most. */
const NAMED = 3;

/** Those that take most of it: none where none stands out. */
export function longest({ seconds, each }: Estimate): string[] {
  return [...each]
    .filter(([, own]) => own >= seconds / 10 && own >= MINUTE / 6)
    .sort((a, b) => b[1] - a[1])
    .slice(0, NAMED)
    .map(([id, own]) => `${detectorName(id)} ${roughly(own)}`);
}

/** Seconds of each of `ids`, chosen or not: what it takes, or would take beside those that are chosen. */
export function timesOf(ids: readonly string[], size: ExperimentSize, slowness: number): ReadonlyMap<string, number> {
  const seconds = (id: string): number => {
    const detectors = [...new Set([...size.detectors, id])];
    return secondsByDetector({ ...size, detectors }).get(id)! * slowness;
  };
  return new Map(ids.map((id) => [id, seconds(id)]));
}
