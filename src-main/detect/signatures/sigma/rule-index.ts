/**
 * Rules of one log by the texts they need: an event is looked at by those alone that its cells call up, and by the few that need
 * nothing. A part of a text is found by three of its letters in a row, those that fewest other parts have: looking costs
 * one step a letter, however many rules there are.
 */
import type { LogEvent } from './event.ts';
import { LITERAL_MIN, needsOf } from './needs.ts';
import type { Literal } from './node.ts';
import type { SigmaRule } from './rule.ts';

interface Part {
  text: string;
  rules: number[];
  /** Where the three letters stand in it that it is found by. */
  offset: number;
  /** Number of the event that it was found in last. */
  found: number;
}

/** Letters of parts that are compared for each letter of a text, and for any text: beyond, the index saves nothing. */
const COMPARED = 64;
const COMPARED_ANY = 4096;

interface FieldIndex {
  field: number;
  exact: Map<string, number[]>;
  /** Parts by the code of the three letters they are found by. */
  parts: Map<number, Part[]>;
  known: Map<string, Part>;
}

/** Three letters as one small number; some share one, which costs a look at a part that is not there. */
function gram(text: string, at: number): number {
  return ((text.charCodeAt(at) << 16) ^ (text.charCodeAt(at + 1) << 8) ^ text.charCodeAt(at + 2)) & 0x3fffffff;
}

export class SigmaIndex {
  private readonly rules: readonly SigmaRule[];
  private readonly always: number[] = [];
  private readonly fields = new Map<number, FieldIndex>();
  /** When a rule was last called up, by number of the event. */
  private readonly called: Uint32Array;
  private event = 0;
  private readonly found: SigmaRule[] = [];
  /** Letters that were looked at, for the measure of what it costs. */
  steps = 0;

  constructor(rules: readonly SigmaRule[]) {
    this.rules = rules;
    this.called = new Uint32Array(rules.length);
    for (const [i, rule] of rules.entries()) {
      const needs = needsOf(rule.node);
      if (!needs) this.always.push(i);
      else for (const literal of needs) this.add(literal, i);
    }
    for (const index of this.fields.values()) place(index);
  }

  /** Rules that need nothing, and are looked at with every event. */
  get unaided(): readonly SigmaRule[] {
    return this.always.map((i) => this.rules[i]!);
  }

  private add({ field, text, exact }: Literal, rule: number): void {
    let index = this.fields.get(field);
    if (!index) this.fields.set(field, (index = { field, exact: new Map(), parts: new Map(), known: new Map() }));
    if (exact) {
      const list = index.exact.get(text);
      if (!list) index.exact.set(text, [rule]);
      else if (list.at(-1) !== rule) list.push(rule);
      return;
    }
    const part = index.known.get(text);
    if (!part) index.known.set(text, { text, rules: [rule], offset: 0, found: 0 });
    else if (part.rules.at(-1) !== rule) part.rules.push(rule);
  }

  /** Rules that may hold, in the order of the set; valid until the next call. */
  candidates(event: LogEvent): readonly SigmaRule[] {
    this.event = (this.event + 1) >>> 0;
    if (this.event === 0) {
      this.called.fill(0);
      for (const { known } of this.fields.values()) for (const part of known.values()) part.found = 0;
      this.event = 1;
    }
    const numbers: number[] = [];
    this.call(this.always, numbers);
    for (const index of this.fields.values()) {
      for (const text of event.lowers(index.field)) {
        const exact = index.exact.get(text);
        if (exact) this.call(exact, numbers);
        if (index.parts.size > 0) this.scan(index, text, numbers);
      }
    }
    const { found } = this;
    found.length = 0;
    if (numbers.length > 1) numbers.sort((a, b) => a - b);
    for (const number of numbers) found.push(this.rules[number]!);
    return found;
  }

  /** Where comparing would cost more than looking at the rules, all of them are called up: they decide for themselves. */
  private scan({ parts, known }: FieldIndex, text: string, numbers: number[]): void {
    let left = COMPARED_ANY + COMPARED * text.length;
    const before = left;
    for (let at = 0; at + LITERAL_MIN <= text.length && left > 0; at++) {
      const some = parts.get(gram(text, at));
      if (some) left -= this.compare(some, text, at, left, numbers);
    }
    this.steps += text.length + Math.min(before, before - left);
    if (left <= 0) for (const part of known.values()) this.call(part.rules, numbers);
  }

  /** What it cost. */
  private compare(some: readonly Part[], text: string, at: number, most: number, numbers: number[]): number {
    let cost = 0;
    for (const part of some) {
      cost++;
      if (cost > most) break;
      if (part.found === this.event) continue;
      cost += part.text.length;
      if (at < part.offset || !text.startsWith(part.text, at - part.offset)) continue;
      part.found = this.event;
      this.call(part.rules, numbers);
    }
    return cost;
  }

  private call(rules: readonly number[], numbers: number[]): void {
    for (const rule of rules) {
      if (this.called[rule] === this.event) continue;
      this.called[rule] = this.event;
      numbers.push(rule);
    }
  }
}

/** Each part goes under those of its letters that fewest have. */
function place(index: FieldIndex): void {
  const often = new Map<number, number>();
  for (const { text } of index.known.values())
    for (let at = 0; at + LITERAL_MIN <= text.length; at++) {
      const code = gram(text, at);
      often.set(code, (often.get(code) ?? 0) + 1);
    }
  for (const part of index.known.values()) {
    let best = gram(part.text, 0);
    part.offset = 0;
    for (let at = 1; at + LITERAL_MIN <= part.text.length; at++) {
      const code = gram(part.text, at);
      if (often.get(code)! >= often.get(best)!) continue;
      best = code;
      part.offset = at;
    }
    const list = index.parts.get(best);
    if (list) list.push(part);
    else index.parts.set(best, [part]);
  }
}
