/** How many alarms were for nothing, in words. */
import type { Output } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import { counted, exact } from '../../lib/numbers.ts';

export type AlarmRateData = Output<(typeof contract)['incidents']['alarmRate']>;
export type AlarmDay = AlarmRateData['days'][number];

const DAY_S = 86_400;

export interface AlarmSums {
  falseAlarms: number;
  expected: number;
  confirmed: number;
  notJudged: number;
  seconds: number;
}

export function alarmSums(days: readonly AlarmDay[]): AlarmSums {
  const sum = (of: keyof AlarmSums): number => days.reduce((all, day) => all + day[of], 0);
  return {
    falseAlarms: sum('falseAlarms'),
    expected: sum('expected'),
    confirmed: sum('confirmed'),
    notJudged: sum('notJudged'),
    seconds: sum('seconds'),
  };
}

const rateText = (rate: number): string => (rate >= 10 ? exact(rate) : String(Number(rate.toFixed(1))));

/** How many a day, against the budget. Of less than a day it is said how many there were, not how many there would be. */
function perDayText({ falseAlarms, expected, notJudged, seconds }: AlarmSums, budget: number | null): string {
  const wrong = falseAlarms + expected;
  const least = notJudged > 0 ? 'at least ' : '';
  const beside = budget === null ? '' : `; the budget is ${budget} a day`;
  if (seconds < DAY_S) return `That is ${least}${exact(wrong)} in ${formatDuration(seconds)} of traffic${beside}.`;
  const rate = rateText(wrong / (seconds / DAY_S));
  const days = rateText(seconds / DAY_S);
  return `That is ${least}${rate} a day over ${days} ${days === '1' ? 'day' : 'days'} of traffic${beside}.`;
}

/** What was judged and what was not; the second sentence says what it comes to. */
export function alarmText({ days, silenced, budget }: AlarmRateData): string {
  const sums = alarmSums(days);
  const { falseAlarms, expected, confirmed, notJudged } = sums;
  const judged = falseAlarms + expected + confirmed;
  const quiet = silenced === 0 ? '' : ` ${exact(silenced)} that are silenced are not among them.`;
  if (judged + notJudged === 0) return `No alarm (an incident at warning or above) in this time.${quiet}`;
  const all = `${counted(judged + notJudged, 'alarm')} at warning or above`;
  if (judged === 0)
    return `Nobody has judged the ${all} yet: set the status of an incident to Expected, False alarm or Closed.${quiet}`;
  const found = `Of ${all}, ${exact(judged)} ${judged === 1 ? 'was' : 'were'} judged: ${counted(falseAlarms, 'false alarm')}, ${exact(expected)} expected, ${exact(confirmed)} closed as real.`;
  const left =
    notJudged === 0
      ? ''
      : ` The other ${exact(notJudged)} ${notJudged === 1 ? 'is' : 'are'} not judged and ${notJudged === 1 ? 'counts' : 'count'} as neither.`;
  return `${found}${left} ${perDayText(sums, budget)}${quiet}`;
}
