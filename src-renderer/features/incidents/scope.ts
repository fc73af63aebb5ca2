/** What of an incident a suppression may name. */
import { kindOf } from '../../../src-shared/domain/incident.ts';
import type { SuppressionScope } from '../../../src-shared/domain/suppression.ts';
import type { IncidentBody } from './types.ts';

export type ScopePart = keyof SuppressionScope;

export interface ScopeChoice {
  part: ScopePart;
  label: string;
  value: string | number;
}

/** Only what the incident has exactly one of can be named by it: a part must fit the whole incident. */
export function scopeChoices(incident: IncidentBody): ScopeChoice[] {
  const choices: ScopeChoice[] = [
    { part: 'kind', label: `Kind: ${kindOf(incident.kind).title}`, value: incident.kind },
  ];
  const one = <T>(values: readonly T[], total: number): T | undefined => (total === 1 ? values[0] : undefined);
  const source = one(incident.sources, incident.sourcesTotal);
  if (source !== undefined) choices.push({ part: 'source', label: `Source: ${source}`, value: source });
  const target = one(incident.targets, incident.targetsTotal);
  if (target !== undefined) choices.push({ part: 'destination', label: `Destination: ${target}`, value: target });
  const port = one(incident.ports, incident.portsTotal);
  if (port !== undefined) choices.push({ part: 'port', label: `Port: ${port}`, value: port });
  const domain = one(incident.domains, incident.domainsTotal);
  if (domain !== undefined) choices.push({ part: 'domain', label: `Domain: ${domain}`, value: domain });
  return choices;
}

export function scopeOf(choices: readonly ScopeChoice[], chosen: ReadonlySet<ScopePart>): SuppressionScope {
  return Object.fromEntries(choices.filter(({ part }) => chosen.has(part)).map(({ part, value }) => [part, value]));
}

export const LIFETIMES = [
  { value: '1', label: 'for a day' },
  { value: '7', label: 'for a week' },
  { value: '30', label: 'for 30 days' },
  { value: '90', label: 'for 90 days' },
  { value: '0', label: 'until it is removed' },
] as const;

const DAY_MS = 86_400_000;

/** `days` '0': never. */
export function expiryOf(days: string, now: number): number | null {
  return Number(days) > 0 ? now + Number(days) * DAY_MS : null;
}
