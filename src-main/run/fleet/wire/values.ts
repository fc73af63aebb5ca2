/**
 * Numbers as decisions, and back: the same code writes and reads (a reader is given what does not matter, and gets what was
 * written). A number is expected by its column, by what stood there before, by the kind of its row and by what stands beside it.
 */
import { BitReader } from './bit-io.ts';
import type { BitCoder } from './bits.ts';
import { ALONE, checkRange, mix, type Beside, type Column, type Range } from './column.ts';
import { WireError } from './error.ts';
import { INPUTS } from './model.ts';
import { apart, besideOf, FORM, formOf, HOW, howOf, ofSingleWord, ofWords, singleWordOf, wordsOf } from './reals.ts';

/** The widest number: 2^53 - 1. */
const WIDTH_MAX = 53;
const POWERS = Float64Array.from({ length: 64 }, (_, i) => 2 ** i);
/** Bits of which the decisions lie in one group. */
const NIBBLE = 4;
/** Numbers of groups: those of a symbol's further bits, of a number's width, of its bits that are told from each other, of the rest. */
const GROUP = { SYMBOL: 0x1000, WIDER: 0x2000, TREE: 0x10_0000, REST: 0x4000 } as const;
/** Widths that are said in the first group, and in each further one. */
const NEAR_WIDTHS = 7;
const MORE_WIDTHS = 15;

const fold = (value: number): number => (value < 0 ? -value * 2 - 1 : value * 2);
const unfold = (value: number): number => (value % 2 === 1 ? -(value + 1) / 2 : value / 2);

export class ValueCoder {
  readonly bits: BitCoder;
  readonly isReading: boolean;

  constructor(bits: BitCoder) {
    this.bits = bits;
    this.isReading = bits instanceof BitReader;
  }

  /** What is read is not believed. @throws WireError */
  check(value: number, range: Range): number {
    return this.isReading ? checkRange(value, range) : value;
  }

  /** Bounds how many of something are read. @throws WireError */
  bound(count: number, most: number, what: string): number {
    if (this.isReading && count > most) throw new WireError('too-many', `it has ${count} ${what}, above ${most}`);
    return count;
  }

  private aim({ hash, set, before }: Column, { key, side }: Beside): void {
    const { bits } = this;
    bits.a = hash;
    bits.b = mix(hash + 1, before);
    bits.c = mix(hash + 2, key);
    bits.d = mix(mix(hash + 3, side), key);
    bits.weighed = set;
  }

  /** A number from 0 of so many bits, without any order. */
  symbol(column: Column, value: number, width: number, beside = ALONE): number {
    this.aim(column, beside);
    return (column.before = this.tree(value, width, GROUP.SYMBOL));
  }

  /** So many bits, each expected by all before it. */
  private tree(value: number, width: number, group: number): number {
    const { bits } = this;
    let read = 0;
    for (let left = width; left > 0; left -= NIBBLE) {
      const more = Math.min(left, NIBBLE);
      bits.group(group + read * 64 + left);
      let node = 1;
      for (let i = 1; i <= more; i++) node = node * 2 + bits.bit(node, (value >> (left - i)) & 1);
      read = read * (1 << more) + node - (1 << more);
    }
    return read;
  }

  flag(column: Column, value: boolean, beside = ALONE): boolean {
    return this.symbol(column, value ? 1 : 0, 1, beside) === 1;
  }

  /** A whole number from 0 to 2^53 - 1. @throws WireError */
  whole(column: Column, value: number, beside = ALONE): number {
    this.aim(column, beside);
    const { bits } = this;
    bits.group(0);
    if (bits.bit(1, value === 0 ? 0 : 1) === 0) return (column.before = 0);
    const width = this.width(value);
    bits.weighed = column.set + INPUTS;
    return (column.before = this.tail(value, width, width - column.depth));
  }

