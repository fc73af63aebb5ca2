/** What of an incident a suppression may name. */
import { kindOf } from '../../../src-shared/domain/incident.ts';
import { rulesOf, type SuppressionScope } from '../../../src-shared/domain/suppression.ts';
import type { IncidentBody } from './types.ts';

export type ScopePart = Exclude<keyof SuppressionScope, 'time'>;

export interface ScopeChoice {
  part: ScopePart;
  label: string;
  /** One of them is chosen; most have only one. */
  values: readonly (string | number)[];
}

/** What the incident's flows tell. */
export interface Marks {
  protocols: readonly string[];
  ja4: readonly string[];
}

/** Not chosen at first: they narrow what is silenced to what may well be chance. */
const MORE: readonly ScopePart[] = ['port', 'protocol', 'ja4', 'rule'];

/** A service says more than the transport under it. */
const TRANSPORTS = ['tcp', 'udp', 'icmp', 'icmp6'];

function serviceFirst(protocols: readonly string[]): string[] {
  return [...protocols].sort((a, b) => Number(TRANSPORTS.includes(a)) - Number(TRANSPORTS.includes(b)));
}

/** Of a signature only where nothing else found the incident: it would not fit otherwise. */
function rulesFor({ detectors }: IncidentBody): string[] {
  const rules = rulesOf(detectors);
  return rules.length === 1 ? rules : rules.filter((rule) => !/^(?:signature|sigma):/.test(rule));
}

/** The one domain, or the one below which all others are: `.example.com`. */
function domainFor({ domains, domainsTotal }: IncidentBody): string[] {
  if (domainsTotal > domains.length) return [];
  if (domains.length < 2) return [...domains];
  const parent = domains.find((name) => domains.every((other) => other === name || other.endsWith(`.${name}`)));
  return parent === undefined ? [] : [`.${parent}`];
}

/** Only what the incident has exactly one of can be named by it: a part must fit the whole incident. */
export function scopeChoices(incident: IncidentBody, marks: Marks = { protocols: [], ja4: [] }): ScopeChoice[] {
  const one = <T>(values: readonly T[], total: number): readonly T[] => (total === 1 ? values.slice(0, 1) : []);
  const { sources, sourcesTotal, targets, targetsTotal, ports, portsTotal } = incident;
  const choices: [ScopePart, string, readonly (string | number)[]][] = [
    ['source', 'Source', one(sources, sourcesTotal)],
    ['destination', 'Destination', one(targets, targetsTotal)],
    ['port', 'Port', one(ports, portsTotal)],
    ['domain', 'Domain', domainFor(incident)],
    ['protocol', 'Protocol', serviceFirst(marks.protocols)],
    ['ja4', 'JA4 of the client', one(marks.ja4, marks.ja4.length)],
    ['rule', 'Found by', rulesFor(incident)],
  ];
  const kind: ScopeChoice = { part: 'kind', label: `Kind: ${kindOf(incident.kind).title}`, values: [incident.kind] };
  const others = choices
    .filter(([, , values]) => values.length > 0)
    .map(([part, label, values]) => ({ part, label: values.length === 1 ? `${label}: ${values[0]}` : label, values }));
  return [kind, ...others];
}

/** What is chosen at first: kind, ends and domain. */
export function usualParts(choices: readonly ScopeChoice[]): Set<ScopePart> {
  return new Set(choices.map(({ part }) => part).filter((part) => !MORE.includes(part)));
}

/** `picked`: of parts that have several values, which. */
export function scopeOf(
  choices: readonly ScopeChoice[],
  chosen: ReadonlySet<ScopePart>,
  picked: Partial<Record<ScopePart, string>> = {},
): SuppressionScope {
  const parts = choices.filter(({ part }) => chosen.has(part));
  return Object.fromEntries(parts.map(({ part, values }) => [part, picked[part] ?? values[0]]));
}
