/** Words of a report of a period: what it comes to, in sentences and figures. */
import { formatCount, plural } from '../../../../src-shared/domain/amounts.ts';
import { dayMoment, dayText, isoDay, momentText, sameTime } from '../../../../src-shared/domain/calendar.ts';
import { formatDuration } from '../../../../src-shared/domain/time.ts';
import type { PeriodFacts, Stretch } from '../../store/queries/period/index.ts';
import type { Figure } from './document.ts';

const DAY_S = 86_400;
const WEEK = 7;

const isMidnight = (zone: string, at: number): boolean => dayMoment(zone, at) === at;

/** Whole days of a stretch; 0: it begins or ends within one. */
export function wholeDays(zone: string, { from, to }: { from: number; to: number }): number {
  if (!isMidnight(zone, from) || !isMidnight(zone, to)) return 0;
  let days = 1;
  while (sameTime(zone, from, days) < to) days++;
  return days;
}

/** "Mon 16 Nov 2026 to Sun 22 Nov 2026"; the last day is part of it. Times of day where it is not made of whole days. */
export function spanText(zone: string, { from, to }: { from: number; to: number }): string {
  const days = wholeDays(zone, { from, to });
  if (days === 0) return `${momentText(zone, from)} to ${momentText(zone, to)}`;
  return days === 1 ? dayText(zone, from) : `${dayText(zone, from)} to ${dayText(zone, to - 1)}`;
}

/** "What happened in a week"; of what is no whole number of days, from when to when. */
export function titleText(zone: string, stretch: { from: number; to: number }): string {
  const days = wholeDays(zone, stretch);
  if (days === 0) return `What happened from ${spanText(zone, stretch)}`;
  if (days === 1) return 'What happened in a day';
  return `What happened in ${days === WEEK ? 'a week' : `${days} days`}`;
}

/** For the name of a file: "2026-11-16", "2026-11-16-to-2026-11-22". */
export function spanName(zone: string, { from, to }: { from: number; to: number }): string {
  const [first, last] = [isoDay(zone, from), isoDay(zone, to - 1)];
  return first === last ? first : `${first}-to-${last}`;
}

/** "the week before" */
export function beforeText(zone: string, before: Stretch): string {
  const days = wholeDays(zone, before);
  if (days === 1) return 'the day before';
  if (days === WEEK) return 'the week before';
  return days === 0 ? 'the same hours before' : `the ${days} days before`;
}

const several = (count: number, one: string, many: string): string => (count === 1 ? one : many);

/** What is to follow how many are open, of which `earlier` began before the period. */
function fromBefore(all: number, earlier: number): string {
  if (earlier === 0) return '';
  if (earlier < all) return `, ${formatCount(earlier)} of them from before this time`;
  return all === 1 ? ', from before this time' : ', all from before this time';
}

/** One sentence for who reads no further. */
export function verdictText(facts: PeriodFacts): string {
  const { now, open, openCritical, earlierTotal, earlierCritical, total } = facts;
  const critical = openCritical + earlierCritical;
  const all = open + earlierTotal;
  if (critical > 0) {
    const others = all - critical;
    const also = others > 0 ? ` ${plural(others, 'warning')} ${several(others, 'waits', 'wait')} for a look.` : '';
    const before = fromBefore(critical, earlierCritical);
    const open = `${plural(critical, 'critical incident')} ${several(critical, 'is', 'are')} open${before}`;
    return `${open}${before === '' ? '' : ','} and ${several(critical, 'needs', 'need')} action.${also}`;
  }
  if (all > 0) {
    const waiting = `${plural(all, 'warning')} ${several(all, 'waits', 'wait')} for a look`;
    return `Nothing critical is open. ${waiting}${fromBefore(all, earlierTotal)}.`;
  }
  if (now.seconds === 0) return 'No traffic was watched in this time, so nothing can be said of it.';
  if (now.counts.critical + now.counts.warning > 0)
    return 'All that called for a look was dealt with: nothing is open.';
  return total > 0
    ? 'Nothing called for action. Some of the traffic was unusual and is noted below.'
    : 'Nothing stood out in this traffic.';
}

