/**
 * The same event, found twice: by a rule, a list or a query that names it, and by what watches how hosts behave (or by two
 * rules of different classes). It is one incident with both as evidence, also where their kinds differ.
 *
 * Two groups of findings, one of which at least is told by name, are the same event where their times overlap and
 * - at least half of the flows of the weaker are flows of the stronger, between the same two hosts; or
 * - both are about one and the same actor and one and the same target, on the same ports (behaviours list so many flows only).
 * The weaker is the one of lower severity; of two alike, the one told by name, as the behaviour knows how much there was.
 * A search over many ports or hosts is not the same event as what is then done to one of them.
 *
 * What rules told of one actor is judged host by host (parts.ts): rules of two events that happen to be of one class and
 * of one actor are not one event.
 */
import { kindOf, SEVERITIES, type IncidentKind } from '../../../src-shared/domain/incident.ts';
import type { Finding } from '../types.ts';
import { isBefore, type Group } from './group.ts';
import { partsOf, reunite, type Joined, type Part } from './parts.ts';
import { Places } from './places.ts';

const BY_NAME = ['signature:', 'sigma:', 'intel'];
/** Share of the weaker group's flows that must belong to the stronger one. */
const SHARED_FLOWS = 0.5;
/** Kinds that are about many ports or hosts, and those that rules of the same event are of. */
const SEARCHES: readonly IncidentKind[] = ['port-scan', 'host-sweep'];
const SEARCHING: readonly IncidentKind[] = [...SEARCHES, 'fingerprinting', 'protocol-violation'];

/** Whether somebody else's knowledge told of it, not how hosts behave. */
export function isByName({ detector }: Finding): boolean {
  return BY_NAME.some((prefix) => detector.startsWith(prefix));
}

/** What a group is compared by. */
interface Known {
  group: Group;
  byName: boolean;
  rank: number;
  flows: ReadonlySet<number>;
  sources: ReadonlySet<number>;
  targets: ReadonlySet<number>;
  /** Sources and targets: an answer of the server that a rule matched goes the other way. */
  hosts: ReadonlySet<number>;
  ports: ReadonlySet<number>;
  /** Its lists of hosts and ports are complete. */
  whole: boolean;
}

function known(group: Group, graveAs: Group = group): Known {
  const { findings } = group;
  const sources = new Set(findings.flatMap((f) => f.sources));
  const targets = new Set(findings.flatMap((f) => f.targets));
  return {
    group,
    byName: findings.every(isByName),
    rank: Math.max(...graveAs.findings.map((f) => SEVERITIES.indexOf(f.severity ?? kindOf(f.kind).severity))),
    flows: new Set(findings.flatMap((f) => f.flows)),
    sources,
    targets,
    hosts: new Set([...sources, ...targets]),
    ports: new Set(findings.flatMap((f) => f.ports)),
    whole: findings.every(
      (f) => f.sourcesTotal <= f.sources.length && f.targetsTotal <= f.targets.length && f.portsTotal <= f.ports.length,
    ),
  };
}

function overlap(a: Group, b: Group): boolean {
  return !isBefore(a.last, b.first) && !isBefore(b.last, a.first);
}

function within(few: ReadonlySet<number>, many: ReadonlySet<number>): boolean {
  for (const one of few) if (!many.has(one)) return false;
  return true;
}

function shareOf({ flows }: Known, among: ReadonlySet<number>): number {
  if (flows.size === 0) return 0;
  let shared = 0;
  for (const id of flows) if (among.has(id)) shared++;
  return shared / flows.size;
}

/** One actor, one target, the same ports. */
function isSamePair(strong: Known, weak: Known): boolean {
  if (!strong.whole || !weak.whole) return false;
  const single = [strong.sources, strong.targets, weak.sources, weak.targets].every(({ size }) => size === 1);
  if (!single || !within(weak.sources, strong.sources) || !within(weak.targets, strong.targets)) return false;
  return weak.ports.size > 0 && within(weak.ports, strong.ports);
}

