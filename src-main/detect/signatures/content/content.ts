/** `content` with its modifiers. */
import { RuleFault } from '../rules/fault.ts';
import { comparedSoFar, find, lowered } from './pattern.ts';
import { valueOf, type Check, type Run, type Value } from './run.ts';

/** Bytes passed over in the time of a step, natively and one by one. */
const PASSED = 64;
const PASSED_ONE_BY_ONE = 8;

/** A content while its rule is read: modifiers that follow change it. */
export class Content implements Check {
  readonly bytes: Uint8Array;
  readonly negated: boolean;
  nocase = false;
  offset: Value | undefined;
  depth: Value | undefined;
  distance: Value | undefined;
  within: Value | undefined;
  startsWith = false;
  endsWith = false;
  fastPattern = false;
  /** Worth another try further on when what follows does not hold. */
  retry = false;
  private needle: Uint8Array;

  constructor(bytes: Uint8Array, negated: boolean) {
    this.bytes = bytes;
    this.negated = negated;
    this.needle = bytes;
  }

  get relative(): boolean {
    return this.distance !== undefined || this.within !== undefined;
  }

  /** Its place counts from the beginning of the buffer. */
  get anchored(): boolean {
    return this.offset !== undefined || this.depth !== undefined || this.startsWith;
  }

  /** All modifiers are known. @throws RuleFault */
  settle(next: Check | undefined): void {
    this.retry = next?.relative ?? false;
    if (this.nocase) this.needle = lowered(this.bytes);
    if (this.startsWith && (this.relative || this.offset !== undefined || this.depth !== undefined))
      throw new RuleFault('startswith', 'contradicts another place that is given for the content');
    if (typeof this.depth === 'number' && this.depth < this.bytes.length)
      throw new RuleFault('depth', 'smaller than the content');
    if (typeof this.within === 'number' && this.within < this.bytes.length)
      throw new RuleFault('within', 'smaller than the content');
    if (this.negated && this.fastPattern && this.relative) this.fastPattern = false;
  }

  match(run: Run, checks: readonly Check[], index: number, cursor: number): boolean {
    const { bytes, needle, negated, nocase } = this;
    const { buffer } = run;
    let from = this.firstPlace(run, cursor);
    const end = this.lastEnd(run, cursor, buffer.length);
    if (this.endsWith) {
      if (end < buffer.length) from = buffer.length + 1;
      else from = Math.max(from, buffer.length - bytes.length);
    }
    for (;;) {
      const before = comparedSoFar();
      const at = run.givesUp() ? -1 : find(buffer, needle, from, end, nocase);
      const passed = (at < 0 ? Math.max(end, from) : at) - from;
      run.spend(passed);
      run.pay(passed / (nocase ? PASSED_ONE_BY_ONE : PASSED) + comparedSoFar() - before, true);
      if (at < 0) return negated && !run.givesUp() && run.follow(checks, index + 1, cursor);
      if (negated) return false;
      const ended = at + bytes.length;
      if (run.follow(checks, index + 1, ended)) {
        run.reached(ended);
        return true;
      }
      if (!this.retry) return false;
      from = at + 1;
    }
  }

  private firstPlace(run: Run, cursor: number): number {
    let from = 0;
    if (this.relative) from = cursor + (this.distance === undefined ? 0 : valueOf(run, this.distance));
    if (this.offset !== undefined) from = Math.max(from, valueOf(run, this.offset));
    return Math.max(0, from);
  }

  private lastEnd(run: Run, cursor: number, length: number): number {
    let end = length;
    const { distance, within, depth, offset } = this;
    if (within !== undefined) {
      const start = cursor + (distance === undefined ? 0 : valueOf(run, distance));
      end = Math.min(end, start + valueOf(run, within));
    }
    if (depth !== undefined)
      end = Math.min(end, (offset === undefined ? 0 : valueOf(run, offset)) + valueOf(run, depth));
    if (this.startsWith) end = Math.min(end, this.bytes.length);
    return end;
  }
}
