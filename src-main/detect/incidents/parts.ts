/**
 * Parts of a group of findings by whom they are between, so that each can be judged for itself: rules of one class tell of
 * everything that one actor does, to whomever. Behaviours, and what rules told of their hosts, stay one part, the core.
 */
import type { Finding } from '../types.ts';
import { regroup, type Group } from './group.ts';

/** Parts of one group at most: rules that tell of so many hosts tell of one thing done to all of them. */
const PARTS_MAX = 50;

export interface Part {
  /** The group that it is of; itself where that has no parts. */
  home: Group;
  group: Group;
  /** What the home is about: all that stays is with it. */
  isCore: boolean;
}

const hostsOf = ({ sources, targets }: Finding): number[] =>
  [...new Set([...sources, ...targets])].sort((a, b) => a - b);

/** One part, the group itself, where it is about the same hosts throughout or has taken in others already. */
export function partsOf(home: Group, isByName: (finding: Finding) => boolean): Part[] {
  const whole: Part[] = [{ home, group: home, isCore: true }];
  if (home.joined.length + home.folded.length + home.relayed.length > 0) return whole;
  const behaviours = home.findings.filter((finding) => !isByName(finding));
  const known = new Set(behaviours.flatMap(hostsOf));
  const core: Finding[] = [];
  const pieces = new Map<string, Finding[]>();
  for (const finding of home.findings) {
    const ends = hostsOf(finding);
    const key = ends.join();
    const isOfCore = !isByName(finding) || (behaviours.length > 0 && ends.every((host) => known.has(host)));
    if (isOfCore) core.push(finding);
    else if (pieces.has(key)) pieces.get(key)!.push(finding);
    else pieces.set(key, [finding]);
  }
  const number = pieces.size + Math.min(1, core.length);
  if (number < 2 || number > PARTS_MAX) return whole;
  const apart = [...pieces.keys()].sort().map((key) => part(home, pieces.get(key)!, false));
  return core.length === 0 ? apart : [part(home, core, true), ...apart];
}

function part(home: Group, findings: readonly Finding[], isCore: boolean): Part {
  return { home, group: regroup(home, findings), isCore };
}

/** What became of parts: `into` tells which joined which, `touched` those that gave or took something. */
export interface Joined {
  into: ReadonlyMap<Group, Group>;
  touched: ReadonlySet<Group>;
}

/** Groups anew: parts that nothing happened to are one group as before, with the core where there is one. */
export function reunite(parts: readonly Part[], joined: Joined): Group[] {
  const byHome = new Map<Group, Part[]>();
  for (const one of parts) byHome.set(one.home, [...(byHome.get(one.home) ?? []), one]);
  return [...byHome].flatMap(([home, of]) => reunited(home, of, joined));
}

function reunited(home: Group, parts: readonly Part[], { into, touched }: Joined): Group[] {
  const core = parts.find(({ isCore }) => isCore);
  const quiet = parts.filter(({ group }) => group !== core?.group && !touched.has(group)).map(({ group }) => group);
  const apart = parts.map(({ group }) => group).filter((group) => touched.has(group) && !into.has(group));
  if (core && into.has(core.group)) {
    lastOf(core.group, into).joined.push(...quiet.flatMap(({ findings }) => findings));
    return apart;
  }
  const staying = new Set([...(core ? [core.group] : []), ...quiet].flatMap(({ findings }) => findings));
  if (staying.size === 0) return apart;
  const all = staying.size === home.findings.length;
  const one = all
    ? home
    : regroup(
        home,
        home.findings.filter((finding) => staying.has(finding)),
      );
  if (core && core.group !== home) {
    one.joined.push(...core.group.joined);
    one.folded.push(...core.group.folded);
    one.relayed.push(...core.group.relayed);
  }
  return [one, ...apart.filter((group) => group !== core?.group)];
}

function lastOf(group: Group, into: ReadonlyMap<Group, Group>): Group {
  let last = group;
  for (let next = into.get(last); next; next = into.get(last)) last = next;
  return last;
}
