/**
 * What a report of a period is made of: the incidents that began in it (by the packets' clock), beside as long a time
 * before, and what is still open. The same database and question give the same answer.
 */
import type Database from 'better-sqlite3';
import { daysBetween, isoDay, sameTime } from '../../../../../src-shared/domain/calendar.ts';
import { secondsByDay } from '../../../../../src-shared/domain/days.ts';
import type { IncidentKind, Severity } from '../../../../../src-shared/domain/incident.ts';
import type { Incident } from '../../../../../src-shared/domain/report.ts';
import { budgetOf, COLUMN, spans } from '../alarm-rate.ts';
import { secondsOf, spanOf } from '../common.ts';
import { begunBefore, begunIn, graver, heardBefore, isOpen, isSilent, timeText, type PeriodRow } from './rows.ts';
import { hostsOf, type PeriodHost } from './hosts.ts';
import { notSample, samplesOf, type SampleCapture } from './sample.ts';
import { silencesOf, silencing, type AskedSilence, type PeriodSilence, type Silencing } from './silences.ts';

/** Milliseconds since 1970; `to` is exclusive. `zone`: IANA name. */
export interface PeriodQuestion {
  from: number;
  to: number;
  zone: string;
  /** Incidents that are told with all evidence at most. */
  inFull: number;
  /** What is expected beside what the database's own suppressions say. */
  silences?: readonly AskedSilence[];
}

export interface Alarms {
  falseAlarms: number;
  expected: number;
  confirmed: number;
  notJudged: number;
}

export interface Stretch {
  from: number;
  to: number;
  counts: Record<Severity, number>;
  alarms: Alarms;
  /** Of which packets were seen. */
  seconds: number;
}

export interface PeriodDay {
  /** When it began. */
  at: number;
  counts: Record<Severity, number>;
  seconds: number;
}

export interface PeriodKind {
  kind: IncidentKind;
  /** The gravest of them. */
  severity: Severity;
  count: number;
  before: number;
  /** There was none of it in all the time before. */
  isNew: boolean;
}

export interface ToldIncident {
  incident: Incident;
  captureName: string;
  status: PeriodRow['status'];
  /** What people said of it, the latest first, at most three. */
  changes: { at: number; user: string; status: PeriodRow['status']; note: string }[];
}

export interface PeriodFacts {
  zone: string;
  now: Stretch;
  before: Stretch;
  days: PeriodDay[];
  kinds: PeriodKind[];
  /** Since when there is traffic in the database; null: there is none. */
  since: number | null;
  hosts: PeriodHost[];
  hostsTotal: number;
  budget: number | null;
  silenced: number;
  silences: PeriodSilence[];
  /** Alarms that began in the period and are open. */
  open: number;
  openCritical: number;
  /** Those of the time before that are open, the gravest first. */
  earlier: PeriodRow[];
  earlierTotal: number;
  earlierCritical: number;
  /** Those that had begun before and went on. */
  goingOn: PeriodRow[];
  goingOnTotal: number;
  told: ToldIncident[];
  /** The others, in their order. */
  listed: PeriodRow[];
  total: number;
  /** Captures that came in during the period and hold traffic of another time alone. */
  elsewhere: { name: string; incidents: number }[];
  /** Captures of the built-in sample, which do not count. */
  samples: SampleCapture[];
}

/** Told one by one. */
const LISTED = 1000;
const OTHERS = 20;
/** Days of a question at most, and one that both its ends cut. */
const DAYS_MAX = 800;
const CHANGES = 3;

const none = (): Record<Severity, number> => ({ critical: 0, warning: 0, info: 0 });

function countsOf(rows: readonly PeriodRow[]): Record<Severity, number> {
  const counts = none();
  for (const { severity } of rows) counts[severity]++;
  return counts;
}

function alarmsOf(rows: readonly PeriodRow[]): Alarms {
  const found: Alarms = { falseAlarms: 0, expected: 0, confirmed: 0, notJudged: 0 };
  for (const { severity, status } of rows) if (severity !== 'info') found[COLUMN[status]]++;
  return found;
}

/** Seconds with packets, by the beginning of their day. */
function watched(db: Database.Database, from: number, to: number, zone: string): Map<string, number> {
  const [first, last] = [Math.floor(from / 1000), Math.ceil(to / 1000)];
  const within = spans(db).map((span) => ({
    from: Math.max(first, span.from),
    to: Math.min(last, span.to),
  }));
  return secondsByDay(within, zone, DAYS_MAX);
}

const sumOf = (days: ReadonlyMap<string, number>): number => [...days.values()].reduce((sum, each) => sum + each, 0);

const startOf = (row: PeriodRow): number => secondsOf(row.firstTs) * 1000;

function daysOf(
  rows: readonly PeriodRow[],
  seconds: ReadonlyMap<string, number>,
  { from, to, zone }: PeriodQuestion,
): PeriodDay[] {
  const begins = daysBetween(zone, from, to);
  const days = begins.map((at): PeriodDay => ({ at, counts: none(), seconds: seconds.get(isoDay(zone, at)) ?? 0 }));
  for (const row of rows) {
    const at = startOf(row);
    // The last day that had begun.
    let day = begins.length - 1;
    while (day > 0 && begins[day]! > at) day--;
    days[day]!.counts[row.severity]++;
  }
  return days;
}

