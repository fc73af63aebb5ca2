/**
 * Rules apart by the ports that they are about: of many thousand rules few are about any one pair of ports. Pairs of ports
 * that the same rules are about share what finds them, which is made when it is first needed.
 */
import type { Rule } from '../rules/rule.ts';
import { PlacedCandidates } from './candidates.ts';

/** Pairs of classes of ports whose answer is remembered. */
const PAIRS = 65_536;
/** Different ways to write ports beyond which they are not told apart. */
const WAYS = 4096;
/** What is made for different ports at most, and the rules in it all together for each rule that there is. */
const SETS = 64;
const COPIES = 4;
const FEW = 20_000;

/** Rules whose ports are written alike. */
interface Alike {
  rule: Rule;
  members: { rule: Rule; placed: boolean }[];
}

/** Ports that no rule tells apart are of one class: of the tens of thousands that clients use, most are. */
export class PortClasses {
  private readonly of: Uint16Array | undefined;

  constructor(rules: readonly Rule[]) {
    const edges = new Uint8Array(65_537);
    let any = false;
    for (const { sourcePorts, destinationPorts } of rules)
      for (const test of [sourcePorts, destinationPorts])
        for (const edge of test?.edges ?? []) any = (edges[edge] = 1) === 1;
    if (!any) return;
    this.of = new Uint16Array(65_536);
    let last = 0;
    for (let port = 0; port < 65_536; port++) {
      if (port > 0) last += edges[port]!;
      this.of[port] = last;
    }
  }

  pair(from: number, to: number): number {
    return this.of ? this.of[from]! * 65_536 + this.of[to]! : 0;
  }
}

export class ByPorts {
  private readonly classes: PortClasses;
  private readonly alike = new Map<string, Alike>();
  private size = 0;
  private made = 0;
  private known = new Map<number, PlacedCandidates>();
  private readonly sets = new Map<string, PlacedCandidates>();
  private all: PlacedCandidates | undefined;

  constructor(classes: PortClasses) {
    this.classes = classes;
  }

  /** `placed`: as for `PlacedCandidates.add`. */
  add(rule: Rule, placed: boolean): void {
    const key = `${rule.portsText} ${isBothWays(rule)}`;
    let alike = this.alike.get(key);
    if (!alike) this.alike.set(key, (alike = { rule, members: [] }));
    alike.members.push({ rule, placed });
    this.size++;
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Those that may be about packets between these ports. */
  of(from: number, to: number): PlacedCandidates {
    if (this.size === 0) return NOBODY;
    const pair = this.classes.pair(from, to);
    const before = this.known.get(pair);
    if (before) return before;
    if (this.known.size >= PAIRS) this.known = new Map();
    const set = this.setOf(from, to);
    this.known.set(pair, set);
    return set;
  }

  private setOf(from: number, to: number): PlacedCandidates {
    if (this.alike.size > WAYS) return this.everyone();
    const concerned: Alike[] = [];
    let key = '';
    let count = 0;
    let i = 0;
    for (const one of this.alike.values()) {
      if (concerns(one.rule, from, to)) {
        concerned.push(one);
        key += `${i} `;
        count += one.members.length;
      }
      i++;
    }
    if (count === 0) return NOBODY;
    const before = this.sets.get(key);
    if (before) return before;
    if (this.sets.size >= SETS || this.made + count > COPIES * this.size + FEW) return this.everyone();
    this.made += count;
    const set = made(concerned);
    this.sets.set(key, set);
    return set;
  }

  private everyone(): PlacedCandidates {
    return (this.all ??= made(this.alike.values()));
  }
}

const NOBODY = new PlacedCandidates();

function made(several: Iterable<Alike>): PlacedCandidates {
  const set = new PlacedCandidates();
  for (const { members } of several) for (const { rule, placed } of members) set.add(rule, placed);
  set.build();
  return set;
}

const isBothWays = ({ bothWays, wholeTransaction }: Rule): boolean => bothWays || wholeTransaction;

function concerns(rule: Rule, from: number, to: number): boolean {
  return portsHold(rule, from, to) || (isBothWays(rule) && portsHold(rule, to, from));
}

function portsHold({ sourcePorts, destinationPorts }: Rule, from: number, to: number): boolean {
  return (sourcePorts?.(from) ?? true) && (destinationPorts?.(to) ?? true);
}
