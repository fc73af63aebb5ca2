/**
 * Incidents that are the normal work of a device someone has made known, or of a role someone has confirmed: shown with a lower severity, and the reason
 * stands first in the evidence. Nothing is hidden, and nothing but what the table names is touched: a known scanner that
 * guesses passwords is as bad as any other machine that does.
 */
import { rolesIn, ROLES, type RoleId } from '../../../src-shared/domain/devices.ts';
import { kindOf, SEVERITIES, type IncidentKind, type Severity } from '../../../src-shared/domain/incident.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import { isWithin, NONE_CONFIRMED, type ConfirmedOf } from '../roles/confirmed.ts';

/** The role, in someone's words, of a host by its id; undefined for what nobody made known. */
export type RoleOf = (host: number) => string | undefined;

interface Said {
  roleOf: RoleOf;
  confirmedOf: ConfirmedOf;
}

interface Rule {
  role: RoleId;
  kind: IncidentKind;
  /** Who must have the role for it to hold: everyone who did it, everyone it was done to, or both. */
  who: 'sources' | 'targets' | 'both';
  to: Severity;
  /** What holds of every port of the incident; without it, ports do not matter. */
  port?: (port: number) => boolean;
  because: string;
}

const DNS = (port: number): boolean => port === 53 || port === 853;
const MAIL = (port: number): boolean => port === 25 || port === 465 || port === 587;
const WEB = (port: number): boolean => port === 80 || port === 443 || port === 8080 || port === 8443;
/** Not ICMP (its code 0 stands for a port) and not DNS: what leaves through those is no backup. */
const TRANSFER = (port: number): boolean => port !== 0 && !DNS(port);

const RULES: readonly Rule[] = [
  { role: 'scanner', kind: 'port-scan', who: 'sources', to: 'info', because: 'trying ports is its work' },
  { role: 'scanner', kind: 'host-sweep', who: 'sources', to: 'info', because: 'looking for hosts is its work' },
  { role: 'scanner', kind: 'fingerprinting', who: 'sources', to: 'info', because: 'examining services is its work' },
  { role: 'monitoring', kind: 'host-sweep', who: 'sources', to: 'info', because: 'asking every host is its work' },
  {
    role: 'dns-server',
    kind: 'host-sweep',
    who: 'sources',
    to: 'info',
    port: DNS,
    because: 'it asks the name servers of the world',
  },
  {
    role: 'mail-server',
    kind: 'host-sweep',
    who: 'sources',
    to: 'info',
    port: MAIL,
    because: 'it delivers to many other mail servers',
  },
  {
    role: 'mail-server',
    kind: 'data-exfiltration',
    who: 'sources',
    to: 'warning',
    port: MAIL,
    because: 'it sends mail out, large attachments too',
  },
  { role: 'backup', kind: 'excessive-traffic', who: 'sources', to: 'info', because: 'backups move much at once' },
  {
    role: 'backup',
    kind: 'data-exfiltration',
    who: 'targets',
    to: 'info',
    port: TRANSFER,
    because: 'backups are sent there',
  },
  {
    role: 'backup',
    kind: 'data-exfiltration',
    who: 'sources',
    to: 'warning',
    port: TRANSFER,
    because: 'it may copy backups to another site',
  },
  {
    role: 'domain-controller',
    kind: 'host-sweep',
    who: 'sources',
    to: 'info',
    port: DNS,
    because: 'it asks the name servers of the world',
  },
  ...(['proxy', 'gateway'] as const).flatMap((role): Rule[] => [
    { role, kind: 'host-sweep', who: 'sources', to: 'info', port: WEB, because: 'it calls the web for others' },
    { role, kind: 'unusual-destination', who: 'sources', to: 'info', because: 'it goes where others send it' },
    { role, kind: 'excessive-traffic', who: 'sources', to: 'info', because: 'it passes on the traffic of others' },
  ]),
  // The second server of a network is the one named as source: it may be the rightful one, so both must be known.
  { role: 'dhcp-server', kind: 'dhcp-abuse', who: 'both', to: 'info', because: 'both are DHCP servers you know' },
];

