/** Numbers that are not whole: in which form one is said, and how far it lies from another. */

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const single = new Float32Array(1);
const singleWord = new Uint32Array(single.buffer);

export const HOW = { SAME: 0, MORE: 1, NEAR: 2, OTHER: 3 } as const;

export function howOf(value: number, expected: number, isSingle: boolean): number {
  if (Object.is(value, expected)) return HOW.SAME;
  const isCount = Number.isInteger(value) && Number.isInteger(expected) && !Object.is(value, -0);
  if (isCount && Math.abs(value) < APART_MAX && Math.abs(expected) < APART_MAX) return HOW.MORE;
  const by = Math.abs(apart(value, expected, isSingle));
  if (by < NEAR_MAX) return HOW.NEAR;
  // What has no shorter form is told by where it differs at least.
  return Number.isFinite(by) && formOf(value, isSingle) === FORM.RAW ? HOW.NEAR : HOW.OTHER;
}

export const FORM = { WHOLE: 0, NEGATIVE: 1, MICROS: 2, NANOS: 3, NEAR: 4, SINGLE: 5, RAW: 6 } as const;
/** What is not far beside its nanoseconds. */
const NEAR_MAX = 2 ** 16;
const WHOLE_MAX = 2 ** 52;
/** Representable numbers between two that are said as such. */
const APART_MAX = 2 ** 50;

export function formOf(value: number, isSingle: boolean): number {
  if (Number.isInteger(value) && Math.abs(value) < WHOLE_MAX && !Object.is(value, -0)) {
    return value < 0 ? FORM.NEGATIVE : FORM.WHOLE;
  }
  if (!(value > 0 && value < 4e6)) return FORM.RAW;
  const micros = Math.round(value * 1e6) / 1e6;
  if ((isSingle ? Math.fround(micros) : micros) === value) return FORM.MICROS;
  if (isSingle) return FORM.SINGLE;
  const nanos = Math.round(value * 1e9) / 1e9;
  if (nanos === value) return FORM.NANOS;
  return Math.abs(apart(value, nanos, false)) < NEAR_MAX ? FORM.NEAR : FORM.RAW;
}

/** Representable numbers from one to another of the same sign, negative where the first is less; else infinite. */
export function apart(value: number, other: number, isSingle: boolean): number {
  if (!(value > 0 && other > 0)) return Infinity;
  if (isSingle) {
    single[0] = value;
    const own = singleWord[0]!;
    single[0] = other;
    return own - singleWord[0]!;
  }
  double[0] = value;
  const [low, high] = [words[0]!, words[1]!];
  double[0] = other;
  const by = (high - words[1]!) * 4_294_967_296 + (low - words[0]!);
  return Math.abs(by) < APART_MAX ? by : Infinity;
}

export function besideOf(near: number, by: number, isSingle: boolean): number {
  if (isSingle) {
    single[0] = near;
    singleWord[0] = singleWord[0]! + by;
    return single[0];
  }
  double[0] = near;
  const low = words[0]! + by;
  const carry = Math.floor(low / 4_294_967_296);
  words[0] = low - carry * 4_294_967_296;
  words[1] = words[1]! + carry;
  return double[0];
}

/** The lower and the upper 32 bits. */
export function wordsOf(value: number): [low: number, high: number] {
  double[0] = value;
  return [words[0]!, words[1]!];
}

/** Of what is no word the lowest 32 bits count. */
export function ofWords(low: number, high: number): number {
  words[0] = low;
  words[1] = high;
  return double[0]!;
}

export function singleWordOf(value: number): number {
  single[0] = value;
  return singleWord[0]!;
}

export function ofSingleWord(word: number): number {
  singleWord[0] = word;
  return single[0]!;
}
