/** One event, one incident: what a stronger finding already explains is folded into it as evidence. */
import { kindOf, type IncidentKind } from '../../../src-shared/domain/incident.ts';
import type { Finding } from '../types.ts';
import type { Group } from './group.ts';
import { Places } from './places.ts';

/** Share of the weaker group's flows that must belong to the stronger one. */
const SHARED_FLOWS = 0.5;

/** Bare anomalies: whatever a named behaviour explains is not worth an incident of its own. */
const ANOMALIES: readonly IncidentKind[] = ['timing-anomaly', 'size-anomaly', 'behavioural-anomaly'];

/** Kind → kinds that are usually its by-products, when they concern the same hosts at the same time. */
const BY_PRODUCTS: Partial<Record<IncidentKind, readonly IncidentKind[]>> = {
  'dos-flood': ['port-scan', 'host-sweep', 'excessive-traffic', 'protocol-violation', 'fingerprinting', 'slow-dos'],
  ddos: ['port-scan', 'host-sweep', 'excessive-traffic', 'protocol-violation', 'dos-flood', 'slow-dos'],
  amplification: ['port-scan', 'host-sweep', 'excessive-traffic', 'dos-flood', 'ddos'],
  'brute-force': ['policy-violation', 'excessive-traffic', 'command-and-control', 'slow-dos'],
  'credential-stuffing': ['policy-violation', 'excessive-traffic', 'brute-force'],
  'data-exfiltration': ['excessive-traffic', 'unusual-destination', 'policy-violation', 'protocol-violation'],
  'dns-tunnel': [
    'dga',
    'excessive-traffic',
    'unusual-destination',
    'command-and-control',
    'data-exfiltration',
    'protocol-violation',
  ],
  'icmp-tunnel': ['excessive-traffic', 'unusual-destination', 'data-exfiltration'],
  'command-and-control': ['unusual-destination', 'policy-violation', 'protocol-violation'],
  'port-scan': ['fingerprinting', 'protocol-violation'],
};

function byProducts(kind: IncidentKind): readonly IncidentKind[] {
  return [...(BY_PRODUCTS[kind] ?? []), ...(ANOMALIES.includes(kind) ? [] : ANOMALIES)];
}

function hostsOf(group: Group): Set<number> {
  const hosts = new Set<number>();
  for (const f of group.findings) for (const host of [...f.sources, ...f.targets]) hosts.add(host);
  return hosts;
}

function flowsOf(findings: readonly Finding[]): Set<number> {
  const flows = new Set<number>();
  for (const f of findings) for (const id of f.flows) flows.add(id);
  return flows;
}

function overlaps(a: Group, b: Group): boolean {
  return a.first.sec <= b.last.sec + 1 && b.first.sec <= a.last.sec + 1;
}

const SCANS: readonly IncidentKind[] = ['port-scan', 'host-sweep'];
/**
 * A flood is decided within some seconds of its first packet. What looked like a scan longer before is no by-product
 * of it: somebody looked for a target first, and is lost among a flood's forged senders.
 */
const EARLIER_S = 8;

function decidedAt(group: Group): number {
  return Math.min(...group.findings.map(({ decided }) => decided.sec + decided.nano / 1e9));
}

/** Floods of few ports, or of few hosts, explain no search of many. */
const FLOODS: readonly IncidentKind[] = ['dos-flood', 'ddos'];
const MUCH_WIDER = 2;

function widthOf({ kind, findings }: Group, as: IncidentKind = kind): number {
  return Math.max(...findings.map(({ portsTotal, targetsTotal }) => (as === 'port-scan' ? portsTotal : targetsTotal)));
}

/** Whether a scan went to many times the ports (a sweep: the hosts) that the flood went to. */
function isWider(scan: Group, flood: Group): boolean {
  return widthOf(scan) > MUCH_WIDER * Math.max(1, widthOf(flood, scan.kind));
}

/** What a group is compared by. */
interface Known {
  group: Group;
  flows: ReadonlySet<number>;
  hosts: ReadonlySet<number>;
  /** First source and first target of each finding. */
  ends: ReadonlySet<number>;
}

function known(group: Group): Known {
  const ends = group.findings.flatMap((f) => [...f.sources.slice(0, 1), ...f.targets.slice(0, 1)]);
  return { group, flows: flowsOf(group.findings), hosts: hostsOf(group), ends: new Set(ends) };
}

/** At least half of the flows of `weak`, which has some, are flows of `strong`. */
function sharesFlows(weak: ReadonlySet<number>, strong: ReadonlySet<number>): boolean {
  let shared = 0;
  for (const id of weak) if (strong.has(id)) shared++;
  return weak.size > 0 && shared / weak.size >= SHARED_FLOWS;
}

