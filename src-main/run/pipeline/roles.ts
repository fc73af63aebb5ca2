/** What a run says of roles and networks: proposals, what was decided of them, and what speaks against them. */
import { kindOf } from '../../../src-shared/domain/incident.ts';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import type { ProposedRole } from '../../../src-shared/domain/roles.ts';
import type { BuiltIncident } from '../../detect/incidents/build.ts';
import { isExpectedOf } from '../../detect/incidents/expected-work.ts';
import type { HostStats } from '../../detect/incidents/hosts.ts';
import type { RoleCensus } from '../../detect/roles/census.ts';
import { proposeRoles } from '../../detect/roles/judge.ts';
import { findNetworks } from '../../detect/roles/networks.ts';
import { withDecisions } from './meaning.ts';
import type { TriageOptions } from './triage-types.ts';

/** Titles of incidents that are named against a proposal. */
const NAMED = 3;

interface Known {
  census: RoleCensus;
  /** Hardware addresses by address. */
  cards: ReadonlyMap<string, readonly string[]>;
  incidents: readonly BuiltIncident[];
  stats: HostStats;
  options: Pick<TriageOptions, 'networks' | 'roles'>;
}

/** Incidents a host began that its role would not explain. */
function doubts({ address, role }: ProposedRole, incidents: readonly BuiltIncident[]): string[] {
  const kinds = new Set<string>();
  for (const { incident } of incidents) {
    const isItsOwn = incident.severity !== 'info' && incident.sources.includes(address);
    if (isItsOwn && !isExpectedOf(role, incident.kind)) kinds.add(kindOf(incident.kind).title);
  }
  if (kinds.size === 0) return [];
  const more = kinds.size > NAMED ? ` and ${kinds.size - NAMED} more` : '';
  return [`It also began what this role does not explain: ${[...kinds].slice(0, NAMED).join(', ')}${more}.`];
}

/** Hosts of ours that took part in a conversation, and whoever has a card on our links. */
function speakers({ census, stats, cards }: Known): Set<string> {
  const { hosts } = census;
  const all = new Set(cards.keys());
  for (let host = 1; host <= hosts.size; host++)
    if (stats.tookPart(host) && census.isOurs(host)) all.add(hosts.address(host));
  return all;
}

/** Absent where nothing was found. */
export function rolesOfRun(known: Known): Pick<TriageReport, 'roles' | 'networksFound'> {
  const { census, cards, incidents, options } = known;
  const roles = withDecisions(proposeRoles(census), options.roles ?? [], cards).map((proposal) => ({
    ...proposal,
    against: [...doubts(proposal, incidents), ...proposal.against],
  }));
  const networksFound = findNetworks(speakers(known), cards, options.networks ?? []);
  return {
    ...(roles.length > 0 ? { roles } : {}),
    ...(networksFound.length > 0 ? { networksFound } : {}),
  };
}
