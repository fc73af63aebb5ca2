/**
 * What a report of a day, a week or another time says: on its first page, for who decides, how it went beside the time before, what
 * is open and what to do first; after it, for who looks into it, the evidence of each incident. The same facts give the same document.
 */
import { formatCount, plural } from '../../../../src-shared/domain/amounts.ts';
import { clockText, dayText, isoDay, momentText } from '../../../../src-shared/domain/calendar.ts';
import { kindOf, type Severity } from '../../../../src-shared/domain/incident.ts';
import { plainText } from '../../../../src-shared/domain/plain-text.ts';
import type { Incident } from '../../../../src-shared/domain/report.ts';
import { calendarTime } from '../../../../src-shared/domain/time.ts';
import type { PeriodHost } from '../../store/queries/period/hosts.ts';
import type { PeriodFacts, ToldIncident } from '../../store/queries/period/index.ts';
import type { PeriodRow } from '../../store/queries/period/rows.ts';
import type { Block, ReportDocument } from './document.ts';
import { firstSteps, incidentBlocks, PSEUDONYMS, WORDS, type Step } from './incident.ts';
import {
  beforeText,
  figuresOf,
  needlessText,
  spanText,
  titleText,
  verdictText,
  watchedText,
  wholeDays,
} from './period-words.ts';
import { plain } from './plain.ts';

/** Incidents that are told with all evidence: what `periodOf` is to be asked for. */
export const IN_FULL = 100;
/** On the first page. */
const STEPS = 3;
const KINDS = 5;
const FIRST_HOSTS = 4;
const NEW_KINDS = 5;

const STATUS: Readonly<Record<PeriodRow['status'], string>> = {
  new: 'open, nobody has looked at it',
  investigating: 'open, somebody looks into it',
  expected: 'expected',
  'false-alarm': 'false alarm',
  closed: 'closed',
};

export interface PeriodAbout {
  /** When it was looked at, milliseconds since 1970. */
  now: number;
  /** The name of this Sonde. */
  sensor: string;
  version: string;
  /** Addresses and names are pseudonyms. */
  anonymised?: boolean;
}

type Moment = (time: string) => string;

const momentIn =
  (zone: string): Moment =>
  (time) =>
    clockText(zone, Date.parse(`${calendarTime(time).slice(0, 23)}Z`));

function heading(text: string): Block {
  return { kind: 'heading', level: 2, text };
}

/** Without traffic from before the period nothing can be told to be new. */
const hasPast = ({ since, now }: PeriodFacts): boolean => since !== null && since < now.from;

function overview(facts: PeriodFacts): Block {
  const { now, before, zone, kinds, silenced, elsewhere, samples, goingOnTotal } = facts;
  const fresh = kinds.filter(({ isNew, count }) => isNew && count > 0).map(({ kind }) => kindOf(kind).title);
  const named = fresh.slice(0, NEW_KINDS).join(', ');
  const more = fresh.length > NEW_KINDS ? ` and ${fresh.length - NEW_KINDS} more` : '';
  const rows: [string, string][] = [
    ['Watched', `${watchedText(now)}; ${beforeText(zone, before)}: ${watchedText(before)}`],
    [
      'Never seen before',
      hasPast(facts) ? `${named}${more}` || 'no kind of incident' : 'there is no earlier traffic to tell by',
    ],
    ['For nothing', needlessText(facts)],
  ];
  if (goingOnTotal > 0) rows.push(['Went on', `${plural(goingOnTotal, 'incident')} that had begun earlier`]);
  if (silenced > 0) rows.push(['Left out', `${plural(silenced, 'incident')} that someone expects`]);
  if (elsewhere.length > 0)
    rows.push(['Not counted', `${plural(elsewhere.length, 'capture')} that came in with traffic of another time`]);
  if (samples.length > 0)
    rows.push(['Sample', `${plural(samples.length, 'capture')} of the built-in sample, not counted either`]);
  return { kind: 'facts', rows };
}

