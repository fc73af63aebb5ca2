/**
 * One regular expression of a rule, and what it may cost: its program is bounded when it is read, the letters that it looks
 * through when it is used.
 */
import { RE2JS, type Matcher } from 're2js';
import type { Terms } from './allowance.ts';
import { neededWords } from './needed.ts';
import { expandedSize } from './size.ts';

/** Instructions that one expression may have. */
export const EXPRESSION_SIZE = 8000;
/** Instructions times letters that one look may come to at worst: some tens of milliseconds. */
const WORK = 1 << 23;
/** Letters that are looked through in any case. */
const REACH_MIN = 4096;
/** Bytes of states that one expression keeps to be fast, and all of them: beyond, they are made anew. */
const STATES = 2 << 20;
const STATES_TOGETHER = 64 << 20;
/** Instructions that the engine passes at a letter in the time of one step, where it asks for places. */
const AT_ONCE = 4;

/** No text has more before its beginning. */
const NOWHERE = '[^\\x00-\\x{10FFFF}]';

/** Takes the steps of a search: one is about a letter passed over. `isDone`: they were gone. False: there are no more. */
export type Spend = (steps: number, isDone?: boolean) => boolean | undefined;

/** Bytes of states of all expressions. */
let kept = 0;

export class Expression {
  private readonly source: string;
  private readonly flags: number;
  /** Letters of a text that it looks through at most. */
  readonly reach: number;
  private readonly size: number;
  private compiled: RE2JS | undefined;
  /** One of these stands in each text that it stands in; undefined: not asked for yet. */
  private words: readonly string[] | null | undefined = undefined;

  /**
   * @throws Error where it is none, is not possible in linear time, or its program would be too large; AllowanceSpent
   * where the set has too many
   */
  constructor(source: string, flags: number, { allowance, isKnown = false }: Terms = {}) {
    this.source = source;
    this.flags = flags;
    this.size = expandedSize(source);
    if (this.size > EXPRESSION_SIZE)
      throw new Error(`counted out, it has about ${this.size} parts; at most ${EXPRESSION_SIZE} are taken`);
    allowance?.take(this.size);
    this.reach = Math.max(REACH_MIN, Math.floor(WORK / this.size));
    // Compiled again when first needed: rules that are never looked at hold no memory for it.
    if (!isKnown) RE2JS.compile(source, flags);
  }

  get program(): RE2JS {
    return (this.compiled ??= this.made());
  }

  /** Somebody may have changed a file whose expressions counted as known: what is none stands nowhere. */
  private made(): RE2JS {
    try {
      return RE2JS.compile(this.source, this.flags);
    } catch {
      return RE2JS.compile(NOWHERE, 0);
    }
  }

  /** Whether it stands anywhere in `text`, of which `reach` letters are looked through. */
  test(text: string, spend: Spend): boolean {
    const looked = text.slice(0, this.reach);
    if (!this.mayStandIn(looked)) {
      spend(looked.length, true);
      return false;
    }
    const { program } = this;
    const engine = program.re2();
    if (engine.onepass !== null || engine.prefixComplete) {
      spend(looked.length, true);
      return program.test(looked);
    }
    const { dfa } = engine;
    const before = dfa.stateBudget === STATES ? STATES - dfa.memBudget : 0;
    if (dfa.stateBudget !== STATES) dfa.memBudget = dfa.stateBudget = STATES;
    const states = dfa.stateCount;
    const held = program.test(looked);
    const made = dfa.stateCount - states;
    // Fewer than before: there was no room for more, and every letter may have cost as much as the program has parts.
    spend(looked.length + (made < 0 ? looked.length * this.weight : made * this.size), true);
    kept += STATES - dfa.memBudget - before;
    if (kept > STATES_TOGETHER) {
      kept -= STATES - dfa.memBudget;
      dfa.clearCache();
    }
    return held;
  }

  private mayStandIn(text: string): boolean {
    const words = (this.words ??= neededWords(this.source));
    // A long s is an s to who does not mind case, and has no other lower case.
    if (words === null || text.includes('\u017f')) return true;
    const lower = text.toLowerCase();
    for (const word of words) if (lower.includes(word)) return true;
    return false;
  }

  /** Steps of a letter where places are asked for. */
  get weight(): number {
    return Math.ceil(this.size / AT_ONCE);
  }
}

/** The places of an expression in one text, found as they are asked for. */
export class Places {
  /** Whether there is any. */
  readonly any: boolean;
  private readonly expression: Expression;
  private readonly text: string;
  private readonly ends: number[] = [];
  private matcher: Matcher | undefined;
  private next = 0;

  constructor(expression: Expression, text: string, spend: Spend) {
    this.expression = expression;
    this.text = text.slice(0, expression.reach);
    this.any = expression.test(this.text, spend);
  }

  /** Where the one numbered `place` ends, each begins further on than the one before; -1: there is none. */
  end(place: number, spend: Spend): number {
    if (!this.any) return -1;
    while (this.ends.length <= place) {
      if (this.next > this.text.length) return -1;
      if (spend((this.text.length - this.next) * this.expression.weight) === false) return -1;
      this.matcher ??= this.expression.program.matcher(this.text);
      if (!this.matcher.find(this.next)) {
        this.next = this.text.length + 1;
        return -1;
      }
      this.ends.push(this.matcher.end());
      this.next = this.matcher.start() + 1;
    }
    return this.ends[place]!;
  }
}