const WORKERS: ReadonlySet<IncidentKind> = new Set(RULES.map((rule) => rule.kind));

/** Whether an incident of this kind may be the work of the role. */
export const isExpectedOf = (role: RoleId, kind: IncidentKind): boolean =>
  RULES.some((rule) => rule.role === role && rule.kind === kind);

const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** What an incident and its hosts are for the table. */
export interface Judged {
  incident: Incident;
  sourceHosts: readonly number[];
  targetHosts: readonly number[];
}

/** One end of an incident, and the addresses at the other. */
interface End {
  hosts: readonly number[];
  total: number;
  others: readonly string[];
  othersTotal: number;
}

/** What someone said it is holds anywhere; what was confirmed, where it was. */
function has(host: number, role: RoleId, { others, othersTotal }: End, said: Said): boolean {
  if (rolesIn(said.roleOf(host) ?? '').includes(role)) return true;
  const confirmed = said.confirmedOf(host).find((one) => one.role === role);
  if (!confirmed) return false;
  return confirmed.within.length === 0 || (others.length >= othersTotal && isWithin(confirmed, others));
}

/** All of them are listed, there is one at least, and each has the role. */
function allHave(end: End, role: RoleId, said: Said): boolean {
  const { hosts, total } = end;
  return hosts.length > 0 && hosts.length >= total && hosts.every((host) => has(host, role, end, said));
}

function fits(rule: Rule, { incident, sourceHosts, targetHosts }: Judged, said: Said): boolean {
  if (rule.kind !== incident.kind || rank(rule.to) >= rank(incident.severity)) return false;
  const { port } = rule;
  if (port && (incident.ports.length === 0 || incident.portsTotal > incident.ports.length)) return false;
  if (port && !incident.ports.every(port)) return false;
  const [sources, targets] = [incident.sources, incident.targets];
  const [sourcesTotal, targetsTotal] = [incident.sourcesTotal, incident.targetsTotal];
  const from = { hosts: sourceHosts, total: sourcesTotal, others: targets, othersTotal: targetsTotal };
  const to = { hosts: targetHosts, total: targetsTotal, others: sources, othersTotal: sourcesTotal };
  const begun = rule.who === 'targets' || allHave(from, rule.role, said);
  return begun && (rule.who === 'sources' || allHave(to, rule.role, said));
}

/**
 * Lowers the incident where a rule says so; whether it did. A severity that its behaviour raised above the kind's own
 * stays: it knew something worse.
 */
export function lowerExpected(judged: Judged, roleOf: RoleOf, confirmedOf: ConfirmedOf = NONE_CONFIRMED): boolean {
  const { incident } = judged;
  if (!WORKERS.has(incident.kind) || rank(incident.severity) > rank(kindOf(incident.kind).severity)) return false;
  const rule = RULES.filter((one) => fits(one, judged, { roleOf, confirmedOf })).sort(
    (a, b) => rank(a.to) - rank(b.to),
  )[0];
  if (!rule) return false;
  const who = rule.who === 'targets' ? incident.targets : incident.sources;
  const title = ROLES.find((role) => role.id === rule.role)?.title ?? rule.role;
  const named = who.length === 1 ? `${who[0]} is` : `${who.length} hosts are`;
  const reason = `${named} known to you as “${title}”, and ${rule.because}`;
  incident.evidence.unshift({
    fact: `Shown as ${rule.to} instead of ${incident.severity}: ${reason}`,
    value: who.length,
    expected: null,
    unit: who.length === 1 ? 'host' : 'hosts',
  });
  incident.summary = `${incident.summary} Shown as ${rule.to}: ${reason}.`.trim();
  incident.severity = rule.to;
  return true;
}