/** Whether most of what `weak` is about also belongs to `strong`. */
function covers(strong: Known, weak: Known): boolean {
  if (sharesFlows(weak.flows, strong.flows)) return true;
  const { kind } = weak.group;
  if (SCANS.includes(kind)) {
    if (decidedAt(strong.group) - decidedAt(weak.group) > EARLIER_S) return false;
    if (FLOODS.includes(strong.group.kind) && isWider(weak.group, strong.group)) return false;
  }
  if (ANOMALIES.includes(kind)) return false;
  for (const host of weak.ends) if (!strong.hosts.has(host)) return false;
  return true;
}

/** Finds those that a group may cover: they share a flow, or one host that has to be among its own. */
class Coverable {
  private readonly byFlow = new Places<number>();
  private readonly byEnd = new Places<number>();
  /** They name no host. */
  private readonly endless: number[] = [];

  constructor(all: readonly Known[]) {
    for (const [place, { flows, ends }] of all.entries()) {
      for (const id of flows) this.byFlow.add(id, place);
      const [end] = ends;
      if (end === undefined) this.endless.push(place);
      else this.byEnd.add(end, place);
    }
  }

  /** Their places, in order. */
  by({ flows, hosts }: Known): number[] {
    return this.byFlow.ofAll(flows, this.byEnd.ofAll(hosts, this.endless));
  }
}

/** Removes groups that another explains; their findings move to its `folded`. */
export function foldExplained(groups: readonly Group[]): Group[] {
  const gone = new Set<Group>();
  const all = groups.map(known);
  const coverable = new Coverable(all);
  for (const strong of all) {
    const kinds = byProducts(strong.group.kind);
    for (const place of coverable.by(strong)) {
      const weak = all[place]!;
      if (gone.has(strong.group)) break;
      if (weak === strong || gone.has(weak.group) || !kinds.includes(weak.group.kind)) continue;
      if (overlaps(strong.group, weak.group) && covers(strong, weak)) fold(strong.group, weak.group, gone);
    }
  }
  return groups.filter((g) => !gone.has(g));
}

function fold(strong: Group, weak: Group, gone: Set<Group>): void {
  strong.folded.push(...weak.findings, ...weak.joined, ...weak.folded, ...weak.relayed);
  gone.add(weak);
}

function isMinor(group: Group): boolean {
  return group.findings.every((f) => (f.severity ?? kindOf(f.kind).severity) === 'info');
}

/** A note for information about flows that a warning or worse is about is evidence of that, whatever its kind. */
export function foldMinor(groups: readonly Group[]): Group[] {
  const gone = new Set<Group>();
  const minor = groups.filter(isMinor).map((group) => ({ group, flows: flowsOf(group.findings) }));
  const byFlow = new Places<number>();
  for (const [place, { flows }] of minor.entries()) for (const id of flows) byFlow.add(id, place);
  for (const strong of groups) {
    if (minor.length === 0 || isMinor(strong)) continue;
    const flows = flowsOf(strong.findings);
    for (const place of byFlow.ofAll(flows)) {
      const weak = minor[place]!;
      if (!gone.has(weak.group) && sharesFlows(weak.flows, flows)) fold(strong, weak.group, gone);
    }
  }
  return groups.filter((g) => !gone.has(g));
}

/** The only source of all of a group's findings; undefined: there are several, or none. */
function onlySource({ findings }: Group): number | undefined {
  const [one, ...others] = new Set(findings.flatMap((f) => f.sources));
  return others.length > 0 ? undefined : one;
}

/** Whether `far`, whose only actor is a target of `near`, is what that passed on: same kind, same domain. */
function isRelay(near: Group, far: Group): boolean {
  const domains = new Set(near.findings.flatMap((f) => f.domains));
  return far.findings.some((f) => f.domains.some((d) => domains.has(d)));
}

/**
 * A resolver or proxy between client and world repeats what the client does: the client's incident explains its own.
 */
export function foldRelays(groups: readonly Group[]): Group[] {
  const gone = new Set<Group>();
  const relays = new Places<number>();
  for (const [place, group] of groups.entries()) {
    const relay = onlySource(group);
    if (relay !== undefined) relays.add(relay, place);
  }
  for (const near of groups) {
    const sources = new Set(near.findings.flatMap((f) => f.sources));
    const targets = near.findings.flatMap((f) => f.targets).filter((host) => !sources.has(host));
    for (const place of relays.ofAll(targets)) {
      const far = groups[place]!;
      if (near === far || gone.has(near) || gone.has(far) || near.kind !== far.kind) continue;
      if (!overlaps(near, far) || !isRelay(near, far)) continue;
      near.relayed.push(...far.findings, ...far.joined, ...far.folded, ...far.relayed);
      gone.add(far);
    }
  }
  return groups.filter((g) => !gone.has(g));
}
