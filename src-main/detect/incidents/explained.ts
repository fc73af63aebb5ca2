/** One event, one incident: what a stronger finding already explains is folded into it as evidence. */
import { kindOf, type IncidentKind } from '../../../src-shared/domain/incident.ts';
import type { Finding } from '../types.ts';
import type { Group } from './group.ts';

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

/** Whether most of what `weak` is about also belongs to `strong`. */
function covers(strong: Group, weak: Group, strongFlows: ReadonlySet<number>): boolean {
  const flows = flowsOf(weak.findings);
  if (flows.size > 0 && strongFlows.size > 0) {
    let shared = 0;
    for (const id of flows) if (strongFlows.has(id)) shared++;
    if (shared / flows.size >= SHARED_FLOWS) return true;
  }
  const hosts = hostsOf(strong);
  const actors = weak.findings.flatMap((f) => f.sources.slice(0, 1));
  const victims = weak.findings.flatMap((f) => f.targets.slice(0, 1));
  const anomaly = ANOMALIES.includes(weak.kind);
  if (SCANS.includes(weak.kind)) {
    if (decidedAt(strong) - decidedAt(weak) > EARLIER_S) return false;
    if (FLOODS.includes(strong.kind) && isWider(weak, strong)) return false;
  }
  return !anomaly && actors.every((h) => hosts.has(h)) && victims.every((h) => hosts.has(h));
}

/** Removes groups that another explains; their findings move to its `folded`. */
export function foldExplained(groups: readonly Group[]): Group[] {
  const gone = new Set<Group>();
  for (const strong of groups) {
    const kinds = byProducts(strong.kind);
    const strongFlows = flowsOf(strong.findings);
    for (const weak of groups) {
      if (weak === strong || gone.has(weak) || gone.has(strong) || !kinds.includes(weak.kind)) continue;
      if (!overlaps(strong, weak) || !covers(strong, weak, strongFlows)) continue;
      fold(strong, weak, gone);
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

/** Whether at least half of the flows of `weak` (which has some) are among `strongFlows`. */
function sharesFlows(weak: Group, strongFlows: ReadonlySet<number>): boolean {
  const flows = [...flowsOf(weak.findings)];
  return flows.length > 0 && flows.filter((id) => strongFlows.has(id)).length / flows.length >= SHARED_FLOWS;
}

/** A note for information about flows that a warning or worse is about is evidence of that, whatever its kind. */
export function foldMinor(groups: readonly Group[]): Group[] {
  const gone = new Set<Group>();
  const minor = groups.filter(isMinor);
  for (const strong of groups) {
    if (minor.length === 0 || isMinor(strong)) continue;
    const strongFlows = flowsOf(strong.findings);
    for (const weak of minor) {
      if (!gone.has(weak) && sharesFlows(weak, strongFlows)) fold(strong, weak, gone);
    }
  }
  return groups.filter((g) => !gone.has(g));
}

/** Whether `far` is what `near`'s target passed on: same kind, same domain, and its only actor is that target. */
function isRelay(near: Group, far: Group): boolean {
  const [relay, ...others] = new Set(far.findings.flatMap((f) => f.sources));
  if (relay === undefined || others.length > 0) return false;
  if (!near.findings.some((f) => f.targets.includes(relay)) || near.findings.some((f) => f.sources.includes(relay)))
    return false;
  const domains = new Set(near.findings.flatMap((f) => f.domains));
  return far.findings.some((f) => f.domains.some((d) => domains.has(d)));
}

/**
 * A resolver or proxy between client and world repeats what the client does: the client's incident explains its own.
 */
export function foldRelays(groups: readonly Group[]): Group[] {
  const gone = new Set<Group>();
  for (const near of groups) {
    for (const far of groups) {
      if (near === far || gone.has(near) || gone.has(far) || near.kind !== far.kind) continue;
      if (!overlaps(near, far) || !isRelay(near, far)) continue;
      near.relayed.push(...far.findings, ...far.joined, ...far.folded, ...far.relayed);
      gone.add(far);
    }
  }
  return groups.filter((g) => !gone.has(g));
}
