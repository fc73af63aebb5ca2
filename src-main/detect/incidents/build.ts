/** Groups of findings to incidents, ranked. */
import { createHash } from 'node:crypto';
import {
  kindOf,
  responseTo,
  SEVERITIES,
  type Attribution,
  type Evidence,
  type Severity,
} from '../../../src-shared/domain/incident.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import { formatTime } from '../../../src-shared/domain/time.ts';
import type { HostTable } from '../../meter/hosts.ts';
import type { Finding, Origin } from '../types.ts';
import { foldExplained, foldMinor, foldRelays } from './explained.ts';
import { groupFindings, type Group } from './group.ts';
import { joinNamed } from './join.ts';
import { contactFilter, displayFilter, type ContactEnds } from './wireshark.ts';

/** Longest lists in an incident, as docs/cli.md states; and evidence lines, which people read. */
const LIST_MAX = 1000;
const EVIDENCE_MAX = 12;
/** Lines of those that are kept for what found the same event in another way. */
const EVIDENCE_JOINED = 4;

/** An incident with what only the program needs. */
export interface BuiltIncident {
  incident: Incident;
  sourceHosts: number[];
  targetHosts: number[];
  /** Ids of flows it is about (bounded by the findings' own bounds). */
  flowIds: ReadonlySet<number>;
}

function unite<T>(lists: readonly (readonly T[])[]): T[] {
  const all = new Set<T>();
  for (const list of lists) {
    for (const item of list) {
      if (all.size >= LIST_MAX) return [...all];
      all.add(item);
    }
  }
  return [...all];
}

/** The true total of a list that may have been cut: at least what is listed, at least the largest part. */
function total(listed: number, parts: readonly number[]): number {
  return Math.max(listed, ...parts);
}

function severityOf(group: Group): Severity {
  const ranks = group.findings.map((f) => SEVERITIES.indexOf(f.severity ?? kindOf(f.kind).severity));
  return SEVERITIES[Math.max(...ranks)] ?? kindOf(group.kind).severity;
}

