/** Incidents to alerts: their words, their keys, and their text in the queue. */
import { createHash } from 'node:crypto';
import { SEVERITIES, type Severity } from '../../../src-shared/domain/incident.ts';
import { plainText } from '../../../src-shared/domain/plain-text.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import type { Alert, AlertReason } from './types.ts';

/** Entries of an incident's lists that travel with an alert; their totals stand beside them. */
const LISTED = 100;
/** Addresses that the text names. */
const NAMED = 5;
/** Incidents that a digest lists. */
const DIGEST_LISTED = 100;
const DIGEST_NAMED = 20;

export type DigestIncident = NonNullable<Alert['digest']>['incidents'][number];
/** `why`: it was asked for, or the channel was sent enough within an hour. */
export interface DigestItem {
  incident: DigestIncident;
  reason: AlertReason;
  /** Milliseconds since 1970. */
  at: number;
}

export const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** 32 hex digits: the same for the same parts. */
export function alertKey(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

const first = <T>(list: readonly T[]): T[] => list.slice(0, LISTED);

/** Digits of a uid that make the number: it stays exact as a double. */
const NUMBER_DIGITS = 12;

/** Its place in a report means nothing to whoever gets an alert, and repeats: the number that is sent is the incident's own. */
export function incidentNumber({ uid, id }: Pick<Incident, 'uid' | 'id'>): number {
  const number = Number.parseInt(uid.slice(0, NUMBER_DIGITS), 16);
  return Number.isNaN(number) ? id : number + 1;
}

/** With lists short enough to be sent anywhere. */
export function trimmed(incident: Incident): Incident {
  const { sources, targets, ports, domains, technique, evidence, attributions, response } = incident;
  return {
    ...incident,
    id: incidentNumber(incident),
    sources: first(sources),
    targets: first(targets),
    ports: first(ports),
    domains: first(domains),
    technique: first(technique),
    evidence: first(evidence),
    attributions: first(attributions),
    response: first(response),
  };
}

function some(list: readonly (string | number)[], total: number): string {
  const named = list.slice(0, NAMED).map((each) => plainText(String(each)));
  const more = total - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

/** `2026-11-21T08:40:00Z`: the second is enough for people. */
const second = (ts: string): string => `${ts.slice(0, 19)}Z`;

const OPENING: Readonly<Partial<Record<AlertReason, string>>> = {
  'goes-on': 'Still going on: ',
};

export function titleOf({ title, severity }: Pick<Incident, 'title' | 'severity'>, reason: AlertReason): string {
  const opening = reason === 'worsened' ? `Now ${severity}: ` : (OPENING[reason] ?? '');
  return plainText(`${opening}${title}`);
}

/** Traffic of longer ago than this is not of now: a capture is played, ms. */
const OLD_MS = 3_600_000;

/** Whoever reads the message the moment it comes would else take its times for those of now. */
function ageText({ lastTs }: Incident, at: number): string {
  if (Math.abs(at - Date.parse(lastTs)) < OLD_MS) return '';
  return `These are the traffic's own times; this was found at ${second(new Date(at).toISOString())}`;
}

function textOf(incident: Incident, at: number): string {
  const { severity, summary, sources, sourcesTotal, targets, targetsTotal, ports, portsTotal, response } = incident;
  const lines = [
    plainText(summary),
    `Severity: ${severity}, confidence ${Math.round(incident.confidence * 100)} %`,
    sources.length > 0 ? `From: ${some(sources, sourcesTotal)}` : '',
    targets.length > 0 ? `To: ${some(targets, targetsTotal)}` : '',
    ports.length > 0 ? `Ports: ${some(ports, portsTotal)}` : '',
    `First seen ${second(incident.firstTs)}, last ${second(incident.lastTs)}`,
    ageText(incident, at),
    response[0] === undefined ? '' : `What to do: ${plainText(response[0])}`,
  ];
  return lines.filter((line) => line !== '').join('\n');
}

export interface Made {
  /** Milliseconds since 1970. */
  at: number;
  sensor: string;
}

/** `key`: of this message. */
export function incidentAlert(incident: Incident, reason: AlertReason, key: string, { at, sensor }: Made): Alert {
  return {
    schema: 'sonde.alert/1',
    key,
    reason,
    at: new Date(at).toISOString(),
    sensor,
    title: titleOf(incident, reason),
    text: textOf(incident, at),
    severity: incident.severity,
    incident: trimmed(incident),
  };
}

const SOME = { info: 'info', warning: 'warning', critical: 'critical' } as const;

function countsOf(items: readonly DigestItem[]): Record<Severity, number> {
  const counts = { info: 0, warning: 0, critical: 0 };
  for (const { incident } of items) counts[incident.severity]++;
  return counts;
}

function countsText(counts: Record<Severity, number>): string {
  const named = SEVERITIES.toReversed().filter((severity) => counts[severity] > 0);
  return named.map((severity) => `${counts[severity]} ${SOME[severity]}`).join(', ');
}

/** Gravest first. `beyond`: the channel was sent its fill within an hour, and this is the rest. */
export function digestAlert(items: readonly DigestItem[], beyond: boolean, key: string, made: Made): Alert {
  const sorted = items.toSorted((a, b) => rankOf(b.incident.severity) - rankOf(a.incident.severity) || a.at - b.at);
  const counts = countsOf(items);
  const times = items.map(({ at }) => at);
  const count = items.length === 1 ? '1 incident' : `${items.length} incidents`;
  const why = beyond
    ? 'There were more alerts within an hour than this channel is to be sent; these are the rest.'
    : 'Collected since the last digest.';
  const named = sorted.slice(0, DIGEST_NAMED).map(({ incident }) => {
    return `${incident.severity}: ${plainText(incident.title)} (${second(incident.lastTs)})`;
  });
  const more = items.length > DIGEST_NAMED ? [`… and ${items.length - DIGEST_NAMED} more`] : [];
  return {
    schema: 'sonde.alert/1',
    key,
    reason: 'digest',
    at: new Date(made.at).toISOString(),
    sensor: made.sensor,
    title: `${count}: ${countsText(counts)}`,
    text: [why, ...named, ...more].join('\n'),
    severity: sorted[0]?.incident.severity ?? 'info',
    digest: {
      from: new Date(Math.min(made.at, ...times.slice(0, 1))).toISOString(),
      to: new Date(made.at).toISOString(),
      counts,
      incidents: sorted.slice(0, DIGEST_LISTED).map(({ incident }) => incident),
    },
  };
}

export function digestItem(incident: Incident, reason: AlertReason, at: number): DigestItem {
  const { uid, kind, severity, title, firstTs, lastTs } = incident;
  return { incident: { uid, kind, severity, title, firstTs, lastTs }, reason, at };
}

export function testAlert(key: string, { at, sensor }: Made): Alert {
  return {
    schema: 'sonde.alert/1',
    key,
    reason: 'test',
    at: new Date(at).toISOString(),
    sensor,
    title: 'Test of this channel',
    text: 'Sonde can send alerts here. Nothing has happened.',
    severity: 'info',
  };
}

interface Attached {
  name: string;
  type: string;
  base64: string;
}

/** As the queue keeps it. */
export function alertText(alert: Alert): string {
  const { attachments, ...rest } = alert;
  if (!attachments) return JSON.stringify(rest);
  const attached: Attached[] = attachments.map(({ name, type, data }) => {
    return { name, type, base64: Buffer.from(data).toString('base64') };
  });
  return JSON.stringify({ ...rest, attachments: attached });
}

/** What `alertText` made. @throws SyntaxError where it is no JSON */
export function alertFromText(text: string): Alert {
  const { attachments, ...rest } = JSON.parse(text) as Omit<Alert, 'attachments'> & { attachments?: Attached[] };
  if (!attachments) return rest;
  return {
    ...rest,
    attachments: attachments.map(({ name, type, base64 }) => ({ name, type, data: Buffer.from(base64, 'base64') })),
  };
}
