/**
 * How long an experiment will take, told before it begins. The numbers are measured, not derived; the estimate is rough, and is
 * brought to the machine at hand by the experiments that were made on it.
 */
import { LAB_COSTS, COST_COLUMNS, OTHER_WORK, type MeasuredCost } from './lab-cost-table.ts';

/** Members that are fitted for the ensemble whether or not they are asked for themselves. */
export const ENSEMBLE_MEMBERS: readonly string[] = [
  'mean-z2',
  'isolation-forest',
  'k-nearest',
  'gaussian-mixture',
  'autoencoder',
];
const ENSEMBLE = 'ensemble';

/** They look at several records of a host: where records name no hosts they are left out. */
export const OF_HOSTS: readonly string[] = ['gru-autoencoder', 'graph-statistics', 'graph-attention'];

/** A search looks at so many records at most, and judges each setting so many times. */
const SEARCHED_ROWS = 30_000;
const SEARCH_FOLDS = 3;
/** Fits of an experiment that holds back as if traffic had drifted. */
const SHIFTED_FITS = 7;
/** Parameters whose double doubles the work. */
const LINEAR = ['trees', 'epochs', 'rounds'];

export interface ExperimentSize {
  /** Of training and test data together. */
  rows: number;
  /** Learned from, as they are encoded. */
  columns: number;
  detectors: readonly string[];
  seeds: number;
  /** Settings that are tried of each detector that has some to search for. */
  search?: number | undefined;
  searched?: readonly string[] | undefined;
  shifted?: boolean | undefined;
  /** By detector: how many times as much it learns as usually (`workOf`). */
  work?: Readonly<Record<string, number>> | undefined;
}

/** Less than this was not told apart, seconds. */
const LEAST_MEASURED = 0.005;

/**
 * Seconds at `rows` of the measured width: along a straight line of logarithms through what was measured on either side; beyond it
 * as between the last two, but no faster than rows grow, and below it by rows.
 */
function atRows(points: readonly (readonly [rows: number, seconds: number])[], rows: number): number {
  const [first, last] = [points[0]!, points.at(-1)!];
  if (rows <= first[0] || points.length === 1) return (first[1] * Math.max(rows, 1)) / first[0];
  const beyond = rows >= last[0];
  const next = beyond ? points.length - 1 : points.findIndex(([measured]) => measured > rows);
  const [[r0, s0], [r1, s1]] = [points[next - 1]!, points[next]!];
  const slope = Math.log(Math.max(s1, LEAST_MEASURED) / Math.max(s0, LEAST_MEASURED)) / Math.log(r1 / r0);
  return beyond ? s1 * (rows / r1) ** Math.min(1, slope) : s0 * (rows / r0) ** slope;
}

const secondsOf = (cost: MeasuredCost, which: 'first' | 'further', { rows, columns }: ExperimentSize): number =>
  (atRows(cost[which], rows) * columns) / (cost.columns ?? COST_COLUMNS);

/** How much more is learned than usually, where that is known to grow with a parameter. */
export function workOf(
  parameters: readonly { id: string; usual: number }[],
  given: Readonly<Record<string, number>>,
): number {
  return parameters
    .filter(({ id, usual }) => LINEAR.includes(id) && usual > 0)
    .reduce((work, { id, usual }) => work * ((given[id] ?? usual) / usual), 1);
}

/** Of the settings that are tried of one detector. */
function ofSearch(id: string, cost: MeasuredCost, size: ExperimentSize): number {
  const { search = 0, searched = [] } = size;
  const few = { ...size, rows: Math.min(size.rows, SEARCHED_ROWS) };
  return searched.includes(id) ? SEARCH_FOLDS * search * secondsOf(cost, 'further', few) : 0;
}

function ofDetector(id: string, size: ExperimentSize): number {
  const cost = LAB_COSTS[id];
  if (!cost) return 0;
  const { seeds, shifted = false, work = {} } = size;
  const further = secondsOf(cost, 'further', size);
  const all = shifted
    ? SHIFTED_FITS * seeds * further
    : secondsOf(cost, 'first', size) + Math.max(0, seeds - 1) * further;
  return (all + ofSearch(id, cost, size)) * (work[id] ?? 1);
}

