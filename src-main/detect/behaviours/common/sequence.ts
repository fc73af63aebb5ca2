/** Parts of a text that follow one another at a distance, found in time linear in the text. */

/** A part: what it looks like, and how far behind the part before it. Expressions have the flag `g`. */
interface Part {
  readonly expression: RegExp;
  /** Most characters between the two. */
  readonly gap: number;
  /** What may not stand between the two. */
  readonly without: RegExp;
}

const LINE_END = /\n/g;

/**
 * What `first.{0,gap}second…` would find. An expression of its own looks for the second part anew from every first one,
 * which takes a square of the time where a sender repeats the first; here all matches of each part are found once.
 */
export class Sequence {
  private readonly first: RegExp;
  private readonly parts: Part[] = [];

  constructor(first: RegExp) {
    this.first = first;
  }

  next(expression: RegExp, gap = Number.POSITIVE_INFINITY, without: RegExp = LINE_END): this {
    this.parts.push({ expression, gap, without });
    return this;
  }

  get source(): string {
    return [this.first, ...this.parts.map(({ expression }) => expression)].map(({ source }) => source).join(' ');
  }

  test(text: string): boolean {
    let ends: number[] = [];
    for (const { index, 0: found } of text.matchAll(this.first)) ends.push(index + found.length);
    for (const part of this.parts) {
      if (ends.length === 0) return false;
      ends = reached(text, ends, part);
    }
    return ends.length > 0;
  }
}

/** Where those matches of the part end that follow one of `ends` (ascending) closely enough. */
function reached(text: string, ends: readonly number[], { expression, gap, without }: Part): number[] {
  const next: number[] = [];
  let at = 0;
  // The last thing at or before the match that may not stand in between.
  let barrier = -1;
  let ahead = -1;
  for (const { index, 0: found } of text.matchAll(expression)) {
    while (at + 1 < ends.length && ends[at + 1]! <= index) at++;
    const end = ends[at]!;
    if (end > index) continue;
    while (ahead < index) {
      barrier = ahead;
      without.lastIndex = ahead + 1;
      ahead = without.exec(text)?.index ?? text.length;
    }
    if (index - end <= gap && barrier < end) next.push(index + found.length);
  }
  return next;
}