const rateText = (rate: number): string =>
  rate >= 10 ? formatCount(Math.round(rate)) : String(Number(rate.toFixed(1)));

/** Alarms for nothing: what was judged to be false or expected. A day, where there was at least a day of traffic. */
function needless({ alarms, seconds }: Stretch): { text: string; isRate: boolean; count: number } {
  const count = alarms.falseAlarms + alarms.expected;
  const isRate = seconds >= DAY_S;
  return { text: isRate ? rateText(count / (seconds / DAY_S)) : formatCount(count), isRate, count };
}

/** How the judging went, for the facts of page one. */
export function needlessText({ now, budget }: PeriodFacts): string {
  const { falseAlarms, expected, confirmed, notJudged } = now.alarms;
  const judged = falseAlarms + expected + confirmed;
  if (judged + notJudged === 0) return 'there was no alarm';
  const beside = budget === null ? '' : `; the budget is ${rateText(budget)} a day`;
  if (judged === 0) return `${plural(notJudged, 'alarm')}, none judged yet${beside}`;
  const left = notJudged === 0 ? '' : `; ${formatCount(notJudged)} not judged yet`;
  const { text, isRate } = needless(now);
  const rate = isRate ? `, ${notJudged > 0 ? 'at least ' : ''}${text} a day` : '';
  return `${plural(falseAlarms, 'false alarm')} and ${formatCount(expected)} expected${rate}${beside}${left}`;
}

function comparedNote(count: number, before: number, since: string, isKnown: boolean): string {
  if (!isKnown) return 'nothing to compare with';
  if (count === before) return `as many as ${since}`;
  return `${formatCount(before)} ${since}`;
}

/** The numbers at the head of page one. */
export function figuresOf(facts: PeriodFacts): Figure[] {
  const { now, before, zone, open, earlierTotal, openCritical, earlierCritical, budget } = facts;
  const since = beforeText(zone, before);
  const isKnown = before.seconds > 0;
  const { text, isRate } = needless(now);
  const size = (count: number): string => formatCount(count);
  const waiting = open + earlierTotal;
  const { falseAlarms, expected, confirmed, notJudged } = now.alarms;
  const isUnjudged = notJudged > 0 && falseAlarms + expected + confirmed === 0;
  const beside = budget === null ? 'no budget' : `budget ${rateText(budget)} a day`;
  return [
    {
      label: 'Critical',
      value: size(now.counts.critical),
      note: comparedNote(now.counts.critical, before.counts.critical, since, isKnown),
      ...(now.counts.critical > 0 ? { severity: 'critical' as const } : {}),
    },
    {
      label: several(now.counts.warning, 'Warning', 'Warnings'),
      value: size(now.counts.warning),
      note: comparedNote(now.counts.warning, before.counts.warning, since, isKnown),
      ...(now.counts.warning > 0 ? { severity: 'warning' as const } : {}),
    },
    {
      label: 'Open',
      value: size(waiting),
      note: earlierTotal > 0 ? `${size(earlierTotal)} of them from before` : 'of all that was found',
      ...(openCritical + earlierCritical > 0 ? { severity: 'critical' as const } : {}),
    },
    {
      label: isRate ? 'False alarms a day' : 'False alarms',
      // None is no finding while nobody has looked.
      value: isUnjudged ? '–' : text,
      note: `${isUnjudged ? 'none judged yet' : 'as judged'}; ${beside}`,
    },
  ];
}

/** How much of the time packets were seen: "6.2 d of 7.0 d". */
export function watchedText({ seconds, from, to }: Stretch): string {
  const whole = Math.round((to - from) / 1000);
  if (seconds === 0) return `no traffic in ${formatDuration(whole)}`;
  return seconds >= whole
    ? `all of it (${formatDuration(whole)})`
    : `${formatDuration(seconds)} of ${formatDuration(whole)}`;
}
