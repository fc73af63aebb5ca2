/** What is known of flows whose lines are unfinished: told when they end, or for want of room as they are. */
import { BoundedMap } from '../../../behaviours/common/bounded.ts';
import type { Desk, EndedFlow } from './maker.ts';

/** Flows that one maker keeps unfinished lines of. */
const OPEN_MAX = 65_536;

export class OpenLines<T> {
  private readonly open: BoundedMap<number, T>;
  private readonly tell: (one: T, desk: Desk) => void;
  private desk: Desk | undefined;

  /** `tell` is given what no more is to come of. */
  constructor(tell: (one: T, desk: Desk) => void) {
    this.tell = tell;
    this.open = new BoundedMap({
      ceiling: OPEN_MAX,
      dropped: (_, one) => {
        if (this.desk) tell(one, this.desk);
      },
    });
  }

  of(flow: number, sec: number, desk: Desk, make: () => T): T {
    this.desk = desk;
    return this.open.obtain(flow, sec, make);
  }

  ended({ id }: EndedFlow, desk: Desk): void {
    const one = this.open.peek(id);
    if (one === undefined) return;
    this.open.delete(id);
    this.tell(one, desk);
  }

  finish(desk: Desk): void {
    for (const [id, one] of this.open) {
      this.open.delete(id);
      this.tell(one, desk);
    }
  }
}
