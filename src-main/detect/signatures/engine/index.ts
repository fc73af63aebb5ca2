/** Which rules are to be looked at for what: by their pattern where they have one, else always. */
import { PROTO } from '../../../meter/packets/types.ts';
import { PatternSet } from '../prefilter/patterns.ts';
import type { RuleSet } from '../rules/parse.ts';
import type { Rule } from '../rules/rule.ts';

/** Rules for one kind of bytes: found by patterns, and those that have none. */
export class Candidates {
  readonly patterns = new PatternSet();
  readonly always: number[] = [];

  add(rule: Rule, found: boolean): void {
    if (found && rule.fast) this.patterns.add(rule.fast.bytes, rule.order);
    else this.always.push(rule.order);
  }

  get isEmpty(): boolean {
    return this.always.length === 0 && this.patterns.size === 0;
  }

  /** As `PatternSet.scan`, with those that are always looked at. */
  scan(bytes: Uint8Array, found: Int32Array<ArrayBuffer>, from: number): number {
    this.patterns.begin();
    const count = this.patterns.scan(bytes, found, from);
    found.set(this.always, count);
    return count + this.always.length;
  }
}

/** Bytes at the beginning of what is looked at: contents of a fixed place are looked for no further than they may stand. */
const NEAR = 64;
const FAR = 512;

/** Rules for packets or streams: those found by a content at the beginning are looked for there alone. */
export class PlacedCandidates {
  private readonly anywhere = new Candidates();
  private readonly near = new Candidates();
  private readonly far = new Candidates();

  /** `placed`: what is looked at begins where places are counted from. */
  add(rule: Rule, placed: boolean): void {
    const reach = (placed ? rule.fast?.reach : undefined) ?? Infinity;
    (reach <= NEAR ? this.near : reach <= FAR ? this.far : this.anywhere).add(rule, true);
  }

  get isEmpty(): boolean {
    return this.anywhere.isEmpty && this.near.isEmpty && this.far.isEmpty;
  }

  /** Puts the numbers of those that may hold into `found`. `from`: where in `bytes` places are counted from. Gives the new count. */
  scan(bytes: Uint8Array, from: number, found: Int32Array<ArrayBuffer>, count: number): number {
    let n = count;
    if (!this.near.isEmpty) n = this.near.scan(bytes.subarray(from, from + NEAR), found, n);
    if (!this.far.isEmpty) n = this.far.scan(bytes.subarray(from, from + FAR), found, n);
    return this.anywhere.isEmpty ? n : this.anywhere.scan(bytes, found, n);
  }

  build(owners: number): void {
    for (const { patterns } of [this.anywhere, this.near, this.far]) patterns.build(owners);
  }
}

/** Rules over packets or streams, apart by the application protocols that they are for. */
export class GroupedCandidates {
  readonly plain = new PlacedCandidates();
  private readonly byApps = new Map<string, { apps: readonly string[]; candidates: PlacedCandidates }>();

  add(rule: Rule, placed: boolean): void {
    const { apps } = rule.protocol;
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

  get hasApps(): boolean {
    return this.byApps.size > 0;
  }

  /** Of the protocols of a flow. */
  scanApps(
    protocols: readonly string[],
    bytes: Uint8Array,
    from: number,
    found: Int32Array<ArrayBuffer>,
    count: number,
  ): number {
    if (protocols.length === 0) return count;
    let n = count;
    for (const { apps, candidates } of this.byApps.values())
      if (protocols.some((one) => apps.includes(one))) n = candidates.scan(bytes, from, found, n);
    return n;
  }

  build(owners: number): void {
    this.plain.build(owners);
    for (const { candidates } of this.byApps.values()) candidates.build(owners);
  }
}

/** Rules over streams. */
export class StreamCandidates extends GroupedCandidates {
  /** A rule for each text of ports among those without a protocol. */
  private readonly ports = new Map<string, Rule>();
  private known = new Map<number, boolean>();

