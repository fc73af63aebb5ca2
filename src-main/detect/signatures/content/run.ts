/**
 * One look at a buffer through a list of checks. A check that can hold in several places tries the next only where what
 * follows is relative to it; the steps of one look are bounded, so that no rule and no traffic can make it long.
 */

import type { Places, Spend } from '../expression/expression.ts';
import { Purse } from './purse.ts';

/** Steps a look may take; beyond, the rule does not match. */
const STEPS = 3000;
/** Bytes that all looks of one buffer by one rule may pass over in searching. */
const SEARCHED = 1 << 22;

/** Steps of what all rules share for one of finding a place of an expression, asked for before. */
export const PLACE = 4;

export interface Check {
  /** It begins where the check before it ended. */
  readonly relative: boolean;
  /** Whether it and all that follow hold; `cursor`: where the last check ended. */
  match(run: Run, checks: readonly Check[], index: number, cursor: number): boolean;
}

/** Values that rules read from a buffer (`byte_extract`), by number of the variable. */
export const VARIABLES = 32;

export class Run {
  buffer: Uint8Array = new Uint8Array(0);
  /** Bytes decoded by `base64_decode`. */
  decoded: Uint8Array | null = null;
  readonly variables = new Float64Array(VARIABLES);
  /** Where the last of the contents that held ended: for streams that are looked at in overlapping stretches. */
  furthest = 0;
  /** Little-endian words, where the protocol says so (DCERPC). */
  littleEndian = false;
  /** The buffer may grow: absence and length of what is behind its end are not known. */
  private steps = 0;
  /**
   * Looks, since there are any, that were given up: an expression stood in none of the letters that it looks through, and there
   * were more; or the look came to more steps than it may take.
   */
  cut = 0;
  private searched = 0;
  /** What the look at hand took from `purse`. */
  private taken = 0;
  private isBroke = false;
  private gaveUp = false;
  /** Of the set of rules. */
  purse = new Purse();
  private text: string | null = null;
  private readonly places = new Map<Check, Places>();
  /** As `spend`, to be handed on. */
  readonly spending: Spend = (steps, isDone) => {
    this.spend(steps);
    return this.pay(isDone === true ? steps : steps * PLACE, isDone);
  };

  /** Whether all checks hold in `buffer`. Variables stay from the buffers of the rule before. */
  look(buffer: Uint8Array, checks: readonly Check[]): boolean {
    this.begin(buffer);
    const holds = this.follow(checks, 0, 0);
    if (!holds) this.noteGivenUp();
    return holds;
  }

  /** Whether all checks hold in bytes that a check of a look made, at the cost of the same set. */
  inside(bytes: Uint8Array, checks: readonly Check[]): boolean {
    const inner = new Run();
    inner.purse = this.purse;
    const holds = inner.look(bytes, checks);
    this.cut += inner.cut;
    return holds;
  }

  private begin(buffer: Uint8Array): void {
    this.buffer = buffer;
    this.text = null;
    this.steps = 0;
    this.searched = 0;
    this.furthest = 0;
    // Clearing makes a new table, also of none.
    if (this.places.size > 0) this.places.clear();
    this.anew();
  }

  /** Nothing was found, but perhaps because not all was looked at. */
  noteGivenUp(): void {
    if (this.gaveUp) this.cut++;
  }

  /** What is taken from now on is of another look. */
  anew(): void {
    this.taken = 0;
    this.isBroke = false;
    this.gaveUp = false;
  }

  follow(checks: readonly Check[], index: number, cursor: number): boolean {
    const check = checks[index];
    if (!check) return true;
    if (++this.steps > STEPS || !this.pay(1)) {
      this.gaveUp = true;
      return false;
    }
    return check.match(this, checks, index, cursor);
  }

  /** Whether it may go no further, asked where it would. */
  givesUp(): boolean {
    const isSpent = this.steps > STEPS || this.searched > SEARCHED || this.isBroke;
    this.gaveUp ||= isSpent;
    return isSpent;
  }

  spend(bytes: number): void {
    this.searched += bytes;
  }

  /** Takes steps of what all rules share. False: there are not so many, and the look is over. `isDone`: they were gone. */
  pay(steps: number, isDone = false): boolean {
    this.isBroke ||= !this.purse.affords(steps, this.taken);
    if (isDone || !this.isBroke) this.purse.take(steps);
    else this.gaveUp = true;
    this.taken += steps;
    return !this.isBroke;
  }

  /** What a check finds in the whole buffer, looked for once. */
  once(check: Check, look: () => Places): Places {
    let places = this.places.get(check);
    if (!places) this.places.set(check, (places = look()));
    return places;
  }

  reached(end: number): void {
    if (end > this.furthest) this.furthest = end;
  }

  /** The buffer as text, one character a byte. */
  latin1(): string {
    const { buffer } = this;
    return (this.text ??= Buffer.from(buffer.buffer, buffer.byteOffset, buffer.length).latin1Slice());
  }
}

/** A number in the rule, or the variable of a `byte_extract`. */
export type Value = number | { readonly variable: number };

export function valueOf(run: Run, value: Value): number {
  return typeof value === 'number' ? value : run.variables[value.variable]!;
}

/** A check that holds or not at one place, and goes on from there. */
export function simple(relative: boolean, holds: (run: Run, cursor: number) => number): Check {
  return {
    relative,
    match(run, checks, index, cursor) {
      const next = holds(run, cursor);
      return next >= 0 && run.follow(checks, index + 1, next);
    },
  };
}
