/** What a route does, in plain words. */
import type { AlertHours, AlertRoute } from '../../../../src-shared/contract/topics/alerts.ts';
import { KINDS, type IncidentKind, type Severity } from '../../../../src-shared/domain/incident.ts';

export const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const WEEK = [1, 2, 3, 4, 5, 6, 7];
/** Of kinds and hosts, as many are named. */
const NAMED = 3;

const SEVERITIES: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  warning: 'Critical and warning',
  info: 'All incidents',
};

const SIDES: Readonly<Record<AlertRoute['side'], string>> = { any: 'of', source: 'from', target: 'to' };

export function severitiesText(severity: Severity): string {
  return SEVERITIES[severity];
}

/** "a, b and c"; `word` stands before the last. */
function listed(parts: readonly string[], word: string): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1)}`;
}

/** A few of many: "a, b, c or 4 others". */
function some(parts: readonly string[]): string {
  if (parts.length <= NAMED + 1) return listed(parts, 'or');
  return listed([...parts.slice(0, NAMED), `${parts.length - NAMED} others`], 'or');
}

export function kindTitle(kind: IncidentKind): string {
  return KINDS.find(({ id }) => id === kind)?.title ?? kind;
}

/** "weekdays", "Mon–Thu", "Mon, Wed". */
export function daysText(days: readonly number[]): string {
  const chosen = WEEK.filter((day) => days.includes(day));
  if (chosen.length === WEEK.length) return 'every day';
  if (chosen.join('') === '12345') return 'weekdays';
  if (chosen.join('') === '67') return 'weekends';
  const [first = 1] = chosen;
  const name = (day: number): string => DAYS[day - 1] ?? '';
  const isRow = chosen.length > 2 && chosen.every((day, i) => day === first + i);
  return isRow ? `${name(first)}–${name(chosen.at(-1)!)}` : chosen.map(name).join(', ');
}

/** "8", "8:30". */
function clockText(clock: string): string {
  const [hour = '0', minute = '00'] = clock.split(':');
  return minute === '00' ? String(Number(hour)) : `${Number(hour)}:${minute}`;
}

function timesText({ from, to }: AlertHours): string {
  if (from === to) return from === '00:00' ? 'all day' : `from ${clockText(from)} for 24 hours`;
  const end = to === '00:00' ? '24' : clockText(to);
  return `${clockText(from)}–${end}${to < from && to !== '00:00' ? ' of the next day' : ''}`;
}

export function hoursText(hours: AlertHours | null): string {
  if (hours === null) return 'always';
  const zone = hours.timeZone === 'system' ? '' : ` (${hours.timeZone})`;
  return `${daysText(hours.days)} ${timesText(hours)}${zone}`;
}

type Told = Pick<AlertRoute, 'severity' | 'kinds' | 'hosts' | 'side' | 'hours' | 'channels'>;

/** "Critical and warning of 10.0.0.0/8, weekdays 8–18: Telegram, e-mail". `names`: of channels, by id. */
export function routeText(
  { severity, kinds, hosts, side, hours, channels }: Told,
  names: ReadonlyMap<string, string>,
): string {
  const what = kinds.length === 0 ? '' : ` if ${some(kinds.map((kind) => kindTitle(kind).toLowerCase()))}`;
  const whose = hosts.length === 0 ? '' : ` ${SIDES[side]} ${some(hosts)}`;
  const when = hours === null ? '' : `, ${hoursText(hours)}`;
  const where = channels.length === 0 ? 'nowhere' : channels.map((id) => names.get(id) ?? id).join(', ');
  return `${severitiesText(severity)}${what}${whose}${when}: ${where}`;
}