function daysBlocks({ days, zone }: PeriodFacts): Block[] {
  if (days.length < 2) return [];
  const isShort = days.length <= 10;
  return [
    heading('Day by day'),
    {
      kind: 'days',
      days: days.map(({ at, counts, seconds }) => ({
        label: isShort ? dayText(zone, at).split(' ').slice(0, 3).join(' ') : isoDay(zone, at).slice(5),
        counts,
        unseen: seconds === 0,
      })),
    },
  ];
}

const GRADES: readonly Severity[] = ['info', 'warning', 'critical'];

function kindsBlocks(facts: PeriodFacts, most: number): Block[] {
  const { kinds, zone, before } = facts;
  const isNews = hasPast(facts);
  const unseen = before.seconds === 0;
  const sorted = kinds.toSorted(
    (a, b) =>
      Number(b.count > 0) - Number(a.count > 0) ||
      GRADES.indexOf(b.severity) - GRADES.indexOf(a.severity) ||
      b.count - a.count ||
      b.before - a.before ||
      (a.kind < b.kind ? -1 : 1),
  );
  if (sorted.length === 0) return [];
  const left = sorted.length - most;
  return [
    heading('What was found'),
    {
      kind: 'table',
      columns: [
        { title: 'Kind', width: 5 },
        { title: 'At worst', width: 2 },
        { title: 'Incidents', right: true, width: 1.5 },
        { title: beforeText(zone, before).replace(/^t/, 'T'), right: true, width: 2.2 },
      ],
      rows: sorted
        .slice(0, most)
        .map(({ kind, severity, count, before: earlier, isNew }) => [
          `${kindOf(kind).title}${isNew && isNews ? ' (new)' : ''}`,
          WORDS[severity],
          formatCount(count),
          unseen && earlier === 0 ? '–' : formatCount(earlier),
        ]),
    },
    ...(unseen ? [{ kind: 'text', text: `–: no traffic was watched ${beforeText(zone, before)}.` } as const] : []),
    ...(left > 0 ? [{ kind: 'text', text: `and ${plural(left, 'further kind')}, see “All kinds”.` } as const] : []),
  ];
}

const hostText = ({ address, name }: PeriodHost): string => (name === '' ? address : `${address} (${name})`);
const KINDS_OF_HOST = 2;

function hostsTable(hosts: readonly PeriodHost[]): Block {
  return {
    kind: 'table',
    columns: [
      { title: 'Host', width: 4 },
      { title: 'Took part in', width: 4.5 },
      { title: 'Critical', right: true, width: 1.2 },
      { title: 'Warnings', right: true, width: 1.4 },
      { title: 'Begun by it', right: true, width: 1.7 },
    ],
    rows: hosts.map((host) => {
      const kinds = host.kinds.slice(0, KINDS_OF_HOST).map((kind) => kindOf(kind).title);
      const more = host.kinds.length > KINDS_OF_HOST ? ', …' : '';
      return [
        hostText(host),
        `${kinds.join(', ')}${more}`,
        formatCount(host.counts.critical),
        formatCount(host.counts.warning),
        formatCount(host.asSource),
      ];
    }),
  };
}

const isOpen = ({ status }: ToldIncident): boolean => status === 'new' || status === 'investigating';

function told(each: ToldIncident, number: number, zone: string, moment: Moment): Block[] {
  const judged = each.changes.map(({ at, user, status, note }) => {
    const why = note === '' ? '' : `: ${note}`;
    return `${STATUS[status]}, by ${user}, ${clockText(zone, at)}${why}`;
  });
  return incidentBlocks(each.incident, number, moment, [
    ['Standing', STATUS[each.status]],
    ['Said of it', judged.join('; ')],
    ['Capture', each.captureName],
  ]);
}

