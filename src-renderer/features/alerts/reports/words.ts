/** What is said of scheduled reports. */
import type { ReportSchedule } from '../../../../src-shared/contract/topics/reports.ts';

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

export const hourText = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

type Said = Pick<ReportSchedule, 'every' | 'weekday' | 'hour' | 'timeZone' | 'channels' | 'format' | 'anonymised'>;

/** "Each Monday at 07:00 (Europe/Berlin), of the seven days before, as PDF: Mail, Chat". `names`: of channels, by id. */
export function scheduleText(
  { every, weekday, hour, timeZone, channels, format, anonymised }: Said,
  names: ReadonlyMap<string, string>,
): string {
  const day = every === 'week' ? `Each ${WEEKDAYS[weekday - 1]}` : 'Each day';
  const zone = timeZone === 'system' ? '' : ` (${timeZone})`;
  const of = every === 'week' ? 'of the seven days before' : 'of the day before';
  const to = channels.map((id) => names.get(id) ?? id).join(', ') || 'nobody';
  const file = `${anonymised ? 'anonymised ' : ''}${format === 'pdf' ? 'PDF' : 'HTML'}`;
  return `${day} at ${hourText(hour)}${zone}, ${of}, as ${file}: ${to}`;
}
