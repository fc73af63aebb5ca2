/** A scope while somebody types it. */
import type { IncidentKind } from '../../../src-shared/domain/incident.ts';
import { scopeFault, type SuppressionScope } from '../../../src-shared/domain/suppression.ts';
import { WEEKDAYS, type TimeOfDay, type Weekday } from '../../../src-shared/domain/time-of-day.ts';

export interface TimeDraft {
  on: boolean;
  /** 22:00; both '' for all day. */
  from: string;
  to: string;
  /** All: every day. */
  days: Weekday[];
  zone: string;
}

/** The hour around a moment, off at first. `zone` undefined: that of this machine. */
export function timeDraft(zone: string | undefined, hour = 22): TimeDraft {
  const two = (value: number): string => String(value).padStart(2, '0');
  return {
    on: false,
    from: `${two(hour)}:00`,
    to: `${two((hour + 1) % 24)}:00`,
    days: [...WEEKDAYS],
    zone: zone ?? new Intl.DateTimeFormat('en').resolvedOptions().timeZone,
  };
}

export function timeOf({ on, from, to, days, zone }: TimeDraft): TimeOfDay | undefined {
  if (!on) return undefined;
  return {
    ...(from === '' && to === '' ? {} : { hours: `${from}-${to}` }),
    ...(days.length === WEEKDAYS.length ? {} : { days: WEEKDAYS.filter((day) => days.includes(day)) }),
    zone,
  };
}

/** Texts of the form; '' for what is not to be looked at. */
export interface ScopeDraft {
  kind: IncidentKind | '';
  source: string;
  destination: string;
  port: string;
  protocol: string;
  domain: string;
  ja4: string;
  rule: string;
  time: TimeDraft;
}

export function scopeDraft(zone: string | undefined): ScopeDraft {
  const time = timeDraft(zone);
  return { kind: '', source: '', destination: '', port: '', protocol: '', domain: '', ja4: '', rule: '', time };
}

const TEXTS = ['source', 'destination', 'protocol', 'domain', 'ja4', 'rule'] as const;
const PORT_MAX = 65_535;

/** The scope, or why it is none: `empty` where nothing is said yet. */
export function draftedScope(
  draft: ScopeDraft,
): { ok: true; scope: SuppressionScope } | { ok: false; empty: boolean; fault: string } {
  const time = timeOf(draft.time);
  const port = draft.port.trim();
  if (port !== '' && !(/^\d{1,5}$/.test(port) && Number(port) <= PORT_MAX))
    return { ok: false, empty: false, fault: `port: ${port} is not a number from 0 to ${PORT_MAX}` };
  const texts = TEXTS.map((name) => [name, draft[name].trim()] as const).filter(([, text]) => text !== '');
  const scope: SuppressionScope = {
    ...(draft.kind === '' ? {} : { kind: draft.kind }),
    ...Object.fromEntries(texts),
    ...(port === '' ? {} : { port: Number(port) }),
    ...(time === undefined ? {} : { time }),
  };
  const empty = Object.keys(scope).length === 0;
  const fault = empty ? 'Say what is to fall silent: at least one of these.' : scopeFault(scope);
  return fault === null ? { ok: true, scope } : { ok: false, empty, fault };
}
