/**
 * A column of numbers as bytes: the shortest of a few forms that give back the very same numbers. What is left to say of
 * whole numbers is written in planes (all lowest bytes, then all next ones), since what follows packs those best.
 */
import type { ByteReader, ByteWriter } from './bytes.ts';
import { WireError } from './error.ts';

const FORM = { ZERO: 0, CONSTANT: 1, WHOLE: 2, SIGNED: 3, STEPS: 4, NANOS: 5, RAW: 6 } as const;
/** Capture files mostly have microseconds: all their nanoseconds are multiples of this. */
const FACTOR = 1000;
const PLANES_MAX = 7;
/** Above this doubled and signed numbers are no safe integers any more. */
const SIGNED_MAX = 2 ** 51;
/** How far beside its nanoseconds a number may be, in representable numbers. */
const BESIDE_MAX = 2000;

/** What a column's values may be. */
export interface Range {
  least: number;
  most: number;
  /** Only whole numbers. */
  whole: boolean;
}

const bits = new Float64Array(1);
const words = new BigInt64Array(bits.buffer);

function bitsOf(value: number): bigint {
  bits[0] = value;
  return words[0]!;
}

function ofBits(value: bigint): number {
  words[0] = value;
  return bits[0]!;
}

/** Whole and no negative zero. */
function isWhole(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < SIGNED_MAX && (value !== 0 || !Object.is(value, -0));
}

const fold = (value: number): number => (value < 0 ? -value * 2 - 1 : value * 2);
const unfold = (value: number): number => (value % 2 === 1 ? -(value + 1) / 2 : value / 2);

interface Facts {
  whole: boolean;
  least: number;
  most: number;
  /** Greatest change from one to the next. */
  step: number;
  same: boolean;
  factor: boolean;
}

function look(values: ArrayLike<number>, count: number): Facts {
  const first = values[0] ?? 0;
  const facts = { whole: true, least: first, most: first, step: 0, same: true, factor: true };
  let before = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (facts.whole && !isWhole(value)) facts.whole = false;
    if (value < facts.least) facts.least = value;
    if (value > facts.most) facts.most = value;
    if (!Object.is(value, first)) facts.same = false;
    const step = Math.abs(value - before);
    if (step > facts.step) facts.step = step;
    if (facts.factor && value % FACTOR !== 0) facts.factor = false;
    before = value;
  }
  return facts;
}

function planes(most: number): number {
  let count = 0;
  for (let left = most; left >= 1; left /= 256) count++;
  return count;
}

/** Whole numbers from 0 in planes, with how many planes before them. */
function writePlanes(to: ByteWriter, values: ArrayLike<number>, count: number, most: number): void {
  const width = planes(most);
  to.u8(width);
  const bytes = Buffer.allocUnsafe(width * count);
  for (let i = 0; i < count; i++) {
    let left = values[i]!;
    for (let plane = 0; plane < width; plane++) {
      bytes[plane * count + i] = left % 256;
      left = Math.floor(left / 256);
    }
  }
  to.raw(bytes);
}

function readPlanes(from: ByteReader, into: Float64Array): void {
  const width = from.u8();
  if (width > PLANES_MAX) throw new WireError('out-of-range', `a column has numbers of ${width} bytes`);
  const count = into.length;
  let scale = 1;
  for (let plane = 0; plane < width; plane++, scale *= 256) {
    const bytes = from.raw(count);
    for (let i = 0; i < count; i++) into[i]! += bytes[i]! * scale;
  }
}

function writeWhole(to: ByteWriter, values: ArrayLike<number>, count: number, facts: Facts): void {
  const divisor = facts.factor ? FACTOR : 1;
  const isSteps = facts.step * 16 < Math.max(Math.abs(facts.least), facts.most);
  const isSigned = isSteps || facts.least < 0;
  const out = new Float64Array(count);
  let before = 0;
  let most = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i]! / divisor;
    const said = isSteps ? fold(value - before) : isSigned ? fold(value) : value;
    out[i] = said;
    if (said > most) most = said;
    before = value;
  }
  to.u8((isSteps ? FORM.STEPS : isSigned ? FORM.SIGNED : FORM.WHOLE) | (facts.factor ? 0x80 : 0));
  writePlanes(to, out, count, most);
}

/**
 * Seconds that were made of nanoseconds: those, and by how many representable numbers the value lies beside them (sums
 * round). Values that are not stand whole in a list. False where that list would be long.
 */
