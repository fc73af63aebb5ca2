/** Log lines against Sigma rules, as the meter's observations come. */
import type { TriageReport } from '../../../../src-shared/domain/report.ts';
import { CaseBook } from '../../behaviours/common/casebook.ts';
import type { Behaviour, BehaviourContext, Observations } from '../../types.ts';
import type { Correlated, SigmaCorrelation } from './correlation.ts';
import type { EventEnds, LogEvent } from './event.ts';
import { shownCells, Told, toldFinding } from './finding.ts';
import type { Head } from './head.ts';
import { ORIG_PORT, PROTO_FIELD, type KindId } from './kinds.ts';
import { holds, testsOf, type Node } from './node.ts';
import { LogDesk } from './records/desk.ts';
import { SigmaIndex } from './rule-index.ts';
import type { SigmaRule } from './rule.ts';
import type { SigmaSet } from './set.ts';
import { groupKey, Windows, type WindowKind } from './window.ts';

const CASES = 10_000;
const CASE_SECONDS = 86_400;

/** What a run came to, as the report has it. */
export type SigmaReport = Pick<TriageReport, 'signatures' | 'rules'>;

/** A rule of correlation at work on the events of one of its rules. */
interface Listener {
  correlation: SigmaCorrelation;
  part: Correlated;
  place: number;
  windows: Windows;
}

/** What is needed of a rule with each event, made once. */
interface Prepared {
  number: number;
  /** Fields that its evidence shows. */
  shown: readonly number[];
  windows: Windows | undefined;
  listeners: Listener[];
}

export class SigmaMatch implements Behaviour {
  readonly id = 'sigma';
  private readonly set: SigmaSet;
  private readonly indexes: ReadonlyMap<KindId, SigmaIndex>;
  private readonly prepared = new Map<SigmaRule, Prepared>();
  private readonly numbers = new Map<Head, number>();
  private readonly counted = new Map<Head, number>();
  private readonly cases = new CaseBook<Told>({ ceiling: CASES, lifetime: CASE_SECONDS });
  private readonly desk: LogDesk;
  /** Log lines that were looked at, and rules looked at with them. */
  readonly work = { events: 0, looks: 0 };

  constructor(set: SigmaSet) {
    this.set = set;
    const { rules, correlations } = set;
    const sharers = Math.max(1, rules.filter(({ tally }) => tally).length + correlations.length);
    for (const one of [...rules, ...correlations]) this.numbers.set(one, this.numbers.size);
    for (const rule of rules) {
      const windows = rule.tally && new Windows(rule.tally.window, sharers);
      this.prepared.set(rule, { number: this.numbers.get(rule)!, shown: shownFields(rule), windows, listeners: [] });
    }
    for (const correlation of correlations) {
      const windows = new Windows(correlation.window, sharers);
      for (const [place, part] of correlation.rules.entries())
        this.prepared.get(part.rule)!.listeners.push({ correlation, part, place, windows });
    }
    const byLog = Map.groupBy(rules, ({ log }) => log.id);
    this.indexes = new Map([...byLog].map(([id, some]) => [id, new SigmaIndex(some)]));
    this.desk = new LogDesk(new Set(byLog.keys()), rules.some(asksOfFlow) || correlations.some(groupsByFlow), (event) =>
      this.event(event),
    );
  }

  observe(seen: Observations, context: BehaviourContext): void {
    if (this.indexes.size === 0) return;
    this.desk.observe(seen, context);
    this.flush(context);
  }

  finish(context: BehaviourContext): void {
    if (this.indexes.size === 0) return;
    this.desk.finish(context);
    this.flush(context);
  }

  /** Rules that told, those of most alerts first; and those that were refused. */
  report(): SigmaReport {
    const signatures = [...this.counted]
      .sort(([a, x], [b, y]) => y - x || this.numbers.get(a)! - this.numbers.get(b)!)
      .map(([{ title, id, level, file, line }, count]) => {
        const rule = { sid: 0, rev: 0, message: title, count, classtype: '' };
        return { ...rule, source: 'sigma' as const, id, level, file, line };
      });
    const refused = this.set.refused.map(({ file, line, rule, key, reason }) => {
      return { file, line, sid: 0, keyword: key, reason, source: 'sigma' as const, rule };
    });
    return { signatures, rules: { loaded: this.numbers.size, refused } };
  }

  private flush({ hosts, report }: BehaviourContext): void {
    this.cases.flush((told, key) => report(key, toldFinding(told, hosts)));
  }

  private event(event: LogEvent): void {
    this.work.events++;
    for (const rule of this.indexes.get(event.kind.id)?.candidates(event) ?? []) {
      this.work.looks++;
      if (holds(rule.node, event)) this.matched(rule, event);
    }
  }

  private matched(rule: SigmaRule, event: LogEvent): void {
    const { windows, listeners, shown } = this.prepared.get(rule)!;
    for (const listener of listeners) this.correlated(listener, event);
    if (rule.silent) return;
    const { tally } = rule;
    if (!tally || !windows) {
      this.tell(rule, `host ${event.ends.orig}`, [event.ends], () => shownCells(event, shown), '');
      return;
    }
    const group = groupKey(event, tally.by);
    const value = valueOf(event, tally.of);
    if (group === undefined || value === undefined) return;
    const together = windows.add(group, event.ends, value);
    if (together) this.tell(rule, `group ${group}`, together, () => shownCells(event, shown), wordsOf(tally.window));
  }

  private correlated({ correlation, part, place, windows }: Listener, event: LogEvent): void {
    const group = groupKey(event, part.by);
    const value = valueOf(event, part.of);
    if (group === undefined || value === undefined) return;
    const together = windows.add(group, event.ends, value, place);
    const shown = (): string => shownCells(event, part.by);
    if (together) this.tell(correlation, `group ${group}`, together, shown, wordsOf(correlation.window));
  }

  private tell(head: Head, whose: string, ends: readonly EventEnds[], shown: () => string, counts: string): void {
    this.counted.set(head, (this.counted.get(head) ?? 0) + 1);
    const [first] = ends;
    if (!first) return;
    const key = `sigma|${this.numbers.get(head)!}|${whose}`;
    const time = { sec: first.sec, nano: first.nano };
    const told = this.cases.open(key, time, (begun) => new Told(begun, head, shown(), counts));
    for (const one of ends) told.add(one);
    told.alerts++;
    told.decide();
    this.cases.change(key, told);
  }
}

/** '' where no values are counted; undefined where the event has none. */
function valueOf(event: LogEvent, field: number): string | undefined {
  if (field < 0) return '';
  return event.has(field) ? event.lowers(field).join(',') : undefined;
}

function wordsOf(window: WindowKind): string {
  const seconds = Number.isFinite(window.seconds) ? ` within ${window.seconds} s` : '';
  switch (window.kind) {
    case 'events':
      return `${window.least} such events came together${seconds}`;
    case 'values':
      return `${window.least} different values came together${seconds}`;
    case 'together':
      return `all ${window.rules} rules told${seconds}`;
    case 'in-order':
      return `all ${window.rules} rules told in this order${seconds}`;
  }
}

function fieldsOf(node: Node): Set<number> {
  return new Set([...testsOf(node)].map(({ field }) => field));
}

/** What the rule names, then what it looks at; of the first that stand in an event. */
function shownFields(rule: SigmaRule): number[] {
  const named = rule.shown.map((name) => rule.log.field(name)).filter((field) => field !== undefined);
  return [...new Set([...named, ...fieldsOf(rule.node)])];
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
