/** Texts that recur: names, addresses. The same bytes give the same string, so it is made, hashed and stored once. */
import { latin1 } from './bytes.ts';

const SLOTS = 2048;
/** Of longer texts every fourth byte goes into the hash. */
const SHORT = 40;
/** Bytes of a text that is kept; longer ones are made anew. */
const LONGEST = 64;

/** A cache of fixed size: each text has one place, and the latest of a place stays there. */
export class Recurring {
  private readonly longest: number;
  private readonly bytes: Uint8Array;
  private readonly lengths = new Uint16Array(SLOTS);
  private readonly texts: string[] = new Array<string>(SLOTS).fill('');
  private readonly make: (raw: string) => string;

  /** `make` gives the text of the bytes, which it is handed as Latin-1; it must depend on nothing else. */
  constructor(make: (raw: string) => string, longest = LONGEST) {
    this.make = make;
    this.longest = longest;
    this.bytes = new Uint8Array(SLOTS * longest);
  }

  /** The text of the bytes [at, end). */
  get(data: Uint8Array, at: number, end: number): string {
    const length = end - at;
    if (length > this.longest || length <= 0) return this.make(latin1(data, at, end, length));
    const step = length > SHORT ? 4 : 1;
    let hash = length;
    for (let i = at; i < end; i += step) hash = Math.imul(hash ^ data[i]!, 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const { bytes } = this;
    const from = slot * this.longest;
    if (this.lengths[slot] === length) {
      let i = 0;
      while (i < length && bytes[from + i] === data[at + i]) i++;
      if (i === length) return this.texts[slot]!;
    }
    const text = this.make(latin1(data, at, end, length));
    for (let i = 0; i < length; i++) bytes[from + i] = data[at + i]!;
    this.lengths[slot] = length;
    this.texts[slot] = text;
    return text;
  }
}
