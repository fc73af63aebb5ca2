/** Log lines against Sigma rules, as the meter's observations come. */
import type { TriageReport } from '../../../../src-shared/domain/report.ts';
import { CaseBook } from '../../behaviours/common/casebook.ts';
import type { Behaviour, BehaviourContext, Observations } from '../../types.ts';
import type { EventEnds, LogEvent } from './event.ts';
import { shownCells, Told, toldFinding } from './finding.ts';
import type { Head } from './head.ts';
import { holds } from './node.ts';
import { Plan, type Listener } from './plan.ts';
import { LogDesk } from './records/desk.ts';
import type { SigmaRule } from './rule.ts';
import type { SigmaSet } from './set.ts';
import { groupKey, type WindowKind } from './window.ts';

const CASES = 10_000;
const CASE_SECONDS = 86_400;

/** What a run came to, as the report has it. */
export type SigmaReport = Pick<TriageReport, 'signatures' | 'rules'>;
/** A rule told, of these events: the latest is the last. */
export type SigmaHeard = (head: Head, ends: readonly EventEnds[]) => void;

/** A rule that told at least once: it stays, also when it is in force no more. */
interface Counted {
  head: Head;
  count: number;
}

export class SigmaMatch implements Behaviour {
  readonly id = 'sigma';
  private set: SigmaSet;
  private plan: Plan;
  private desk: LogDesk;
  /** One whose lines are asked for no more: what it still holds is made into lines first. */
  private former: LogDesk | undefined;
  private readonly heard: SigmaHeard | undefined;
  private readonly numbers = new Map<string, number>();
  private readonly counted = new Map<string, Counted>();
  private readonly cases = new CaseBook<Told>({ ceiling: CASES, lifetime: CASE_SECONDS });
  /** Log lines that were looked at, and rules looked at with them. */
  readonly work = { events: 0, looks: 0 };

  constructor(set: SigmaSet, heard?: SigmaHeard) {
    this.set = set;
    this.heard = heard;
    this.plan = new Plan(set);
    this.desk = this.deskOf(this.plan);
    this.number();
  }

  /** Goes on by other rules: cases stay, and what the same rules counted so far. */
  reload(set: SigmaSet): void {
    const before = this.plan;
    this.set = set;
    this.plan = new Plan(set, before);
    this.number();
    if (this.plan.asksAs(before)) return;
    this.former ??= this.desk;
    this.desk = this.deskOf(this.plan);
  }

  observe(seen: Observations, context: BehaviourContext): void {
    this.former?.finish(context);
    this.former = undefined;
    if (this.plan.indexes.size > 0) this.desk.observe(seen, context);
    this.flush(context);
  }

  finish(context: BehaviourContext): void {
    this.former?.finish(context);
    if (this.plan.indexes.size > 0) this.desk.finish(context);
    this.flush(context);
  }

  /** Rules that told, those of most alerts first; and those that were refused. */
  report(): SigmaReport {
    const signatures = [...this.counted]
      .sort(([a, x], [b, y]) => y.count - x.count || this.numbers.get(a)! - this.numbers.get(b)!)
      .map(([, { head, count }]) => {
        const { title, id, level, file, line } = head;
        const rule = { sid: 0, rev: 0, message: title, count, classtype: '' };
        return { ...rule, source: 'sigma' as const, id, level, file, line };
      });
    const refused = this.set.refused.map(({ file, line, rule, key, reason }) => {
      return { file, line, sid: 0, keyword: key, reason, source: 'sigma' as const, rule };
    });
    return { signatures, rules: { loaded: this.plan.keys.size, refused } };
  }

  private number(): void {
    for (const key of this.plan.keys.values()) if (!this.numbers.has(key)) this.numbers.set(key, this.numbers.size);
  }

  private deskOf({ kinds, withBook }: Plan): LogDesk {
    return new LogDesk(kinds, withBook, (event) => this.event(event));
  }

  private flush({ hosts, report }: BehaviourContext): void {
    this.cases.flush((told, key) => report(key, toldFinding(told, hosts)));
  }

  private event(event: LogEvent): void {
    this.work.events++;
    for (const rule of this.plan.indexes.get(event.kind.id)?.candidates(event) ?? []) {
      this.work.looks++;
      if (holds(rule.node, event)) this.matched(rule, event);
    }
  }

  private matched(rule: SigmaRule, event: LogEvent): void {
    const { windows, listeners, shown } = this.plan.of(rule);
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
    const name = this.plan.keyOf(head);
    const known = this.counted.get(name);
    if (known) known.count++;
    else this.counted.set(name, { head, count: 1 });
    this.heard?.(head, ends);
    const [first] = ends;
    if (!first) return;
    const key = `sigma|${this.numbers.get(name)!}|${whose}`;
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
