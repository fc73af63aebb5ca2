/** How many alarms somebody judged to be for nothing, by day, beside the budget. */
import type Database from 'better-sqlite3';
import type { Answer, Input } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import { dayOf, secondsByDay, type Span } from '../../../../src-shared/domain/days.ts';
import { DEFAULT_BUDGET, ENVIRONMENTS } from '../../../../src-shared/domain/environment.ts';
import type { IncidentStatus } from '../../../../src-shared/domain/incident.ts';
import { SAMPLE_SHA256 } from '../../../../src-shared/domain/sample.ts';
import { deskSettings, secondsOf, spanOf } from './common.ts';
import { notSample } from './period/sample.ts';

type AlarmRate = typeof contract.incidents.alarmRate;
type Day = Answer<AlarmRate>['days'][number];

interface Alarm {
  uid: string;
  firstTs: string;
  status: IncidentStatus;
  silent: number;
}

/** Where packets are, but for the built-in sample; of a capture whose files are not known yet, where flows are. */
export function spans(db: Database.Database): Span[] {
  const files = db
    .prepare('SELECT capture, sha256, first_ts AS first, last_ts AS last FROM inputs WHERE first_ts IS NOT NULL')
    .all() as { capture: number; sha256: string; first: string; last: string }[];
  const counted = files.filter(({ sha256 }) => sha256 !== SAMPLE_SHA256);
  const known = new Set(files.map(({ capture }) => capture));
  const others = (db.prepare('SELECT id FROM captures').pluck().all() as number[]).filter((id) => !known.has(id));
  return [
    ...counted.map(({ first, last }) => ({ from: Math.floor(secondsOf(first)), to: Math.floor(secondsOf(last)) + 1 })),
    ...others.map((id) => spanOf(db, id)).filter((span) => span !== null),
  ];
}

export const COLUMN: Readonly<Record<IncidentStatus, keyof Omit<Day, 'day' | 'seconds'>>> = {
  new: 'notJudged',
  investigating: 'notJudged',
  expected: 'expected',
  'false-alarm': 'falseAlarms',
  closed: 'confirmed',
};

/** One a uid: the same traffic may have been read twice; none of the built-in sample, which is nobody's. What somebody judged counts before what nobody did. */
function alarms(db: Database.Database): Iterable<Alarm> {
  const rows = db
    .prepare(
      `SELECT uid, first_ts AS firstTs, status, suppressed_by IS NOT NULL AS silent FROM incidents
       WHERE severity <> 'info' AND ${notSample('capture')} ORDER BY capture`,
    )
    .all() as Alarm[];
  const found = new Map<string, Alarm>();
  for (const alarm of rows) {
    const known = found.get(alarm.uid);
    if (!known || COLUMN[alarm.status] !== 'notJudged' || COLUMN[known.status] === 'notJudged')
      found.set(alarm.uid, alarm);
  }
  return found.values();
}

/** By the settings; where they leave it to the kind of network, by what the latest capture was judged. */
export function budgetOf(db: Database.Database): number | null {
  const { budget, profile } = deskSettings(db);
  if (typeof budget === 'number') return budget;
  const named = ENVIRONMENTS.find((name) => name === profile);
  if (named) return DEFAULT_BUDGET[named];
  const judged = db
    .prepare(
      `SELECT json_extract(report, '$.budget.perDay') FROM captures
       WHERE json_extract(report, '$.budget.perDay') IS NOT NULL ORDER BY id DESC LIMIT 1`,
    )
    .pluck()
    .get() as number | undefined;
  return judged ?? null;
}

/** @throws RangeError for a zone that is none */
export function alarmRate(db: Database.Database, { zone, days }: Input<AlarmRate>): Answer<AlarmRate> {
  const found = new Map<string, Day>();
  for (const [day, seconds] of secondsByDay(spans(db), zone, days))
    found.set(day, { day, seconds, falseAlarms: 0, expected: 0, confirmed: 0, notJudged: 0 });
  const named = dayOf(zone);
  let silenced = 0;
  for (const { firstTs, status, silent } of alarms(db)) {
    const day = found.get(named(Math.floor(secondsOf(firstTs))));
    if (!day) continue;
    if (silent === 1) silenced++;
    else day[COLUMN[status]]++;
  }
  return { days: [...found.values()], silenced, budget: budgetOf(db) };
}