/** 0: another event; else how sure it is the same. */
function sameness(strong: Known, weak: Known): number {
  if (!overlap(strong.group, weak.group)) return 0;
  const kinds = [strong.group.kind, weak.group.kind];
  if (kinds.some((kind) => SEARCHES.includes(kind)) && !kinds.every((kind) => SEARCHING.includes(kind))) return 0;
  const share = shareOf(weak, strong.flows);
  if (share >= SHARED_FLOWS && within(weak.sources, strong.hosts) && within(weak.targets, strong.hosts)) return share;
  return isSamePair(strong, weak) ? SHARED_FLOWS : 0;
}

/** Gravest first; of those alike behaviours, then who lists more flows. The order of `groups` (by key) decides the rest. */
function strongestFirst(a: Known, b: Known): number {
  return b.rank - a.rank || Number(a.byName) - Number(b.byName) || b.flows.size - a.flows.size;
}

/** Joins what is the same event: the weaker's findings move to the stronger's `joined`. */
export function joinNamed(groups: readonly Group[]): Group[] {
  if (!groups.some(({ findings }) => findings.some(isByName))) return [...groups];
  const parts = groups.map((group) => partsOf(group, isByName));
  const several = new Set(groups.filter((_, i) => parts[i]!.length > 1));
  const whole = several.size === 0 ? several : joiningWhole(groups, several);
  const judged = groups.flatMap((group, i) => (whole.has(group) ? [{ home: group, group, isCore: true }] : parts[i]!));
  return reunite(judged, joinAlike(judged));
}

/** Of `several`, which have parts: those that are the same event as another as they are. */
function joiningWhole(groups: readonly Group[], several: ReadonlySet<Group>): Set<Group> {
  const all = groups.map((group) => known(group)).sort(strongestFirst);
  const alike = new Alike(all);
  const joining = all.filter((one, i) => several.has(one.group) && one.byName && alike.bestFor(i));
  return new Set(joining.map(({ group }) => group));
}

function joinAlike(parts: readonly Part[]): Joined {
  // What is told of the core stays as grave as all of its group.
  const all = parts.map(({ home, group, isCore }) => known(group, isCore ? home : group)).sort(strongestFirst);
  const into = new Map<Group, Group>();
  const touched = new Set<Group>();
  const alike = new Alike(all);
  for (let i = all.length - 1; i > 0; i--) {
    const weak = all[i]!;
    const strong = alike.bestFor(i);
    if (!strong) continue;
    strong.group.joined.push(...weak.group.findings, ...weak.group.joined);
    strong.group.folded.push(...weak.group.folded);
    strong.group.relayed.push(...weak.group.relayed);
    into.set(weak.group, strong.group);
    touched.add(weak.group).add(strong.group);
  }
  return { into, touched };
}

/** Key of a group between two hosts; undefined: it is about more. */
function pairOf({ sources, targets }: Known): string | undefined {
  const [[source], [target]] = [sources, targets];
  return sources.size === 1 && targets.size === 1 ? `${source} ${target}` : undefined;
}

/** Finds what may be the same event: it shares a flow, or is between the same two hosts. */
class Alike {
  private readonly all: readonly Known[];
  private readonly byFlow = new Places<number>();
  private readonly byPair = new Places<string>();

  /** `all`: strongest first. */
  constructor(all: readonly Known[]) {
    this.all = all;
    for (const [place, one] of all.entries()) {
      for (const id of one.flows) this.byFlow.add(id, place);
      const pair = pairOf(one);
      if (pair !== undefined) this.byPair.add(pair, place);
    }
  }

  /** Of those that are stronger than the one at this place, the one that it is most surely the same as. */
  bestFor(place: number): Known | undefined {
    const weak = this.all[place]!;
    const pair = pairOf(weak);
    let best: Known | undefined;
    let most = 0;
    for (const other of this.byFlow.ofAll(weak.flows, pair === undefined ? [] : this.byPair.of(pair))) {
      if (other >= place) break;
      const strong = this.all[other]!;
      if (!strong.byName && !weak.byName) continue;
      const sure = sameness(strong, weak);
      if (sure > most) [best, most] = [strong, sure];
    }
    return best;
  }
}