/** Seconds of each detector on the machine that was measured. Those that are fitted for the ensemble are part of it. */
export function secondsByDetector(size: ExperimentSize): Map<string, number> {
  const own = new Map(size.detectors.map((id) => [id, ofDetector(id, size)]));
  if (!size.detectors.includes(ENSEMBLE)) return own;
  const members = ENSEMBLE_MEMBERS.filter((id) => !size.detectors.includes(id));
  return own.set(
    ENSEMBLE,
    members.reduce((sum, id) => sum + ofDetector(id, size), own.get(ENSEMBLE)!),
  );
}

/** An experiment as people make them. */
const USUAL: Pick<ExperimentSize, 'rows' | 'columns' | 'seeds'> = { rows: 30_000, columns: COST_COLUMNS, seeds: 1 };
/** A detector that takes longer, and more than twice as long as half of them do, is chosen by who wants it. */
const SLOW_S = 20;

const middle = (sorted: readonly number[]): number => sorted[sorted.length >> 1] ?? 0;

/** Those of `ids` that take long in an experiment of this size (its `detectors` do not count); `slowness`: of the machine. */
export function slowAmong(
  ids: readonly string[],
  size: Omit<ExperimentSize, 'detectors'> = USUAL,
  slowness = 1,
): string[] {
  const own = secondsByDetector({ ...size, detectors: ids });
  const most = Math.max(SLOW_S / slowness, 2 * middle([...own.values()].sort((a, b) => a - b)));
  const isFast = (times: ReadonlyMap<string, number>, id: string): boolean => (times.get(id) ?? Infinity) <= most;
  const fast = ids.filter((id) => isFast(own, id));
  // Members that are slow themselves are fitted for the ensemble all the same.
  const beside = secondsByDetector({ ...size, detectors: fast });
  return ids.filter((id) => !isFast(beside, id));
}

/** To order detectors by: seconds of an experiment as people make them. */
export function usualSeconds(id: string): number {
  return secondsByDetector({ ...USUAL, detectors: [id] }).get(id)!;
}

/** Seconds of all of it on the machine that was measured. */
export function secondsOfExperiment(size: ExperimentSize): number {
  const { seeds } = size;
  const other = secondsOf(OTHER_WORK, 'first', size) + Math.max(0, seeds - 1) * secondsOf(OTHER_WORK, 'further', size);
  return [...secondsByDetector(size).values()].reduce((sum, each) => sum + each, other);
}

/** One model that is trained to be kept. */
export interface TrainingSize extends Omit<ExperimentSize, 'detectors' | 'seeds' | 'shifted'> {
  detector: string;
  /** It learns from labels. */
  supervised: boolean;
}

/** Whole kinds of attacks are held back from what learns from labels: it learns without them, then with them. */
const LABELLED_FITS = 2;

/** Seconds on the machine that was measured: what a further seed costs, once or twice, as no figures are drawn. */
export function secondsOfTraining({ detector, supervised, ...size }: TrainingSize): number {
  const fitted = detector === ENSEMBLE ? [ENSEMBLE, ...ENSEMBLE_MEMBERS] : [detector];
  const whole: ExperimentSize = { ...size, detectors: fitted, seeds: 1 };
  const fits = supervised ? LABELLED_FITS : 1;
  const learning = fitted.map((id) => {
    const cost = LAB_COSTS[id];
    if (!cost) return 0;
    return (fits * secondsOf(cost, 'further', whole) + ofSearch(id, cost, whole)) * (size.work?.[id] ?? 1);
  });
  return learning.reduce((sum, each) => sum + each, secondsOf(OTHER_WORK, 'first', whole));
}

/** An experiment that was made, and how long it took. */
export interface TimedExperiment {
  size: ExperimentSize;
  seconds: number;
}

/** Shorter ones say more of starting than of the machine, seconds. */
const LEAST_S = 1;
/** Latest ones that count. */
const LOOKED_AT = 5;

/** How many times slower this machine is than the one that was measured, by what was done on it; 1 where nothing was. */
export function slownessOf(latest: readonly TimedExperiment[]): number {
  const ratios = latest
    .filter(({ seconds }) => seconds >= LEAST_S)
    .slice(0, LOOKED_AT)
    .map(({ size, seconds }) => seconds / Math.max(secondsOfExperiment(size), 1e-3))
    .sort((a, b) => a - b);
  if (ratios.length === 0) return 1;
  const middle = ratios.length >> 1;
  return ratios.length % 2 === 1 ? ratios[middle]! : Math.sqrt(ratios[middle - 1]! * ratios[middle]!);
}
