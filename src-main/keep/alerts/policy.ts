/** Storm control: what of an incident is worth an alert, and how many a channel is sent. Knows no clock but its arguments. */
import type { AlertPolicy } from '../../../src-shared/contract/topics/alerts.ts';
import type { Severity } from '../../../src-shared/domain/incident.ts';
import type { IncidentState } from '../../../src-shared/domain/live.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import { rankOf } from './make.ts';
import { zonedTime } from './zoned.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Incidents that are remembered, each for each of its channels. */
const REMEMBERED = 100_000;
/** A part of a channel's fill that only critical incidents use: a storm of small ones must not hide a grave one. */
const RESERVED = 0.2;

export type IncidentReason = 'opened' | 'worsened' | 'goes-on';

interface Told {
  rank: number;
  /** Of the last alert. */
  at: number;
}

/** What each channel was told of which incident. */
export class StormControl {
  private readonly told = new Map<string, Told>();

  /** Why the channel is to be told of it now (milliseconds since 1970); null: it is not. It then counts as told. */
  decide(
    channel: string,
    { uid, severity }: Pick<Incident, 'uid' | 'severity'>,
    state: IncidentState,
    at: number,
    quietMinutes: number,
  ): IncidentReason | null {
    const key = `${channel} ${uid}`;
    const known = this.told.get(key);
    const rank = rankOf(severity);
    const reason = this.reasonOf(known, rank, state, at, quietMinutes);
    if (reason === null) return null;
    // Written anew, so that the ones told longest ago are forgotten first.
    this.told.delete(key);
    this.told.set(key, { rank: Math.max(rank, known?.rank ?? 0), at });
    this.forget();
    return reason;
  }

  private reasonOf(
    known: Told | undefined,
    rank: number,
    state: IncidentState,
    at: number,
    quietMinutes: number,
  ): IncidentReason | null {
    if (!known) return 'opened';
    if (rank > known.rank) return 'worsened';
    const isQuiet = quietMinutes > 0 && at - known.at >= quietMinutes * MINUTE_MS;
    return isQuiet && state !== 'closed' ? 'goes-on' : null;
  }

  private forget(): void {
    if (this.told.size <= REMEMBERED) return;
    for (const key of this.told.keys()) {
      this.told.delete(key);
      return;
    }
  }
}

interface Window {
  start: number;
  sent: number;
}

/** How many alerts a channel is sent in an hour, which begins with the first of them. */
export class Ceiling {
  private readonly windows = new Map<string, Window>();

  /** Whether there is room for one more; it then counts as sent. */
  take(channel: string, severity: Severity, at: number, most: number): boolean {
    let window = this.windows.get(channel);
    if (!window || this.isOver(window, at)) this.windows.set(channel, (window = { start: at, sent: 0 }));
    const room = severity === 'critical' ? most : Math.max(1, Math.floor(most * (1 - RESERVED)));
    if (window.sent >= room) return false;
    window.sent++;
    return true;
  }

  /** When what was held back since `oldest` is to be sent. */
  dueAt(channel: string, oldest: number): number {
    const window = this.windows.get(channel);
    // After a restart nothing is known of the hour: then a whole one is waited for.
    return window && window.start <= oldest && oldest < window.start + HOUR_MS
      ? window.start + HOUR_MS
      : oldest + HOUR_MS;
  }

  private isOver({ start }: Window, at: number): boolean {
    // A clock that was set back must not keep it full.
    return at - start >= HOUR_MS || at < start;
  }
}

type DigestPolicy = Pick<AlertPolicy, 'digest' | 'digestHour' | 'digestExcept' | 'timeZone'>;

/** Whether it waits for the digest. */
export function isCollected({ digest, digestExcept }: DigestPolicy, severity: Severity): boolean {
  if (digest === 'off') return false;
  return digestExcept === 'none' || rankOf(severity) < rankOf(digestExcept);
}

/** Whether a time for the digest lay after `oldest` and not after `at`. */
export function isDigestDue({ digest, digestHour, timeZone }: DigestPolicy, oldest: number, at: number): boolean {
  // Switched off in between: what was collected is sent at once.
  if (digest === 'off') return true;
  const { minute } = zonedTime(at, timeZone);
  const intoMinute = at % MINUTE_MS;
  const since = digest === 'hourly' ? minute % 60 : (minute - digestHour * 60 + 1440) % 1440;
  return oldest < at - since * MINUTE_MS - intoMinute;
}