function rowsTable(rows: readonly PeriodRow[], moment: Moment, first?: number): Block {
  return {
    kind: 'table',
    columns: [
      ...(first === undefined ? [] : [{ title: 'No.', right: true, width: 1 }]),
      { title: 'Severity', width: 1.5 },
      { title: 'What', width: 6 },
      { title: 'Since', width: 3.6 },
      { title: 'Standing', width: 2.6 },
    ],
    rows: rows.map((row, at) => [
      ...(first === undefined ? [] : [String(first + at)]),
      WORDS[row.severity],
      row.title,
      moment(row.firstTs),
      STATUS[row.status].split(',')[0]!,
    ]),
  };
}

function andMore(left: number): Block[] {
  return left > 0 ? [{ kind: 'text', text: `and ${formatCount(left)} more.` }] : [];
}

function fromBefore(facts: PeriodFacts, moment: Moment): Block[] {
  const { earlier, earlierTotal, goingOn, goingOnTotal } = facts;
  return [
    ...(earlier.length > 0
      ? [heading('Open from the time before'), rowsTable(earlier, moment), ...andMore(earlierTotal - earlier.length)]
      : []),
    ...(goingOn.length > 0
      ? [
          heading('Begun earlier, still going on'),
          rowsTable(goingOn, moment),
          ...andMore(goingOnTotal - goingOn.length),
        ]
      : []),
  ];
}

function silences({ silences: list, silenced, zone }: PeriodFacts): Block[] {
  if (silenced === 0) return [];
  return [
    heading('Left out because somebody expects it'),
    {
      kind: 'table',
      columns: [
        { title: 'Incidents', right: true, width: 1.4 },
        { title: 'Reason', width: 5 },
        { title: 'By', width: 2 },
        { title: 'Until', width: 3.4 },
      ],
      rows: list.map(({ incidents, reason, author, expiresAt }) => [
        formatCount(incidents),
        reason,
        author,
        expiresAt === null ? 'for good' : clockText(zone, expiresAt),
      ]),
    },
  ];
}

function evidence(facts: PeriodFacts, moment: Moment): Block[] {
  const { told: list, listed, total, zone } = facts;
  if (total === 0) return [];
  const left = total - list.length - listed.length;
  return [
    heading('Incidents'),
    ...list.flatMap((each, at) => told(each, at + 1, zone, moment)),
    ...(listed.length > 0
      ? [heading('Further incidents'), rowsTable(listed, moment, list.length + 1), ...andMore(left)]
      : []),
  ];
}

function counted(facts: PeriodFacts, { now, sensor, version, anonymised = false }: PeriodAbout): Block[] {
  const { zone, before, elsewhere, samples } = facts;
  const from = (each: { from: number; to: number }): string =>
    `${clockText(zone, each.from)} up to ${clockText(zone, each.to)}`;
  const rows: [string, string][] = [
    ['Period', from(facts.now)],
    ['Compared with', from(before)],
    ['Time zone', zone],
    ['As of', clockText(zone, now)],
    ['Sonde', `${sensor}, version ${version}`],
    ...(anonymised ? [['Anonymised', PSEUDONYMS] as [string, string]] : []),
  ];
  const left = (text: string, list: PeriodFacts['elsewhere']): Block[] => {
    const items = list.map(({ name, incidents }) => `${name}: ${plural(incidents, 'incident')}`);
    if (items.length === 0) return [];
    return [
      { kind: 'text', text, strong: true },
      { kind: 'list', items },
    ];
  };
  return [
    heading('How it was counted'),
    { kind: 'facts', rows },
    { kind: 'list', items: COUNTING },
    ...left('Captures of another time, not counted', elsewhere),
    ...left('The sample that ships with Sonde, not counted', samples),
  ];
}

const COUNTING: readonly string[] = [
  'An incident belongs to the time in which its first packet was seen, whenever its capture was read; one that was read twice counts once.',
  'Open is a warning or a critical incident that nobody has closed, judged to be a false alarm, expected or silenced.',
  'For nothing are alarms (warnings and critical incidents) that somebody judged to be false or expected; a day is a day of watched traffic.',
  'What a suppression silences is left out of all figures but its own.',
  'Only what passed where Sonde listened is in it, and what is encrypted is judged by names, sizes and times. Nothing found is no proof that nothing is wrong.',
];

