/** Which rules are to be looked at for what: by their pattern where they have one, else always. */
import { PROTO } from '../../../meter/packets/types.ts';
import { PatternSet } from '../prefilter/patterns.ts';
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
}

export class RuleIndex {
  /** Packets of TCP whose stream is looked at, and all others. */
  readonly tcpPackets = new Candidates();
  readonly packets = new Candidates();
  readonly stream = new Candidates();
  /** By name of a buffer, and those without a pattern. */
  readonly buffers = new Map<string, PatternSet>();
  /** By name of a buffer or number that the transaction must have; '' for those that ask for none. */
  readonly transactions = new Map<string, number[]>();
  /** They look at a request and its answer. */
  readonly whole: number[] = [];
  readonly once: number[] = [];
  readonly events: number[] = [];
  readonly decode = new Map<string, number[]>();
  readonly rules: readonly Rule[];

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
    for (const rule of rules) this.add(rule);
    for (const set of [this.tcpPackets.patterns, this.packets.patterns, this.stream.patterns, ...this.buffers.values()])
      set.build(rules.length);
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
      this.stream.add(rule, true);
      if (rule.alsoPackets) this.tcpPackets.add(rule, true);
      if (protocol.bytes !== 'stream' && rule.payload.length > 0) this.packets.add(rule, true);
    } else {
      if (isTcp) this.tcpPackets.add(rule, true);
      this.packets.add(rule, true);
    }
  }

  private addTransaction(rule: Rule): void {
    const { order, fast } = rule;
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
