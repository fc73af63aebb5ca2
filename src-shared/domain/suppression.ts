/**
 * Suppressions: what someone declared to be expected. Every part of a scope that is given must fit the incident; a
 * scope without any part would silence everything and is refused.
 */
import { kindOf, type IncidentKind } from './incident.ts';
import { parseNetwork } from './network.ts';

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
  /** A name, or `*.example.com` for all names below: every domain of the incident is one. */
  domain?: string | undefined;
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

const DOMAIN = /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i;

/** What is wrong with a scope, in words; null when nothing is. */
export function scopeFault(scope: SuppressionScope): string | null {
  const { kind, source, destination, port, protocol, domain } = scope;
  if ([kind, source, destination, port, protocol, domain].every((part) => part === undefined)) {
    return 'it would silence everything: give at least one of kind, source, destination, port, protocol, domain';
  }
  for (const [name, text] of [
    ['source', source],
    ['destination', destination],
  ] as const) {
    if (text !== undefined && parseNetwork(text) === null)
      return `${name}: ${text} is neither an address nor a network like 10.0.0.0/8`;
  }
  if (domain !== undefined && !DOMAIN.test(domain)) return `domain: ${domain} is neither a name nor like *.example.com`;
  return null;
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
  ];
  return parts.filter(Boolean).join(' ');
}
