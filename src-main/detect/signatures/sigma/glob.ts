/**
 * Text with wildcards against texts, in time that grows evenly with the text: the pieces between `*` are looked for one after
 * the other, each from where the one before ended, and none of the text is looked at again.
 */
import { RuleFault } from '../rules/fault.ts';
import { ANY, ONE, type Pattern } from './pattern.ts';

/** Letters of a piece that the engine's own search is asked for: of longer ones it may look at letters once for each of theirs. */
const SHORT = 32;
/** Letters of a piece with `?` that is looked for, as bits of some words. */
const BITS = 31;
const WORDS = 8;
/** What stands for `?` among the letters of a piece. */
const WILD = -1;

/** Looks for itself in a text from a place on. */
interface Piece {
  readonly length: number;
  /** Where it begins; -1: nowhere. */
  find(text: string, from: number): number;
  /** Whether it stands there. */
  isAt(text: string, at: number): boolean;
}

export class Glob {
  private readonly pieces: readonly Piece[];
  private readonly anchored: readonly [begin: boolean, end: boolean];

  /** @throws RuleFault */
  constructor(pattern: Pattern) {
    this.anchored = [pattern[0] !== ANY, pattern.at(-1) !== ANY];
    const [begin, end] = this.anchored;
    const parts = piecesOf(pattern);
    this.pieces = parts.map((codes, i) => pieceOf(codes, (begin && i === 0) || (end && i === parts.length - 1)));
  }

  test(text: string): boolean {
    const { pieces, anchored } = this;
    let from = 0;
    let last = pieces.length;
    let first = 0;
    if (pieces.length === 0) return anchored[0] ? text === '' : true;
    if (anchored[0]) {
      const piece = pieces[first++]!;
      if (!piece.isAt(text, 0)) return false;
      from = piece.length;
      if (last === 1) return anchored[1] ? from === text.length : true;
    }
    let until = text.length;
    if (anchored[1]) {
      const piece = pieces[--last]!;
      until -= piece.length;
      if (until < from || !piece.isAt(text, until)) return false;
    }
    for (let i = first; i < last; i++) {
      const piece = pieces[i]!;
      const at = piece.find(text, from);
      if (at < 0 || at + piece.length > until) return false;
      from = at + piece.length;
    }
    return true;
  }
}

/** Letters between `*`, as their codes. */
function piecesOf(pattern: Pattern): number[][] {
  const pieces: number[][] = [];
  let open: number[] = [];
  for (const part of pattern) {
    if (part === ANY) {
      if (open.length > 0) pieces.push(open);
      open = [];
    } else if (part === ONE) open.push(WILD);
    else for (let i = 0; i < part.length; i++) open.push(part.charCodeAt(i));
  }
  if (open.length > 0) pieces.push(open);
  return pieces;
}

/** @throws RuleFault */
function pieceOf(codes: readonly number[], isFixed: boolean): Piece {
  if (isFixed) return fixed(codes);
  if (!codes.includes(WILD)) return codes.length <= SHORT ? short(codes) : long(codes);
  if (codes.length > BITS * WORDS)
    throw new RuleFault('?', `more than ${BITS * WORDS} letters with “?” among them stand between two “*”`);
  return wild(codes);
}

function fixed(codes: readonly number[]): Piece {
  const isAt = (text: string, at: number): boolean => {
    if (at < 0 || at + codes.length > text.length) return false;
    for (let i = 0; i < codes.length; i++) if (codes[i] !== WILD && text.charCodeAt(at + i) !== codes[i]) return false;
    return true;
  };
  return { length: codes.length, isAt, find: (text, from) => (isAt(text, from) ? from : -1) };
}

function short(codes: readonly number[]): Piece {
  const piece = String.fromCharCode(...codes);
  const find = (text: string, from: number): number => text.indexOf(piece, from);
  return { length: codes.length, find, isAt: (text, at) => text.startsWith(piece, at) };
}

/** By Knuth, Morris and Pratt: no letter of the text is gone back to. */
function long(codes: readonly number[]): Piece {
  const back = new Int32Array(codes.length);
  for (let i = 1, k = 0; i < codes.length; i++) {
    while (k > 0 && codes[i] !== codes[k]) k = back[k - 1]!;
    if (codes[i] === codes[k]) k++;
    back[i] = k;
  }
  const find = (text: string, from: number): number => {
    for (let i = from, k = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      while (k > 0 && codes[k] !== code) k = back[k - 1]!;
      if (codes[k] === code && ++k === codes.length) return i + 1 - k;
    }
    return -1;
  };
  return { length: codes.length, find, isAt: fixed(codes).isAt };
}

/** All places where the piece may have begun go on together, a bit each. */
function wild(codes: readonly number[]): Piece {
  const words = Math.ceil(codes.length / BITS);
  const any = new Int32Array(words);
  const byLetter = new Map<number, Int32Array>();
  for (const [i, code] of codes.entries()) if (code === WILD) any[Math.floor(i / BITS)]! |= 1 << (i % BITS);
  for (const [i, code] of codes.entries()) {
    if (code === WILD) continue;
    const mask = byLetter.get(code) ?? Int32Array.from(any);
    mask[Math.floor(i / BITS)]! |= 1 << (i % BITS);
    byLetter.set(code, mask);
  }
  const lastWord = words - 1;
  const done = 1 << ((codes.length - 1) % BITS);
  const find = (text: string, from: number): number => {
    const state = new Int32Array(words);
    for (let i = from; i < text.length; i++) {
      const mask = byLetter.get(text.charCodeAt(i)) ?? any;
      let carry = 1;
      for (let w = 0; w < words; w++) {
        const moved = (state[w]! << 1) | carry;
        carry = (state[w]! >>> (BITS - 1)) & 1;
        state[w] = moved & mask[w]! & 0x7fffffff;
      }
      if ((state[lastWord]! & done) !== 0) return i + 1 - codes.length;
    }
    return -1;
  };
  return { length: codes.length, find, isAt: fixed(codes).isAt };
}
