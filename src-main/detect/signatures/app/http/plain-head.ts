/**
 * The header block of a message as nearly all are: `name: value` a line, no other bytes than printable ones, whole in the bytes at
 * hand. Where its lines stand is noted; text is made of what somebody asks for alone. Any other block is read by `header-reader.ts`.
 */
import { CR, LF, SPACE, textOf } from '../bytes.ts';
import { LIMITS } from '../limits.ts';

const COLON = 58;
/** Numbers a line: where its name begins and ends, and its value. */
const A_LINE = 4;

function table(isOne: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => Number(isOne(byte)));
}

/** Bytes of names (tokens, RFC 9110, 5.6.2), and of values. */
const TOKEN = table((byte) => byte > SPACE && byte < 127 && !'"(),/:;<=>?@[\\]{}'.includes(String.fromCharCode(byte)));
const PRINTABLE = table((byte) => byte >= SPACE && byte < 127);

const folded = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte);

/** Where the lines of the block that begins at `start` stand, counted from there; null: it is another kind, or does not end here. */
export function plainLines(data: Uint8Array, start: number): { lines: number[]; next: number } | null {
  const lines: number[] = [];
  const limit = Math.min(data.length, start + LIMITS.line);
  for (let at = start; at + 1 < limit && lines.length < A_LINE * LIMITS.headerCount;) {
    if (data[at] === CR) return data[at + 1] === LF ? { lines, next: at + 2 } : null;
    const name = at;
    while (at < limit && TOKEN[data[at]!] === 1) at++;
    const colon = at;
    if (colon === name || data[at++] !== COLON) return null;
    while (data[at] === SPACE) at++;
    const value = at;
    while (at < limit && PRINTABLE[data[at]!] === 1) at++;
    if (at + 1 >= limit || data[at] !== CR || data[at + 1] !== LF) return null;
    let end = at;
    while (end > value && data[end - 1] === SPACE) end--;
    lines.push(name - start, colon - start, value - start, end - start);
    at += 2;
  }
  return null;
}

export class PlainHead {
  /** The block with its empty line, and where its lines stand in it. */
  private readonly block: Uint8Array;
  private readonly lines: readonly number[];

  constructor(block: Uint8Array, lines: readonly number[]) {
    this.block = block;
    this.lines = lines;
  }

  get isEmpty(): boolean {
    return this.lines.length === 0;
  }

  /** The line of the field `key` (lower case) from `from` on; -1: there is none. */
  find(key: string, from = 0): number {
    const { lines, block } = this;
    const { length } = key;
    for (let line = from; line < lines.length; line += A_LINE) {
      const at = lines[line]!;
      if (lines[line + 1]! - at !== length) continue;
      let i = 0;
      while (i < length && folded(block[at + i]!) === key.charCodeAt(i)) i++;
      if (i === length) return line;
    }
    return -1;
  }

  /** Whether another line of the same name follows. */
  isRepeated(line: number, key: string): boolean {
    return this.find(key, line + A_LINE) >= 0;
  }

  value(line: number): string {
    return textOf(this.block, this.lines[line + 2]!, this.lines[line + 3]!);
  }

  /** Names and values in order. */
  *fields(): Generator<[name: string, value: string]> {
    for (let line = 0; line < this.lines.length; line += A_LINE)
      yield [textOf(this.block, this.lines[line]!, this.lines[line + 1]!), this.value(line)];
  }

  /**
   * All lines but those of the field `left`, as `name: value` and a line end each; null: lines of one name, or of other white
   * space, stand there, and have to be put together.
   */
  without(left: string): Uint8Array | null {
    if (!this.isCanonical()) return null;
    const { block, lines } = this;
    const line = this.find(left);
    const end = block.length - 2;
    if (line < 0) return block.subarray(0, end);
    const from = lines[line]!;
    const to = lines[line + 3]! + 2;
    const rest = Buffer.allocUnsafe(end - (to - from));
    rest.set(block.subarray(0, from));
    rest.set(block.subarray(to, end), from);
    return rest;
  }

  /** A line end, the name of each line with one, and one more; null: a name stands there twice. */
  names(): Uint8Array | null {
    const { block, lines } = this;
    let size = 4;
    for (let line = 0; line < lines.length; line += A_LINE) {
      if (this.isAgain(line)) return null;
      size += lines[line + 1]! - lines[line]! + 2;
    }
    const names = Buffer.allocUnsafe(size);
    let to = 2;
    for (let line = 0; line < lines.length; line += A_LINE) {
      for (let i = lines[line]!; i < lines[line + 1]!; i++) names[to++] = block[i]!;
      names[to++] = CR;
      names[to++] = LF;
    }
    names[0] = names[to] = CR;
    names[1] = names[to + 1] = LF;
    return names;
  }

  /** One space behind each colon, none before a line end, and no name twice. */
  private isCanonical(): boolean {
    const { lines } = this;
    for (let line = 0; line < lines.length; line += A_LINE) {
      const next = lines[line + A_LINE] ?? this.block.length - 2;
      if (lines[line + 2]! !== lines[line + 1]! + 2 || lines[line + 3]! + 2 !== next || this.isAgain(line))
        return false;
    }
    return true;
  }

  /** Whether a line before has the same name. */
  private isAgain(line: number): boolean {
    const { lines, block } = this;
    const at = lines[line]!;
    const length = lines[line + 1]! - at;
    const last = folded(block[at + length - 1]!);
    for (let other = 0; other < line; other += A_LINE) {
      const from = lines[other]!;
      if (lines[other + 1]! - from !== length || folded(block[from + length - 1]!) !== last) continue;
      let i = 0;
      while (i < length && folded(block[at + i]!) === folded(block[from + i]!)) i++;
      if (i === length) return true;
    }
    return false;
  }
}