function writeNanos(to: ByteWriter, values: ArrayLike<number>, count: number): boolean {
  const nanos = new Float64Array(count);
  const beside = new Float64Array(count);
  const others: number[] = [];
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    const near = Math.round(value * 1e9);
    const off = isWhole(near) ? Number(bitsOf(value) - bitsOf(near / 1e9)) : Infinity;
    if (Math.abs(off) > BESIDE_MAX) others.push(i);
    else [nanos[i], beside[i]] = [near, off];
  }
  if (others.length * 4 > count) return false;
  to.u8(FORM.NANOS);
  writeNumbers(to, nanos, count);
  writeNumbers(to, beside, count);
  to.varint(others.length);
  for (const i of others) {
    to.varint(i);
    to.f64(values[i]!);
  }
  return true;
}

function writeRaw(to: ByteWriter, values: ArrayLike<number>, count: number): void {
  to.u8(FORM.RAW);
  const source = new Uint8Array(Float64Array.from({ length: count }, (_, i) => values[i]!).buffer);
  const bytes = Buffer.allocUnsafe(count * 8);
  for (let plane = 0; plane < 8; plane++)
    for (let i = 0; i < count; i++) bytes[plane * count + i] = source[i * 8 + plane]!;
  to.raw(bytes);
}

/** The first `count` of these numbers. */
export function writeNumbers(to: ByteWriter, values: ArrayLike<number>, count: number): void {
  if (count === 0) return;
  const facts = look(values, count);
  if (facts.same && Object.is(values[0], 0)) to.u8(FORM.ZERO);
  else if (facts.same) {
    to.u8(FORM.CONSTANT);
    to.f64(values[0]!);
  } else if (facts.whole) writeWhole(to, values, count, facts);
  else if (!writeNanos(to, values, count)) writeRaw(to, values, count);
}

/** What `writeNumbers` wrote of `count` numbers. @throws WireError also for a number out of its range. */
export function readNumbers(from: ByteReader, count: number, range: Range): Float64Array {
  const values = new Float64Array(count);
  if (count === 0) return values;
  readForm(from, values, true);
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    // NaN fails both comparisons.
    if (!(value >= range.least && value <= range.most)) throw new WireError('out-of-range', 'a number is out of range');
    if (range.whole && !Number.isInteger(value)) throw new WireError('out-of-range', 'a number is not whole');
  }
  return values;
}

function readForm(from: ByteReader, values: Float64Array, mayNest: boolean): void {
  const byte = from.u8();
  const form = byte & 0x7f;
  switch (form) {
    case FORM.ZERO:
      return;
    case FORM.CONSTANT:
      values.fill(from.f64());
      return;
    case FORM.RAW:
      readRaw(from, values);
      return;
    case FORM.NANOS:
      if (!mayNest) throw new WireError('out-of-range', 'a column has no such form');
      readNanos(from, values);
      return;
    case FORM.WHOLE:
    case FORM.SIGNED:
    case FORM.STEPS:
      readPlanes(from, values);
      restore(values, form, byte >= 0x80 ? FACTOR : 1);
      return;
    default:
      throw new WireError('out-of-range', 'a column has no such form');
  }
}

function restore(values: Float64Array, form: number, factor: number): void {
  let before = 0;
  for (let i = 0; i < values.length; i++) {
    let value = values[i]!;
    if (form !== FORM.WHOLE) value = unfold(value);
    if (form === FORM.STEPS) value += before;
    before = value;
    values[i] = value * factor;
  }
}

function readNanos(from: ByteReader, values: Float64Array): void {
  readForm(from, values, false);
  const beside = new Float64Array(values.length);
  readForm(from, beside, false);
  for (let i = 0; i < values.length; i++) {
    const off = beside[i]!;
    if (!(Math.abs(off) <= BESIDE_MAX) || !Number.isInteger(off)) {
      throw new WireError('out-of-range', 'a number is out of range');
    }
    values[i] = ofBits(bitsOf(values[i]! / 1e9) + BigInt(off));
  }
  for (let left = from.varint(values.length); left > 0; left--) values[from.varint(values.length - 1)] = from.f64();
}

function readRaw(from: ByteReader, values: Float64Array): void {
  const { length } = values;
  const into = new Uint8Array(values.buffer);
  for (let plane = 0; plane < 8; plane++) {
    const bytes = from.raw(length);
    for (let i = 0; i < length; i++) into[i * 8 + plane] = bytes[i]!;
  }
}