  override add(rule: Rule): void {
    super.add(rule, rule.alsoPackets);
    if (rule.protocol.apps.length === 0) this.ports.set(`${rule.portsText} ${rule.bothWays}`, rule);
  }

  /** Whether a rule without a protocol may be about these ports. */
  concerns(from: number, to: number): boolean {
    const key = from * 65_536 + to;
    const before = this.known.get(key);
    if (before !== undefined) return before;
    if (this.known.size >= PORT_PAIRS) this.known = new Map();
    const holds = [...this.ports.values()].some(
      (rule) => portsHold(rule, from, to) || (rule.bothWays && portsHold(rule, to, from)),
    );
    this.known.set(key, holds);
    return holds;
  }

  /** Whether bytes between these ports must be kept to be looked at; a protocol may become known later. */
  wants(from: number, to: number): boolean {
    return this.hasApps || this.concerns(from, to);
  }
}

/** Pairs of ports whose answer is remembered. */
const PORT_PAIRS = 65_536;

function portsHold({ sourcePorts, destinationPorts }: Rule, from: number, to: number): boolean {
  return (sourcePorts?.(from) ?? true) && (destinationPorts?.(to) ?? true);
}

export class RuleIndex {
  /** Packets of TCP whose stream is looked at, and all others. */
  readonly tcpPackets = new GroupedCandidates();
  readonly packets = new GroupedCandidates();
  readonly stream = new StreamCandidates();
  /** By name of a buffer, and those without a pattern. */
  readonly buffers = new Map<string, PatternSet>();
  /** By name of a buffer or number that the transaction must have; '' for those that ask for none. */
  readonly transactions = new Map<string, number[]>();
  /** They look at a request and its answer. */
  readonly whole: number[] = [];
  readonly once: number[] = [];
  readonly events: number[] = [];
  readonly decode = new Map<string, number[]>();
  /** A rule over transactions looks at the bytes beside them too. */
  looksBeside = false;
  readonly rules: readonly Rule[];

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
    for (const rule of rules) this.add(rule);
    for (const group of [this.tcpPackets, this.packets, this.stream]) group.build(rules.length);
    for (const set of this.buffers.values()) set.build(rules.length);
  }

  private add(rule: Rule): void {
    const { order, trigger, protocol } = rule;
    const isTcp = protocol.numbers === null || protocol.numbers.includes(PROTO.TCP);
    if (rule.decodeEvents.length > 0) {
      for (const event of rule.decodeEvents) this.decode.set(event, [...(this.decode.get(event) ?? []), order]);
    } else if (trigger === 'once') this.once.push(order);
    else if (trigger === 'event') this.events.push(order);
    else if (trigger === 'transaction') this.addTransaction(rule);
    else if (trigger === 'stream') {
      this.stream.add(rule);
      if (rule.alsoPackets) this.tcpPackets.add(rule, true);
      if (protocol.bytes !== 'stream' && rule.payload.length > 0) this.packets.add(rule, true);
    } else {
      if (isTcp) this.tcpPackets.add(rule, true);
      this.packets.add(rule, true);
    }
  }

  private addTransaction(rule: Rule): void {
    const { order, fast } = rule;
    if (rule.payload.length > 0) this.looksBeside = true;
    if (rule.wholeTransaction) this.whole.push(order);
    else if (!fast) {
      const needed = rule.buffers.find(({ absent }) => absent === undefined)?.name ?? rule.numbers[0]?.name ?? '';
      this.transactions.set(needed, [...(this.transactions.get(needed) ?? []), order]);
    } else {
      let set = this.buffers.get(fast.buffer);
      if (!set) this.buffers.set(fast.buffer, (set = new PatternSet()));
      set.add(fast.bytes, order);
    }
  }
}

const indexes = new WeakMap<RuleSet, RuleIndex>();

/** The index of a set in order, made once: building it for many rules takes longer than many a capture. */
export function indexOf(set: RuleSet): RuleIndex {
  let index = indexes.get(set);
  if (index?.rules !== set.rules) indexes.set(set, (index = new RuleIndex(set.rules)));
  return index;
}
