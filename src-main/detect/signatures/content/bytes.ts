/** `byte_test`, `byte_jump`, `byte_extract`, `byte_math`: numbers read from a buffer, binary or as text. */
import { RuleFault } from '../rules/fault.ts';
import { simple, valueOf, type Check, type Run, type Value } from './run.ts';

/** How a number stands in the buffer. */
export interface NumberForm {
  bytes: Value;
  offset: Value;
  relative: boolean;
  little: boolean;
  /** As text, to this base; 0: by its prefix; undefined: binary. */
  base: number | undefined;
  /** Byte order as the protocol says. */
  dce: boolean;
  mask: number | undefined;
}

/** Where the number of the last `numberAt` ended. */
let ended = 0;

/** NaN: not all of it is there, or it is no number. */
function numberAt(run: Run, form: NumberForm, cursor: number): number {
  const at = (form.relative ? cursor : 0) + valueOf(run, form.offset);
  const bytes = valueOf(run, form.bytes);
  const { buffer } = run;
  if (at < 0 || bytes < 0 || at + bytes > buffer.length) return NaN;
  ended = at + bytes;
  if (form.base !== undefined) return masked(textNumber(buffer, at, bytes, form.base), form.mask);
  const little = form.little || (form.dce && run.littleEndian);
  let value = 0;
  for (let i = 0; i < bytes; i++) value = value * 256 + buffer[little ? at + bytes - 1 - i : at + i]!;
  return masked(value, form.mask);
}

/** The bits of `mask`, moved down to the lowest. Numbers beyond 32 bits keep their upper half unmasked away. */
function masked(value: number, mask: number | undefined): number {
  if (mask === undefined) return value;
  const zeros = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  return ((value & mask) >>> 0) >>> zeros;
}

function textNumber(buffer: Uint8Array, at: number, bytes: number, base: number): number {
  const text = String.fromCharCode(...buffer.subarray(at, at + Math.min(bytes, 23))).trimStart();
  const match = /^([+-]?)(0x)?([\da-f]*)/i.exec(text)!;
  const radix = base !== 0 ? base : match[2] !== undefined ? 16 : match[3]!.startsWith('0') ? 8 : 10;
  const digits = match[2] !== undefined && radix !== 16 ? '0' : match[3]!;
  const value = parseInt(digits, radix);
  return match[1] === '-' ? -value : value;
}

const OPERATORS: ReadonlyMap<string, (a: number, b: number) => boolean> = new Map([
  ['<', (a: number, b: number) => a < b],
  ['>', (a: number, b: number) => a > b],
  ['=', (a: number, b: number) => a === b],
  ['<=', (a: number, b: number) => a <= b],
  ['>=', (a: number, b: number) => a >= b],
  ['&', (a: number, b: number) => (BigInt(a) & BigInt(b)) !== 0n],
  ['^', (a: number, b: number) => (BigInt(a) ^ BigInt(b)) !== 0n],
]);

/** @throws RuleFault */
export function byteTest(form: NumberForm, operator: string, wanted: Value): Check {
  const negated = operator.startsWith('!');
  const sign = negated ? operator.slice(1).trim() || '=' : operator;
  const compare = OPERATORS.get(sign);
  if (!compare) throw new RuleFault('byte_test', `“${operator.slice(0, 10)}” is no comparison`);
  return simple(form.relative, (run, cursor) => {
    const value = numberAt(run, form, cursor);
    if (Number.isNaN(value)) return -1;
    return compare(value, valueOf(run, wanted)) !== negated ? cursor : -1;
  });
}

export interface Jump {
  multiplier: number;
  align: boolean;
  from: 'number' | 'beginning' | 'end';
  post: Value;
}

export function byteJump(form: NumberForm, jump: Jump): Check {
  return simple(form.relative, (run, cursor) => {
    const none = valueOf(run, form.bytes) === 0;
    const value = none ? 0 : numberAt(run, form, cursor);
    if (Number.isNaN(value)) return -1;
    if (none) ended = (form.relative ? cursor : 0) + valueOf(run, form.offset);
    let length = value * jump.multiplier;
    if (jump.align && length % 4 !== 0) length += 4 - (length % 4);
    const from = jump.from === 'beginning' ? 0 : jump.from === 'end' ? run.buffer.length : ended;
    const at = from + length + valueOf(run, jump.post);
    return at >= 0 && at <= run.buffer.length ? at : -1;
  });
}

export function byteExtract(form: NumberForm, variable: number, multiplier: number, align: number): Check {
  return simple(form.relative, (run, cursor) => {
    const value = numberAt(run, form, cursor);
    if (Number.isNaN(value)) return -1;
    let result = value * multiplier;
    if (align > 0 && result % align !== 0) result += align - (result % align);
    run.variables[variable] = result;
    return ended;
  });
}

const ARITHMETIC: ReadonlyMap<string, (a: number, b: number) => number> = new Map([
  ['+', (a: number, b: number) => a + b],
  ['-', (a: number, b: number) => a - b],
  ['*', (a: number, b: number) => a * b],
  ['/', (a: number, b: number) => (b === 0 ? NaN : Math.floor(a / b))],
  ['<<', (a: number, b: number) => (b > 52 ? NaN : a * 2 ** b)],
  ['>>', (a: number, b: number) => Math.floor(a / 2 ** b)],
]);

/** @throws RuleFault */
export function byteMath(form: NumberForm, operator: string, by: Value, result: number): Check {
  const apply = ARITHMETIC.get(operator);
  if (!apply) throw new RuleFault('byte_math', `“${operator.slice(0, 10)}” is no operation`);
  return simple(form.relative, (run, cursor) => {
    const unmasked = numberAt(run, { ...form, mask: undefined }, cursor);
    const value = apply(unmasked, valueOf(run, by));
    if (Number.isNaN(value)) return -1;
    run.variables[result] = form.mask === undefined ? value : masked(value, form.mask);
    return ended;
  });
}
