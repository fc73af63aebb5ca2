/** A direction of a TCP connection whose protocol is looked for. */
import type { Budget } from '../streams/budget.ts';
import { Stream } from '../streams/stream.ts';

export class ProbedStream extends Stream {
  /** While the protocol is unknown: payloads probed, and whether all inspectors have said no. */
  tries = 0;
  ruledOut = false;

  override reset(budget: Budget): void {
    super.reset(budget);
    this.tries = 0;
    this.ruledOut = false;
  }
}
