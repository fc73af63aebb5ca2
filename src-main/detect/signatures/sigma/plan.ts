/** What is needed of a set of rules with each event, made once; a set that takes the place of another goes on counting. */
import type { Correlated, SigmaCorrelation } from './correlation.ts';
import type { Head } from './head.ts';
import { ORIG_PORT, PROTO_FIELD, type KindId } from './kinds.ts';
import { testsOf, type Node } from './node.ts';
import { SigmaIndex } from './rule-index.ts';
import type { SigmaRule } from './rule.ts';
import type { SigmaSet } from './set.ts';
import { Windows, type WindowKind } from './window.ts';

/** A rule of correlation at work on the events of one of its rules. */
export interface Listener {
  correlation: SigmaCorrelation;
  part: Correlated;
  place: number;
  windows: Windows;
}

export interface Prepared {
  /** Fields that its evidence shows. */
  shown: readonly number[];
  windows: Windows | undefined;
  listeners: Listener[];
}

export class Plan {
  readonly indexes: ReadonlyMap<KindId, SigmaIndex>;
  /** What a rule is known by, also when it was read again: its file and its text. */
  readonly keys: ReadonlyMap<Head, string>;
  /** Originators' ports and protocols are asked for in lines that messages make. */
  readonly withBook: boolean;
  private readonly prepared = new Map<SigmaRule, Prepared>();
  private readonly windows = new Map<string, Windows>();

  /** `before`: what its rules counted goes on in those that are the same. */
  constructor({ rules, correlations }: SigmaSet, before?: Plan) {
    this.keys = keysOf([...rules, ...correlations]);
    const sharers = Math.max(1, rules.filter(({ tally }) => tally).length + correlations.length);
    const windowsFor = (key: string, kind: WindowKind): Windows => {
      const windows = before?.windows.get(key) ?? new Windows(kind, sharers);
      this.windows.set(key, windows);
      return windows;
    };
    for (const rule of rules) {
      const windows = rule.tally && windowsFor(this.keyOf(rule), rule.tally.window);
      this.prepared.set(rule, { shown: shownFields(rule), windows, listeners: [] });
    }
    for (const correlation of correlations) {
      const parts = correlation.rules.map(({ rule }) => this.keyOf(rule));
      const windows = windowsFor([this.keyOf(correlation), ...parts].join('\0'), correlation.window);
      for (const [place, part] of correlation.rules.entries())
        this.of(part.rule).listeners.push({ correlation, part, place, windows });
    }
    const byLog = Map.groupBy(rules, ({ log }) => log.id);
    this.indexes = new Map([...byLog].map(([id, some]) => [id, new SigmaIndex(some)]));
    this.withBook = rules.some(asksOfFlow) || correlations.some(groupsByFlow);
  }

  of(rule: SigmaRule): Prepared {
    return this.prepared.get(rule)!;
  }

  keyOf(head: Head): string {
    return this.keys.get(head)!;
  }

  get kinds(): ReadonlySet<KindId> {
    return new Set(this.indexes.keys());
  }

  /** Log lines that are made for the one do for the other. */
  asksAs(other: Plan): boolean {
    const { kinds } = other;
    return this.withBook === other.withBook && kinds.size === this.kinds.size && this.kinds.isSubsetOf(kinds);
  }
}

function keysOf(heads: readonly Head[]): Map<Head, string> {
  const often = new Map<string, number>();
  const keys = new Map<Head, string>();
  for (const head of heads) {
    const plain = `${head.file}\0${head.text}`;
    const count = often.get(plain) ?? 0;
    often.set(plain, count + 1);
    keys.set(head, `${plain}\0${count}`);
  }
  return keys;
}

/** What the rule names, then what it looks at; of the first that stand in an event. */
function shownFields(rule: SigmaRule): number[] {
  const named = rule.shown.map((name) => rule.log.field(name)).filter((field) => field !== undefined);
  return [...new Set([...named, ...[...testsOf(rule.node)].map(({ field }) => field)])];
}

function ofFlow(fields: Iterable<number>): boolean {
  return [...fields].some((field) => field === ORIG_PORT || field === PROTO_FIELD);
}

/** It asks for what only the flow knows, in lines that messages make. */
function asksOfFlow(rule: SigmaRule): boolean {
  return (
    hasAnywhere(rule.node) || ofFlow(shownFields(rule)) || ofFlow(rule.tally ? [...rule.tally.by, rule.tally.of] : [])
  );
}

function groupsByFlow({ rules }: SigmaCorrelation): boolean {
  return rules.some(({ by, of }) => ofFlow([...by, of]));
}

function hasAnywhere(node: Node): boolean {
  if (node.op === 'anywhere') return true;
  if (node.op === 'test') return false;
  return node.op === 'not' ? hasAnywhere(node.of) : node.of.some(hasAnywhere);
}