/** Of which one that nothing silences began before `from`. */
function kindsBefore(db: Database.Database, from: string, silenced: Silencing): Set<IncidentKind> {
  const kinds = `SELECT DISTINCT kind FROM incidents WHERE first_ts < ? AND suppressed_by IS NULL AND ${notSample('capture')}`;
  const known = db.prepare(kinds).pluck().all(from) as IncidentKind[];
  return new Set(known.filter((kind) => heardBefore(db, from, kind, silenced)));
}

function kindsOf(rows: readonly PeriodRow[], before: readonly PeriodRow[], known: ReadonlySet<IncidentKind>) {
  const found = new Map<IncidentKind, PeriodKind>();
  // The gravest of a kind comes first.
  for (const { kind, severity } of rows) {
    const one = found.get(kind) ?? { kind, severity, count: 0, before: 0, isNew: !known.has(kind) };
    found.set(kind, { ...one, count: one.count + 1 });
  }
  for (const { kind, severity } of before) {
    const one = found.get(kind) ?? { kind, severity, count: 0, before: 0, isNew: false };
    found.set(kind, { ...one, before: one.before + 1 });
  }
  return [...found.values()];
}

function told(db: Database.Database, rows: readonly PeriodRow[]): ToldIncident[] {
  const read = db.prepare(
    'SELECT i.body, c.name FROM incidents i JOIN captures c ON c.id = i.capture WHERE i.capture = ? AND i.uid = ?',
  );
  const said = db.prepare(
    'SELECT at, user, status, note FROM incident_changes WHERE capture = ? AND uid = ? ORDER BY id DESC LIMIT ?',
  );
  return rows.map(({ capture, uid, status }) => {
    const { body, name } = read.get(capture, uid) as { body: string; name: string };
    const changes = said.all(capture, uid, CHANGES) as ToldIncident['changes'];
    return { incident: JSON.parse(body) as Incident, captureName: name, status, changes };
  });
}

function elsewhere(db: Database.Database, { from, to }: PeriodQuestion): PeriodFacts['elsewhere'] {
  const sql = `SELECT id, name, (SELECT count(*) FROM incidents WHERE capture = c.id) AS incidents FROM captures c
    WHERE imported_at >= ? AND imported_at < ? AND ${notSample('id')} ORDER BY id`;
  const came = db.prepare(sql).all(from, to) as { id: number; name: string; incidents: number }[];
  return came
    .filter(({ id }) => {
      const span = spanOf(db, id);
      return span !== null && (span.to * 1000 <= from || span.from * 1000 >= to);
    })
    .slice(0, OTHERS)
    .map(({ name, incidents }) => ({ name, incidents }));
}

/** The time before that it is held against: the same hours, as few days earlier as keep the two apart. */
function timeBefore({ from, to, zone }: PeriodQuestion): { from: number; to: number } {
  let days = 1;
  while (sameTime(zone, from, days) < to) days++;
  return { from: sameTime(zone, from, -days), to: Math.min(from, sameTime(zone, to, -days)) };
}

/** @throws RangeError for a zone that is none */
export function periodOf(db: Database.Database, question: PeriodQuestion): PeriodFacts {
  const { from, to, zone, inFull, silences: asked = [] } = question;
  const silenced = silencing(db, asked);
  const earlier = timeBefore(question);
  const [begin, end] = [timeText(from), timeText(to)];
  const all = silenced(begunIn(db, begin, end));
  const rows = all.filter((row) => !isSilent(row));
  const allBefore = silenced(begunIn(db, timeText(earlier.from), timeText(earlier.to)));
  const rowsBefore = allBefore.filter((row) => !isSilent(row));
  const alarms = rows.filter(({ severity }) => severity !== 'info');
  const old = silenced(begunBefore(db, begin));
  const stillOpen = old.filter(isOpen).sort(graver);
  const goingOn = old.filter((row) => !isSilent(row) && row.lastTs >= begin).sort(graver);
  const open = alarms.filter(isOpen);
  const seconds = watched(db, from, to, zone);
  const silent = all.filter(isSilent);
  const starts = spans(db).map((span) => span.from * 1000);
  return {
    zone,
    now: { from, to, counts: countsOf(rows), alarms: alarmsOf(rows), seconds: sumOf(seconds) },
    before: {
      ...earlier,
      counts: countsOf(rowsBefore),
      alarms: alarmsOf(rowsBefore),
      seconds: sumOf(watched(db, earlier.from, earlier.to, zone)),
    },
    days: daysOf(rows, seconds, question),
    kinds: kindsOf(rows, rowsBefore, kindsBefore(db, begin, silenced)),
    since: starts.length === 0 ? null : starts.reduce((least, each) => Math.min(least, each)),
    ...hostsOf(db, alarms),
    budget: budgetOf(db),
    silenced: silent.length,
    silences: silencesOf(db, silent, asked),
    open: open.length,
    openCritical: open.filter(({ severity }) => severity === 'critical').length,
    earlier: stillOpen.slice(0, OTHERS),
    earlierTotal: stillOpen.length,
    earlierCritical: stillOpen.filter(({ severity }) => severity === 'critical').length,
    goingOn: goingOn.slice(0, OTHERS),
    goingOnTotal: goingOn.length,
    told: told(db, rows.slice(0, inFull)),
    listed: rows.slice(inFull, inFull + LISTED),
    total: rows.length,
    elsewhere: elsewhere(db, question),
    samples: samplesOf(db, to),
  };
}