/** At most `IN_FULL` incidents were asked for. */
export function periodDocument(facts: PeriodFacts, about: PeriodAbout): ReportDocument {
  const { zone, now, kinds, hosts } = facts;
  const moment = momentIn(zone);
  const span = spanText(zone, now);
  const open = distinct(facts.told.filter(isOpen).map(({ incident }) => incident));
  const blocks: Block[] = [
    {
      kind: 'title',
      text: titleText(zone, now),
      under: [...(wholeDays(zone, now) === 0 ? [] : [span]), `time zone ${zone}`, about.sensor].join(' · '),
    },
    { kind: 'text', text: verdictText(facts), strong: true },
    { kind: 'figures', items: figuresOf(facts) },
    ...daysBlocks(facts),
    ...firstSteps([...open, ...older(facts, moment)].sort(byGravity), STEPS),
    ...kindsBlocks(facts, KINDS),
    ...(hosts.length > 0 ? [heading('Hosts to look at first'), hostsTable(hosts.slice(0, FIRST_HOSTS))] : []),
    overview(facts),
    { kind: 'page' },
    ...evidence(facts, moment),
    ...fromBefore(facts, moment),
    ...(kinds.length > KINDS ? kindsBlocks(facts, kinds.length).map(renamed) : []),
    ...(hosts.length > FIRST_HOSTS
      ? [heading('Hosts'), hostsTable(hosts), ...andMore(facts.hostsTotal - hosts.length)]
      : []),
    ...silences(facts),
    ...counted(facts, about),
  ];
  return { title: `Sonde: ${plainText(span)}`, date: about.now, blocks: blocks.map(plain) };
}

/** What has waited since before the period is done first, too; its evidence stands in reports of its own time. */
function older({ earlier }: PeriodFacts, moment: Moment): Step[] {
  const seen = new Set<string>();
  return earlier
    .filter(({ title }) => !seen.has(title) && seen.add(title))
    .map(({ kind, severity, title, firstTs }) => {
      const summary = `Open since ${moment(firstTs)}, from before this time.`;
      return { severity, title, summary, response: kindOf(kind).response };
    });
}

/** Those of the period first among those as grave. */
const byGravity = (a: Step, b: Step): number => GRADES.indexOf(b.severity) - GRADES.indexOf(a.severity);

/** What is alike is done once: of each kind and origin the gravest. */
function distinct(incidents: readonly Incident[]): Incident[] {
  const keys = incidents.map(({ kind, sources }) => `${kind} ${sources.join()}`);
  return incidents.filter((_, at) => keys.indexOf(keys[at]!) === at);
}

function renamed(block: Block): Block {
  return block.kind === 'heading' ? { ...block, text: 'All kinds' } : block;
}

/** Lines for a message that goes with it; the first is one sentence. */
export function periodLines(facts: PeriodFacts, about: PeriodAbout): { title: string; text: string } {
  const { zone, now, before, open, earlierTotal } = facts;
  const was =
    before.seconds > 0 ? ` (${beforeText(zone, before)}: ${before.counts.critical} and ${before.counts.warning})` : '';
  const isDay = wholeDays(zone, now) === 1;
  const lines = [
    verdictText(facts),
    `Critical: ${formatCount(now.counts.critical)}, warnings: ${formatCount(now.counts.warning)}${was}`,
    `Open: ${formatCount(open + earlierTotal)}`,
    `Watched: ${watchedText(now)}`,
    `As of ${momentText(zone, about.now)}, time zone ${zone}`,
  ];
  return { title: `Report: ${isDay ? dayText(zone, now.from) : spanText(zone, now)}`, text: lines.join('\n') };
}
