/**
 * What one flow's session may keep. A little is every session's own; what goes beyond it is asked from the budget of all
 * flows, in steps, and given back when the flow ends or hands over to another protocol.
 */
import type { Budget } from '../streams/budget.ts';

/** Bytes of state that a session may keep unasked. */
export const STATE_BASE = 512;
/** Bytes asked for at a time: ordinary sessions ask once or never. */
const STEP = 1024;
/** Bytes granted beyond those kept that are given back before the flow ends. */
const SLACK = 8 * STEP;

/** Who is asked for memory: a flow. */
export interface Room {
  /** Asks to keep `bytes` more. False when the budget is spent: then they must not be kept. */
  keep(bytes: number): boolean;
  /** Says that `bytes` are kept no more. */
  drop(bytes: number): void;
}

export class Account implements Room {
  private budget: Budget | null = null;
  private kept = 0;
  private granted = STATE_BASE;

  /** Begins anew; without a budget there is no bound but each session's own. */
  open(budget: Budget | null): void {
    this.close();
    this.budget = budget;
  }

  /** Gives everything back. */
  close(): void {
    this.kept = 0;
    if (this.granted === STATE_BASE) return;
    this.budget?.release(this.granted - STATE_BASE);
    this.granted = STATE_BASE;
  }

  keep(bytes: number): boolean {
    const wanted = this.kept + bytes;
    if (wanted > this.granted && !this.grow(wanted)) return false;
    this.kept = wanted;
    return true;
  }

  drop(bytes: number): void {
    this.kept -= bytes;
    if (this.granted - this.kept > SLACK) this.shrink();
  }

  private grow(wanted: number): boolean {
    const more = Math.ceil((wanted - this.granted) / STEP) * STEP;
    if (this.budget && !this.budget.reserve(more)) return false;
    this.granted += more;
    return true;
  }

  private shrink(): void {
    const enough = STATE_BASE + Math.ceil(Math.max(0, this.kept - STATE_BASE) / STEP) * STEP;
    this.budget?.release(this.granted - enough);
    this.granted = enough;
  }
}
