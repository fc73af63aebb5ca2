/** From a question to its answer: TCP handshakes, DNS. Bounded: newer questions take the place of older ones. */

/** An answer that took longer belongs to another question, seconds. */
const LONGEST = 60;

export class AnswerTimes {
  private readonly key: Float64Array;
  private readonly since: Float64Array;

  /** `places`: questions that wait at once, best a prime (keys are spread by their remainder). */
  constructor(places: number) {
    this.key = new Float64Array(places).fill(-1);
    this.since = new Float64Array(places);
  }

  /** `key`: 0 … 2^53; `at`: seconds. A question that is repeated is answered late, not anew. */
  ask(key: number, at: number): void {
    const place = key % this.key.length;
    if (this.key[place] === key && at - this.since[place]! <= LONGEST) return;
    this.key[place] = key;
    this.since[place] = at;
  }

  /** Milliseconds since the question; NaN where none is known. */
  answer(key: number, at: number): number {
    const place = key % this.key.length;
    if (this.key[place] !== key) return NaN;
    this.key[place] = -1;
    const seconds = at - this.since[place]!;
    return seconds >= 0 && seconds <= LONGEST ? seconds * 1000 : NaN;
  }
}

/** The key of a DNS question. */
export function questionKey(flow: number, id: number): number {
  return flow * 65_536 + id;
}
