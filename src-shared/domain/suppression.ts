/**
 * Suppressions: what someone declared to be expected. Every part of a scope that is given must fit the incident; a
 * scope without any part would silence everything and is refused.
 */
import { kindOf, type IncidentKind } from './incident.ts';
import { parseNetwork } from './network.ts';
import { timeOfDayFault, timeOfDayText, type TimeOfDay } from './time-of-day.ts';

export interface SuppressionScope {
  kind?: IncidentKind | undefined;
  /** An address or a network in CIDR: every source of the incident lies in it. */
  source?: string | undefined;
  /** Likewise for the targets. */
  destination?: string | undefined;
  /** The incident's only port: a scan that also touched it is not silenced. 0: incidents without ports. */
  port?: number | undefined;
  /** tcp, udp, icmp, or a service as Zeek names it: one of the incident's flows has it. */
  protocol?: string | undefined;
  /** A name, `*.example.com` for all names below, `.example.com` for both: every domain of the incident is one. */
  domain?: string | undefined;
  /** Fingerprint of a TLS client: a flow of the incident has it, and none has another. */
  ja4?: string | undefined;
  /** What found it, as an incident names its detectors; a signature only where nothing else found it (`isFoundBy`). */
  rule?: string | undefined;
  /** When its first packet came. */
  time?: TimeOfDay | undefined;
}

export interface Suppression {
  id: number;
  scope: SuppressionScope;
  reason: string;
  author: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** null: never. */
  expiresAt: number | null;
  enabled: boolean;
}

/** In their order of a scope's text. */
export const SCOPE_PARTS = [
  'kind',
  'source',
  'destination',
  'port',
  'protocol',
  'domain',
  'ja4',
  'rule',
  'time',
] as const satisfies readonly (keyof SuppressionScope)[];

/** Suppressions of one desk, or of one file, at most. */
export const SUPPRESSIONS_MAX = 1000;

const DOMAIN = /^(\*?\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i;
const JA4 = /^[tqd][0-9a-z]{2}[di]\d{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$/i;

/** Of what stands in a scope, characters that a fault repeats. */
const REPEATED_MAX = 60;
const short = (text: string): string => (text.length > REPEATED_MAX ? `${text.slice(0, REPEATED_MAX)}…` : text);

/** What is wrong with a scope, in words; null when nothing is. */
export function scopeFault(scope: SuppressionScope): string | null {
  const { source, destination, domain, ja4, rule, time } = scope;
  if (SCOPE_PARTS.every((part) => scope[part] === undefined))
    return `it would silence everything: give at least one of ${SCOPE_PARTS.join(', ')}`;
  for (const [name, text] of [
    ['source', source],
    ['destination', destination],
  ] as const) {
    if (text !== undefined && parseNetwork(text) === null)
      return `${name}: ${short(text)} is neither an address nor a network like 10.0.0.0/8`;
  }
  if (domain !== undefined && !DOMAIN.test(domain))
    return `domain: ${short(domain)} is neither a name nor like *.example.com (below it) or .example.com (and itself)`;
  if (ja4 !== undefined && !JA4.test(ja4))
    return `ja4: ${short(ja4)} is not a fingerprint like t13d1516h2_8daaf6152771_b186095e22b6`;
  if (rule !== undefined && !/^\S+$/.test(rule)) return 'rule: it has blanks; it is one word like behaviour:port-scan';
  const fault = time === undefined ? null : timeOfDayFault(time);
  return fault === null ? null : `time: ${fault}`;
}

const SIGNATURES = ['signature:', 'sigma:'];
/** Known shapes of attack and signatures name what they found; learned scores only stand beside it. */
const NAMING = ['behaviour:', ...SIGNATURES];

/** What found an incident, out of its `detectors`, most certain first: behaviours and signatures, else learned scores. */
export function rulesOf(detectors: Readonly<Record<string, number>>): string[] {
  const found = Object.entries(detectors)
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([id]) => id);
  const naming = found.filter((id) => NAMING.some((prefix) => id.startsWith(prefix)));
  return naming.length > 0 ? naming : found.filter((id) => id.includes(':') && !id.startsWith('capture:'));
}

/**
 * Whether the rule found the incident. Of a signature it has to be the only thing that did: an alarm that another
 * signature or a behaviour would have given as well is not its noise.
 */
export function isFoundBy(rule: string, detectors: Readonly<Record<string, number>>): boolean {
  if (!Object.hasOwn(detectors, rule)) return false;
  return !SIGNATURES.some((prefix) => rule.startsWith(prefix)) || rulesOf(detectors).length === 1;
}

/** The scope for people: "port-scan from 10.0.0.5 to port 22". */
export function scopeText(scope: SuppressionScope): string {
  const parts = [
    scope.kind === undefined ? 'anything' : kindOf(scope.kind).title,
    scope.source === undefined ? '' : `from ${scope.source}`,
    scope.destination === undefined ? '' : `to ${scope.destination}`,
    scope.port === undefined ? '' : `port ${scope.port}`,
    scope.protocol === undefined ? '' : `over ${scope.protocol}`,
    scope.domain === undefined ? '' : `about ${scope.domain}`,
    scope.ja4 === undefined ? '' : `by clients with JA4 ${scope.ja4}`,
    scope.rule === undefined ? '' : `found by ${scope.rule}`,
    scope.time === undefined ? '' : timeOfDayText(scope.time),
  ];
  return parts.filter(Boolean).join(' ');
}