  /** How many bits follow the leading one, which is not said. */
  private width(value: number): number {
    const { bits } = this;
    const own = value === 0 ? 0 : value < 4_294_967_296 ? 31 - Math.clz32(value) : widthOf(value);
    let node = 1;
    const near = Math.min(own, NEAR_WIDTHS);
    for (let i = 2; i >= 0; i--) node = node * 2 + bits.bit(1 + node, (near >> i) & 1);
    let width = node - 8;
    for (let from = NEAR_WIDTHS; width === from; from += MORE_WIDTHS) {
      if (width >= WIDTH_MAX) throw new WireError('out-of-range', 'a number is longer than any may be');
      width = from + this.tree(Math.min(own - from, MORE_WIDTHS), NIBBLE, GROUP.WIDER + from);
    }
    if (width >= WIDTH_MAX) throw new WireError('out-of-range', 'a number is longer than any may be');
    return width;
  }

  /** What follows the leading one; below bit `noise` only the place of a bit counts. */
  private tail(value: number, width: number, noise: number): number {
    const { bits } = this;
    let read = 1;
    for (let left = width; left > 0; left -= NIBBLE) {
      const isTold = left - NIBBLE >= noise;
      bits.group(isTold ? GROUP.TREE + Math.imul(width, 0x01000193) + (read | 0) : GROUP.REST + width * 64 + left);
      let node = 1;
      for (let i = left - 1; i >= 0 && i >= left - NIBBLE; i--) {
        const bit = width < 31 ? (value >>> i) & 1 : Math.floor(value / POWERS[i]!) & 1;
        const next = bits.bit(isTold ? node : left - i, bit);
        node = node * 2 + next;
        read = read * 2 + next;
      }
    }
    return read;
  }

  signed(column: Column, value: number, beside = ALONE): number {
    return unfold(this.whole(column, fold(value), beside));
  }

  /** Any number, to the bit. @param isSingle it is one of 32 bits. */
  real(column: Column, value: number, isSingle: boolean, beside = ALONE): number {
    const form = this.symbol(column.part('form'), this.isReading ? 0 : formOf(value, isSingle), 3, beside);
    switch (form) {
      case FORM.WHOLE:
        return this.whole(column.part('whole'), value, beside);
      case FORM.NEGATIVE:
        return -1 - this.whole(column.part('negative'), -1 - value, beside);
      case FORM.MICROS:
      case FORM.NANOS: {
        const parts = form === FORM.MICROS ? 1e6 : 1e9;
        const count = this.whole(column.part(`${parts}`, 4), Math.round(value * parts), beside) / parts;
        return isSingle ? Math.fround(count) : count;
      }
      case FORM.NEAR: {
        const near = this.whole(column.part('near', 4), Math.round(value * 1e9), beside) / 1e9;
        return this.off(column.part('off'), value, near, false, beside);
      }
      case FORM.SINGLE:
        return ofSingleWord(this.whole(column.part('single', 32), singleWordOf(value), beside));
      default:
        return this.raw(column, value, beside);
    }
  }

  private raw(column: Column, value: number, beside: Beside): number {
    const [low, high] = wordsOf(value);
    const top = this.whole(column.part('high'), high, beside);
    return ofWords(this.whole(column.part('low', 2), low, beside), top);
  }

  /** A number by what it was expected to be: the same, so much more or less, or another one. */
  expected(column: Column, value: number, guess: number, isSingle: boolean, beside = ALONE): number {
    const expected = Number.isFinite(guess) ? guess : 0;
    const own = this.isReading ? 0 : howOf(value, expected, isSingle);
    switch (this.symbol(column.part('how'), own, 2, beside)) {
      case HOW.SAME:
        return expected;
      case HOW.MORE:
        return expected + this.signed(column.part('more'), value - expected, beside);
      case HOW.NEAR:
        return this.off(column.part('off'), value, expected, isSingle, beside);
      default:
        return this.real(column, value, isSingle, beside);
    }
  }

  /** By how many representable numbers a value lies beside another. */
  private off(column: Column, value: number, near: number, isSingle: boolean, beside: Beside): number {
    const by = this.signed(column, this.isReading ? 0 : apart(value, near, isSingle), beside);
    return besideOf(near, by, isSingle);
  }
}

function widthOf(value: number): number {
  return 63 - Math.clz32(Math.floor(value / 4_294_967_296));
}
