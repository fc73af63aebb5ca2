/** Suppressions in words. */
import type { SuppressionPreview, SuppressionRow } from '../../../src-shared/contract/topics/suppressions.ts';
import type { Severity } from '../../../src-shared/domain/incident.ts';
import { dateTime, secondsOf } from '../../lib/clock.ts';
import { counted, exact } from '../../lib/numbers.ts';

type Severities = Record<Severity, number>;

/** "one of them critical", "all of them critical"; '' where none is. */
function criticalOf(total: number, { critical }: Severities): string {
  if (critical === 0) return '';
  if (total === 1) return ', which is critical';
  if (critical === total) return ', all of them critical';
  return `, ${critical === 1 ? 'one' : exact(critical)} of them critical`;
}

/** When they began. */
function spanText({ firstTs, lastTs, total }: SuppressionPreview, zone: string | undefined): string {
  const [first, last] = [firstTs, lastTs].map((ts) => (ts === null ? '' : dateTime(secondsOf(ts), zone).slice(0, 10)));
  if (total === 1 || first === last) return `of ${first}`;
  return `that began between ${first} and ${last}`;
}

/** What it would have silenced, as a sentence. `own`: it is offered from an incident that is among them. */
export function previewText(preview: SuppressionPreview, own: boolean, zone?: string): string {
  const { total, severities, recent } = preview;
  if (total === 0) return 'It would have silenced nothing so far.';
  if (total === 1 && own) return 'It silences this incident and no other that is known.';
  const incidents = counted(total, 'incident');
  if (recent.total === total)
    return `It would have silenced ${incidents} in the last 30 days${criticalOf(total, severities)}.`;
  const lately = recent.total === 0 ? (total === 1 ? 'not' : 'none of them') : `${exact(recent.total)} of them`;
  return `It would have silenced ${incidents} ${spanText(preview, zone)}${criticalOf(total, severities)}; ${lately} in the last 30 days.`;
}

/** What speaks against it; '' where nothing does. */
export function pursuedText({ pursued, total }: SuppressionPreview): string {
  if (pursued === 0) return '';
  const which = total === 1 ? 'It is' : `${exact(pursued)} of them ${pursued === 1 ? 'is' : 'are'}`;
  return `${which} being investigated, or closed as real.`;
}

export function alreadyText({ already }: SuppressionPreview): string {
  if (already === 0) return '';
  return `${counted(already, 'more incident')} ${already === 1 ? 'fits' : 'fit'} and ${already === 1 ? 'is' : 'are'} silenced already.`;
}

/** Why some are offered for removal; '' where there are none. */
export function staleText(rows: readonly Pick<SuppressionRow, 'stale'>[]): string {
  const expired = rows.filter(({ stale }) => stale === 'expired').length;
  const unused = rows.filter(({ stale }) => stale === 'never-hit').length;
  const parts = [
    expired === 0 ? '' : `${exact(expired)} ${expired === 1 ? 'has' : 'have'} expired`,
    unused === 0
      ? ''
      : `${exact(unused)} ${unused === 1 ? 'was' : 'were'} made a week ago or earlier and never silenced anything`,
  ].filter(Boolean);
  return parts.length === 0 ? '' : `${parts.join('; ')}.`;
}
