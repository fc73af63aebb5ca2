/** Findings to groups: what belongs to one incident. */
import type { IncidentKind } from '../../../src-shared/domain/incident.ts';
import type { Finding, PacketTime } from '../types.ts';

/** Findings of one actor and kind further apart than this (seconds) are separate incidents. */
const GAP = 900;

/** Separate incidents of one actor and kind at most; what comes later belongs to the last. */
const SEPARATE_MAX = 20;

/** Sources beyond which the target, not a source, is what an incident is about: no single actor can be named. */
const FEW_SOURCES = 3;

const TARGET_KINDS: ReadonlySet<IncidentKind> = new Set(['ddos', 'amplification']);

export interface Group {
  kind: IncidentKind;
  /** Strongest first. */
  findings: Finding[];
  /** The same event, found in another way (join.ts). */
  joined: Finding[];
  /** By-products of other kinds, which this group explains. */
  folded: Finding[];
  /** The same thing seen again behind a resolver or proxy that passed it on. */
  relayed: Finding[];
  first: PacketTime;
  decided: PacketTime;
  last: PacketTime;
}

export function isBefore(a: PacketTime, b: PacketTime): boolean {
  return a.sec < b.sec || (a.sec === b.sec && a.nano < b.nano);
}

const earlier = (a: PacketTime, b: PacketTime): PacketTime => (isBefore(b, a) ? b : a);
const later = (a: PacketTime, b: PacketTime): PacketTime => (isBefore(a, b) ? b : a);

/** The host an incident turns about, as text key: the actor, or the victim where there are many actors. */
function pivot(finding: Finding): string {
  const aboutTarget = TARGET_KINDS.has(finding.kind) || finding.sourcesTotal > FEW_SOURCES;
  const host = aboutTarget ? finding.targets[0] : finding.sources[0];
  return `${finding.kind} ${aboutTarget ? 't' : 's'} ${host ?? -1}`;
}

function strongestFirst(a: Finding, b: Finding): number {
  return (
    b.confidence - a.confidence ||
    b.flows.length - a.flows.length ||
    a.first.sec - b.first.sec ||
    a.first.nano - b.first.nano ||
    (a.detector < b.detector ? -1 : 1)
  );
}

function absorb(group: Group, finding: Finding): void {
  group.findings.push(finding);
  group.first = earlier(group.first, finding.first);
  group.decided = earlier(group.decided, finding.decided);
  group.last = later(group.last, finding.last);
}

/** Some of a group's findings as a group of their own. */
export function regroup({ kind }: Group, [lead, ...others]: readonly Finding[]): Group {
  if (!lead) throw new RangeError('a group needs a finding');
  const { first, decided, last } = lead;
  const group: Group = { kind, findings: [lead], joined: [], folded: [], relayed: [], first, decided, last };
  for (const finding of others) absorb(group, finding);
  return group;
}

/** A clock that runs backwards makes first and last change places. */
function ordered(finding: Finding): Finding {
  if (!isBefore(finding.last, finding.first)) return finding;
  return { ...finding, first: finding.last, last: finding.first };
}

/** Groups findings of the same kind and pivot whose times overlap or nearly do. The order of the input is irrelevant. */
export function groupFindings(findings: readonly Finding[]): Group[] {
  const byPivot = new Map<string, Finding[]>();
  for (const given of findings) {
    const finding = ordered(given);
    const key = pivot(finding);
    const list = byPivot.get(key);
    if (list) list.push(finding);
    else byPivot.set(key, [finding]);
  }
  const groups: Group[] = [];
  for (const key of [...byPivot.keys()].sort()) groups.push(...splitByTime(byPivot.get(key)!));
  for (const group of groups) group.findings.sort(strongestFirst);
  return groups;
}

function splitByTime(findings: Finding[]): Group[] {
  findings.sort((a, b) => a.first.sec - b.first.sec || a.first.nano - b.first.nano || strongestFirst(a, b));
  const groups: Group[] = [];
  for (const finding of findings) {
    const open = groups.at(-1);
    if (open && (finding.first.sec - open.last.sec <= GAP || groups.length >= SEPARATE_MAX)) absorb(open, finding);
    else {
      const { kind, first, decided, last } = finding;
      groups.push({ kind, findings: [finding], joined: [], folded: [], relayed: [], first, decided, last });
    }
  }
  return groups;
}
