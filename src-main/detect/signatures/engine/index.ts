/** Which rules are to be looked at for what: by their pattern where they have one, else always. */
import { PROTO } from '../../../meter/packets/types.ts';
import { ANY, type Direction } from '../app/types.ts';
import { framedProtocol, isStreamFrame, STREAM } from '../app/frames.ts';
import { ByPorts, PortClasses } from './by-ports.ts';
import { PlacedCandidates, type Bytes } from './candidates.ts';
import { PatternSet } from '../prefilter/patterns.ts';
import type { RuleSet } from '../rules/parse.ts';
import type { Rule } from '../rules/rule.ts';

/** Rules over packets or streams, apart by the application protocols that they are for; without one, by ports. */
export class GroupedCandidates {
  readonly plain: ByPorts;
  private readonly byApps = new Map<string, { apps: readonly string[]; candidates: PlacedCandidates }>();
  /** Some are looked at whatever the bytes are, so where there are none too. */
  hasAlways = false;

  constructor(classes: PortClasses) {
    this.plain = new ByPorts(classes);
  }

  /** `placed`: what is looked at begins where places are counted from. */
  add(rule: Rule, placed: boolean): void {
    const { apps } = rule.protocol;
    this.hasAlways ||= rule.fast === null;
    if (apps.length === 0) {
      this.plain.add(rule, placed);
      return;
    }
    const key = apps.join(' ');
    let group = this.byApps.get(key);
    if (!group) this.byApps.set(key, (group = { apps, candidates: new PlacedCandidates() }));
    group.candidates.add(rule, placed);
  }

  get isEmpty(): boolean {
    return this.plain.isEmpty && this.byApps.size === 0;
  }

  /** Whether one may look at bytes between these ports; a protocol may become known later. */
  concerns(from: number, to: number): boolean {
    return this.byApps.size > 0 || !this.plain.of(from, to).isEmpty;
  }

  /** Puts those for the protocols of a flow into `found` from `count` on. Gives the new count. */
  scanApps(protocols: readonly string[], bytes: Bytes, found: Int32Array<ArrayBuffer>, count: number): number {
    if (protocols.length === 0 || this.byApps.size === 0) return count;
    let n = count;
    for (const { apps, candidates } of this.byApps.values())
      if (protocols.some((one) => apps.includes(one))) n = candidates.scan(bytes, found, n);
    return n;
  }

  /** Rules are for protocols. */
  get hasApps(): boolean {
    return this.byApps.size > 0;
  }

  /** Whether rules without a protocol are all that there are, as far as protocols are known. */
  isPlain(protocols: readonly string[]): boolean {
    if (this.byApps.size === 0) return true;
    if (protocols.length === 0) return false;
    for (const { apps } of this.byApps.values()) if (protocols.some((one) => apps.includes(one))) return false;
    return true;
  }

  build(): void {
    for (const { candidates } of this.byApps.values()) candidates.build();
  }
}

/** By direction: a rule that is about one finds nothing in the other. */
type BothWays = readonly [GroupedCandidates, GroupedCandidates];

