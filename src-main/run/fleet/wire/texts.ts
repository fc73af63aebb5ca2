/**
 * Texts of a batch: words that every batch knows are numbers, others are written where they come first and are numbers from then on.
 * A letter is expected by those before it and by what kind of text it is.
 */
import type { BitCoder } from './bits.ts';
import { WireError } from './error.ts';
import { LIMITS } from './limits.ts';
import { ALONE, Column, mix, type Beside } from './column.ts';
import type { ValueCoder } from './values.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Bytes of texts in a batch that is written: random ones hardly shrink, and all of it has to fit. */
const WRITTEN = 2 << 20;
const KIND = { WORD: 0, KNOWN: 1, NEW: 2 } as const;

export class TextCoder {
  private readonly values: ValueCoder;
  private readonly bits: BitCoder;
  private readonly words: readonly string[];
  private readonly wordNumbers = new Map<string, number>();
  private readonly known: string[] = [];
  private readonly numbers = new Map<string, number>();
  private bytes = 0;

  constructor(values: ValueCoder, words: readonly string[]) {
    this.values = values;
    this.bits = values.bits;
    this.words = words;
    if (!values.isReading) for (const [number, word] of words.entries()) this.wordNumbers.set(word, number);
  }

  /**
   * @param most UTF-16 units that it may have; a longer one is cut
   * @throws WireError
   */
  text(column: Column, given: string, most: number, beside: Beside = ALONE): string {
    let text = given.length > most ? given.slice(0, most) : given;
    // Of a flood of texts the last ones go without.
    if (!this.values.isReading && !this.isKnown(text) && this.isFull(text)) text = '';
    const [word, number] = [this.wordNumbers.get(text), this.numbers.get(text)];
    const own = word !== undefined ? KIND.WORD : number !== undefined ? KIND.KNOWN : KIND.NEW;
    const kind = this.values.symbol(column.part('text'), own, 2, beside);
    if (kind === KIND.NEW) return this.fresh(column, text, most, beside);
    const isWord = kind === KIND.WORD;
    const at = this.values.whole(column.part(isWord ? 'word' : 'known'), (isWord ? word : number) ?? 0, beside);
    const found = (isWord ? this.words : this.known)[at];
    if (kind > KIND.NEW || found === undefined) throw new WireError('out-of-range', 'a text has no such number');
    if (found.length > most) throw new WireError('too-long', `a text has ${found.length} characters, above ${most}`);
    return found;
  }

  private isKnown(text: string): boolean {
    return this.wordNumbers.has(text) || this.numbers.has(text);
  }

  /** Whether there is no room for one more; for an empty one there always is. */
  private isFull(text: string): boolean {
    return this.known.length + 2 > LIMITS.texts || this.bytes + Buffer.byteLength(text) > WRITTEN;
  }

  private fresh(column: Column, given: string, most: number, beside: Beside): string {
    const own = this.values.isReading ? undefined : Buffer.from(given, 'utf8');
    const length = this.values.whole(column.part('length'), own?.length ?? 0, beside);
    this.bytes += length;
    if (this.values.isReading && length > most * 3) throw new WireError('too-long', `a text has ${length} bytes`);
    this.values.bound(this.bytes, LIMITS.allTexts, 'bytes of texts');
    this.values.bound(this.known.length + 1, LIMITS.texts, 'texts');
    const text = this.letters(column.part('letter'), own ?? Buffer.alloc(length), length);
    if (this.values.isReading && text.length > most) {
      throw new WireError('too-long', `a text has ${text.length} characters, above ${most}`);
    }
    this.numbers.set(text, this.known.length);
    this.known.push(text);
    return text;
  }

  private letters({ hash, set }: Column, bytes: Buffer, length: number): string {
    const { bits } = this;
    let last = 0;
    let word = 0;
    for (let at = 0; at < length; at++) {
      bits.a = mix(hash, last & 0xff);
      bits.b = mix(0x51ed270b, last & 0xffff);
      bits.c = mix(0x2f0b4a3d, last & 0xff_ffff);
      bits.d = mix(hash + 1, word);
      bits.weighed = set;
      const byte = bytes[at]!;
      const high = nibble(bits, byte >> 4, 0);
      const read = high * 16 + nibble(bits, byte & 15, high + 1);
      bytes[at] = read;
      last = ((last << 8) | read) >>> 0;
      // Within a name, a path, an address: what it begins with.
      word = isBreak(read) ? mix(word, 1) & 0xff : mix(word, read);
    }
    try {
      return UTF8.decode(bytes.subarray(0, length));
    } catch {
      throw new WireError('bad-text', 'a text is no UTF-8');
    }
  }
}

/** '.', '/', '-', ' ' and the like. */
const isBreak = (byte: number): boolean => byte < 0x30;

function nibble(bits: BitCoder, value: number, group: number): number {
  bits.group(group);
  let node = 1;
  for (let i = 3; i >= 0; i--) node = node * 2 + bits.bit(node, (value >> i) & 1);
  return node - 16;
}
