/** Every text of a batch once: names of hosts and protocols come again and again. */
import type { ByteReader, ByteWriter } from './bytes.ts';
import { WireError } from './error.ts';
import { LIMITS } from './limits.ts';

export class TextTable {
  private readonly numbers = new Map<string, number>();

  numberOf(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.numbers.size;
    this.numbers.set(text, number);
    return number;
  }

  write(to: ByteWriter): void {
    to.varint(this.numbers.size);
    for (const text of this.numbers.keys()) to.text(text);
  }
}

export class TextList {
  private readonly texts: string[] = [];

  /** @throws WireError */
  constructor(from: ByteReader) {
    for (let left = from.varint(LIMITS.texts); left > 0; left--) this.texts.push(from.text(LIMITS.text));
  }

  get size(): number {
    return this.texts.length;
  }

  /** @param most UTF-16 units that it may have. */
  at(number: number, most: number): string {
    const text = this.texts[number];
    if (text === undefined) throw new WireError('out-of-range', 'a text has no such number');
    if (text.length > most) throw new WireError('too-long', `a text has ${text.length} characters, above ${most}`);
    return text;
  }
}