export class RuleIndex {
  /** Packets: of TCP whose stream is looked at, and others of TCP; of UDP; all others. */
  readonly tcpPackets: BothWays;
  readonly looseTcp: GroupedCandidates;
  readonly datagrams: GroupedCandidates;
  readonly otherPackets: GroupedCandidates;
  readonly stream: BothWays;
  /** By name of a buffer, and those without a pattern. */
  readonly buffers = new Map<string, PatternSet>();
  /** By name of a buffer or number that the transaction must have; '' for those that ask for none. */
  readonly transactions = new Map<string, number[]>();
  /** The same, to be gone through for each transaction. */
  readonly unfound: readonly { name: string; orders: readonly number[] }[];
  /** By direction: what packets of a stream are looked at for, its stretches are too, with all that is found by their beginnings. */
  readonly isOfStreams: [boolean, boolean] = [true, true];
  /** They look at a request and its answer. */
  readonly whole: number[] = [];
  readonly once: number[] = [];
  readonly events: number[] = [];
  readonly decode = new Map<string, number[]>();
  /** A rule over transactions looks at the bytes beside them too. */
  looksBeside = false;
  readonly rules: readonly Rule[];
  /** Protocols whose frames rules ask for; `stream`: what directions send as a whole. */
  private readonly framed = new Set<string>();
  /** Protocols whose transactions and events rules ask for; null: of all. */
  private protocols: Set<string> | null = new Set();
  /** Buffers and numbers of transactions that rules look at; protocols whose events they ask for. */
  private readonly named: readonly [Set<string>, Set<string>] = [new Set(), new Set()];
  private readonly without = new Map<readonly string[], boolean>();
  private readonly heard = new Set<string>();

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
    const classes = new PortClasses(rules);
    this.tcpPackets = [new GroupedCandidates(classes), new GroupedCandidates(classes)];
    this.looseTcp = new GroupedCandidates(classes);
    this.datagrams = new GroupedCandidates(classes);
    this.otherPackets = new GroupedCandidates(classes);
    this.stream = [new GroupedCandidates(classes), new GroupedCandidates(classes)];
    for (const rule of rules) this.add(rule);
    for (const direction of [0, 1] as const)
      if (this.tcpPackets[direction].hasApps) this.isOfStreams[direction] = false;
    const groups = [...this.tcpPackets, this.looseTcp, this.datagrams, this.otherPackets, ...this.stream];
    for (const group of groups) group.build();
    for (const set of this.buffers.values()) set.build();
    this.unfound = [...this.transactions].map(([name, orders]) => ({ name, orders }));
  }

  /** Of packets without a stream. */
  packetsOf(proto: number): GroupedCandidates {
    if (proto === PROTO.UDP) return this.datagrams;
    return proto === PROTO.TCP ? this.looseTcp : this.otherPackets;
  }

  /** Whether rules may be about a packet of TCP that neither carries bytes nor begins or ends anything. */
  get heedsSilent(): boolean {
    return this.decode.size > 0 || this.once.length > 0 || this.tcpPackets.some((group) => group.hasAlways);
  }

  /** Whether a rule asks for what a protocol says. */
  wants(protocol: string): boolean {
    return this.protocols?.has(protocol) ?? true;
  }

  /** Whether a rule asks for frames of a protocol. */
  frames(protocol: string): boolean {
    return this.framed.has(protocol);
  }

  /** Whether a rule about this direction looks at a buffer or number of this name. */
  asks(name: string, direction: Direction): boolean {
    return this.named[direction].has(name);
  }

  /** Whether a rule looks at one of `names`, always the same list, that can hold where there is no buffer `other`. */
  asksWithout(names: readonly string[], other: string): boolean {
    let known = this.without.get(names);
    if (known === undefined) {
      const isAsked = (name: string): boolean => this.rules.some((rule) => asksFor(rule, name) && !needs(rule, other));
      known = names.some((name) => (name === ANY ? this.asks(ANY, 0) : isAsked(name)));
      this.without.set(names, known);
    }
    return known;
  }

  /** Whether a rule asks for an event of a protocol, as events name it. */
  hears(protocol: string): boolean {
    return this.heard.has(protocol);
  }

  private ask(rule: Rule): void {
    const { trigger, protocol, buffers, numbers, events, fast } = rule;
    const { apps } = protocol;
    for (const { name } of buffers) this.name(rule, name);
    for (const { name } of numbers) this.name(rule, name);
    if (fast) this.name(rule, fast.buffer);
    for (const { name } of events) this.heard.add(name.split('.', 1)[0]!);
    if (trigger !== 'transaction' && trigger !== 'event') return;
    if (apps.length === 0) this.protocols = null;
    for (const app of apps) this.protocols?.add(app);
  }

  private name({ direction, wholeTransaction }: Rule, name: string): void {
    if (direction === undefined || wholeTransaction) for (const set of this.named) set.add(name);
    else this.named[direction].add(name);
  }

  private add(rule: Rule): void {
    this.ask(rule);
    const { order, trigger, protocol } = rule;
    if (rule.decodeEvents.length > 0) {
      for (const event of rule.decodeEvents) listed(this.decode, event).push(order);
    } else if (trigger === 'once') this.once.push(order);
    else if (trigger === 'event') this.events.push(order);
    else if (trigger === 'transaction') this.addTransaction(rule);
    else if (trigger === 'stream') {
      addTo(this.stream, rule, rule.alsoPackets);
      if (rule.alsoPackets) addTo(this.tcpPackets, rule, true);
      if (protocol.bytes !== 'stream' && rule.payload.length > 0) this.addPackets(rule);
    } else {
      if (isAbout(rule, PROTO.TCP)) {
        addTo(this.tcpPackets, rule, true);
        this.isOfStreams.fill(false);
      }
      this.addPackets(rule);
    }
  }

  private addPackets(rule: Rule): void {
    const { numbers } = rule.protocol;
    if (isAbout(rule, PROTO.TCP)) this.looseTcp.add(rule, true);
    if (isAbout(rule, PROTO.UDP)) this.datagrams.add(rule, true);
    if (numbers === null || numbers.some((one) => one !== PROTO.TCP && one !== PROTO.UDP))
      this.otherPackets.add(rule, true);
  }

  private addTransaction(rule: Rule): void {
    const { order, fast } = rule;
    if (rule.payload.length > 0) this.looksBeside = true;
    for (const { name } of rule.buffers) this.frame(name);
    if (rule.wholeTransaction) {
      this.whole.push(order);
      for (const set of this.named) set.add(ANY);
    } else if (!fast) {
      const needed = rule.buffers.find(({ absent }) => absent === undefined)?.name ?? rule.numbers[0]?.name ?? '';
      if (needed === '') for (const set of this.named) set.add(ANY);
      listed(this.transactions, needed).push(order);
    } else {
      let set = this.buffers.get(fast.buffer);
      if (!set) this.buffers.set(fast.buffer, (set = new PatternSet()));
      set.add(fast.bytes, order);
    }
  }

  private frame(buffer: string): void {
    const protocol = framedProtocol(buffer);
    if (protocol !== undefined) this.framed.add(isStreamFrame(buffer) ? STREAM : protocol);
  }
}

function addTo(groups: BothWays, rule: Rule, placed: boolean): void {
  for (const direction of [0, 1] as const)
    if (rule.direction === undefined || rule.direction === direction) groups[direction].add(rule, placed);
}

const asksFor = ({ buffers, numbers }: Rule, name: string): boolean =>
  buffers.some((one) => one.name === name) || numbers.some((one) => one.name === name);

const needs = ({ buffers, wholeTransaction }: Rule, name: string): boolean =>
  !wholeTransaction && buffers.some((one) => one.name === name && one.absent === undefined);

function isAbout({ protocol: { numbers } }: Rule, proto: number): boolean {
  return numbers === null || numbers.includes(proto);
}

function listed(lists: Map<string, number[]>, key: string): number[] {
  let list = lists.get(key);
  if (!list) lists.set(key, (list = []));
  return list;
}

const indexes = new WeakMap<RuleSet, RuleIndex>();

/** The index of a set in order, made once: building it for many rules takes longer than many a capture. */
export function indexOf(set: RuleSet): RuleIndex {
  let index = indexes.get(set);
  if (index?.rules !== set.rules) indexes.set(set, (index = new RuleIndex(set.rules)));
  return index;
}