/** Independent behaviours that agree raise the confidence; the same one seen again does not. */
function confidenceOf(own: readonly Finding[]): number {
  const best = new Map<string, number>();
  for (const f of own) best.set(f.detector, Math.max(best.get(f.detector) ?? 0, f.confidence));
  let doubt = 1;
  for (const c of best.values()) doubt *= 1 - Math.min(0.99, Math.max(0, c));
  return round(1 - doubt);
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;

function evidenceOf({ findings, joined, folded }: Group): Evidence[] {
  const seen = new Set<string>();
  const lines = (of: readonly Finding[], most: number): Evidence[] => {
    const all: Evidence[] = [];
    for (const e of of.flatMap((f) => f.evidence)) {
      const key = `${e.fact} ${e.unit} ${e.value}`;
      if (seen.has(key) || all.length >= most) continue;
      seen.add(key);
      all.push(e);
    }
    return all;
  };
  const other = lines(joined, EVIDENCE_JOINED);
  const own = lines(findings, EVIDENCE_MAX - other.length);
  return [...own, ...other, ...lines(folded, EVIDENCE_MAX - other.length - own.length)];
}

/** A rule that names its technique names it for the incident too, whatever found the rest. */
function techniqueOf({ findings, joined }: Group, usual: Incident['technique']): Incident['technique'] {
  const lead = findings[0]?.technique ?? usual;
  const ids = new Set(lead.map(({ id }) => id));
  const more = joined.flatMap((f) => f.technique ?? []).filter(({ id }) => ids.size < ids.add(id).size);
  return [...lead, ...more];
}

/**
 * First what is to be done: by the finding that leads among those that no rule made, by a technique that asks for more
 * than the kind, or by the kind. Then what a rule says of itself.
 */
function responseOf({ kind, findings, joined }: Group): string[] {
  const lead = findings.find(({ advice }) => advice === undefined);
  const named = [...findings, ...joined].flatMap(({ technique }) => technique ?? []);
  const first = lead?.response ?? responseTo(kind, named);
  const [advice = []] = [...findings, ...joined].flatMap((f) => (f.advice === undefined ? [] : [f.advice]));
  return [...first, ...advice];
}

function summaryOf(group: Group, hosts: HostTable): string {
  const [lead, ...others] = [...group.findings, ...group.joined, ...group.folded];
  const more = [...new Set(others.map((f) => f.title))].filter((t) => t !== lead?.title).slice(0, 3);
  const relays = [...new Set(group.relayed.flatMap((f) => f.sources))].slice(0, 3).map((h) => hosts.address(h));
  return [
    lead?.summary ?? '',
    relays.length > 0 ? `${relays.join(', ')} passed it on.` : '',
    more.length > 0 ? `Also: ${more.join('; ')}.` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

function originOf(finding: Finding): Origin {
  const { sources, targets, first, decided } = finding;
  return finding.origin ?? { source: sources[0] ?? -1, target: targets[0] ?? -1, first, decided };
}

/**
 * 32 hex digits from the kind, and from lead actor, lead target and first evidence as the finding that was decided
 * first had them at that moment: so it stays the same while an incident grows.
 */
function incidentUid(kind: string, own: readonly Finding[], hosts: HostTable): string {
  const keys = own.map((finding) => {
    const { source, target, first, decided } = originOf(finding);
    const [actor, victim] = [source, target].map((host) => (host < 0 ? '' : hosts.address(host)));
    return [formatTime(decided.sec, decided.nano), formatTime(first.sec, first.nano), actor, victim].join(' ');
  });
  const earliest = keys.sort()[0] ?? '';
  return createHash('sha256').update(`${kind} ${earliest}`).digest('hex').slice(0, 32);
}

function sum(findings: readonly Finding[], of: (f: Finding) => number): number {
  return findings.reduce((all, f) => all + of(f), 0);
}

/** Flows that more than one of the findings lists. */
function seenTwice(findings: readonly Finding[]): number {
  const distinct = new Set(findings.flatMap((f) => f.flows));
  return sum(findings, (f) => f.flows.length) - distinct.size;
}

/** A total over findings: the sum, or the largest where they are about the same flows. */
function together(findings: readonly Finding[], of: (f: Finding) => number): number {
  return seenTwice(findings) > 0 ? Math.max(...findings.map(of)) : sum(findings, of);
}

/** The detector of indicator lists. */
const LISTS = 'intel';

function filterOf({ detector }: Finding, ends: ContactEnds): string {
  return detector === LISTS ? contactFilter(ends) : displayFilter(ends.sources, ends.targets, ends.ports);
}

function buildOne(group: Group, hosts: HostTable): BuiltIncident {
  const own = group.findings;
  const findings = [...own, ...group.joined, ...group.folded];
  const everything = [...findings, ...group.relayed];
  const lead = own[0]!;
  const definition = kindOf(group.kind);
  const sourceHosts = unite(own.map((f) => f.sources));
  const targetHosts = unite(own.map((f) => f.targets));
  const sources = sourceHosts.map((h) => hosts.address(h));
  const targets = targetHosts.map((h) => hosts.address(h));
  const ports = unite(own.map((f) => f.ports));
  const domains = unite(own.map((f) => f.domains));
  const flowIds = new Set(everything.flatMap((f) => f.flows));
  const firstTs = formatTime(group.first.sec, group.first.nano);
  const detectors: Record<string, number> = {};
  for (const f of findings) detectors[f.detector] = Math.max(detectors[f.detector] ?? 0, round(f.confidence));
  const incident: Incident = {
    id: 0,
    uid: incidentUid(group.kind, own, hosts),
    kind: group.kind,
    severity: severityOf(group),
    confidence: confidenceOf([...own, ...group.joined]),
    title: lead.title,
    summary: summaryOf(group, hosts),
    firstTs,
    decidedTs: formatTime(group.decided.sec, group.decided.nano),
    lastTs: formatTime(group.last.sec, group.last.nano),
    sources,
    sourcesTotal: total(
      sources.length,
      own.map((f) => f.sourcesTotal),
    ),
    targets,
    targetsTotal: total(
      targets.length,
      own.map((f) => f.targetsTotal),
    ),
    ports,
    portsTotal: total(
      ports.length,
      own.map((f) => f.portsTotal),
    ),
    domains,
    domainsTotal: total(
      domains.length,
      own.map((f) => f.domainsTotal),
    ),
    flows: Math.max(flowIds.size, sum(own, (f) => f.flowsTotal) - seenTwice(own)),
    packets: together(own, (f) => f.packets),
    bytes: together(own, (f) => f.bytes),
    technique: techniqueOf(group, [...definition.technique]),
    evidence: evidenceOf(group),
    attributions: [],
    detectors,
    response: responseOf(group),
    wiresharkFilter: lead.filter ?? filterOf(lead, { sources, targets, ports, domains }),
  };
  return { incident, sourceHosts, targetHosts, flowIds };
}

/** Most severe, then most confident, then earliest first; the uid decides the rest, so the order is total. */
function byRank(a: BuiltIncident, b: BuiltIncident): number {
  return (
    SEVERITIES.indexOf(b.incident.severity) - SEVERITIES.indexOf(a.incident.severity) ||
    b.incident.confidence - a.incident.confidence ||
    (a.incident.firstTs < b.incident.firstTs ? -1 : a.incident.firstTs > b.incident.firstTs ? 1 : 0) ||
    (a.incident.uid < b.incident.uid ? -1 : 1)
  );
}

/** Fuses, names and ranks. The result depends on the findings only, not on their order. */
export function buildIncidents(findings: readonly Finding[], hosts: HostTable): BuiltIncident[] {
  const built = foldMinor(foldExplained(joinNamed(foldRelays(groupFindings(findings))))).map((group) =>
    buildOne(group, hosts),
  );
  rankIncidents(built);
  return built;
}

/** Puts them in order, in place: anew where severities have changed. */
export function rankIncidents(built: BuiltIncident[]): void {
  built.sort(byRank);
  built.forEach((b, i) => (b.incident.id = i + 1));
}

/** Adds the explanation of the flow that stands out most in the incident. */
export function explainWith(
  built: BuiltIncident,
  attributions: readonly Attribution[],
  scores: Record<string, number>,
): void {
  built.incident.attributions = [...attributions];
  for (const [id, score] of Object.entries(scores)) built.incident.detectors[id] = round(score);
}
