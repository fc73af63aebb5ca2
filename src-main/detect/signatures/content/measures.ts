/** Checks that measure a buffer: its length, whether a byte is there, how random it is; and Base64 within it. */
import { RuleFault } from '../rules/fault.ts';
import { wholeOf, type NumberTest } from '../rules/numbers.ts';
import { listOf } from '../rules/tokens.ts';
import { decodeBase64 } from './base64.ts';
import { simple, valueOf, type Check, type Run, type Value } from './run.ts';

export function isDataAt(at: Value, relative: boolean, negated: boolean): Check {
  return simple(relative, (run, cursor) => {
    const place = (relative ? cursor : 0) + valueOf(run, at);
    // Relative, the byte that the last content ended with counts as there.
    const there = place < run.buffer.length + (relative ? 1 : 0);
    return there !== negated ? cursor : -1;
  });
}

export function bufferSize(test: NumberTest): Check {
  return simple(false, (run, cursor) => (test(run.buffer.length) ? cursor : -1));
}

/** Whether a look may take a measure of so many bytes, which it may come to again and again. */
function paid(run: Run, bytes: number): boolean {
  if (run.givesUp()) return false;
  run.spend(bytes);
  return run.pay(bytes);
}

/** The whole buffer is of a kind. */
export function bufferTest(holds: (bytes: Uint8Array) => boolean): Check {
  return simple(false, (run, cursor) => (paid(run, run.buffer.length) && holds(run.buffer) ? cursor : -1));
}

/** Shannon's, in bits a byte. */
export function entropyOf(bytes: Uint8Array): number {
  const counts = new Float64Array(256);
  for (const c of bytes) counts[c]!++;
  let sum = 0;
  for (const n of counts) if (n > 0) sum -= (n / bytes.length) * Math.log2(n / bytes.length);
  return sum;
}

/** `entropy: bytes 0, offset 0, value >= 4.03`. @throws RuleFault */
export function entropyCheck(value: string): Check {
  let bytes = 0;
  let offset = 0;
  let test: NumberTest | undefined;
  for (const part of listOf(value)) {
    const [, name = '', rest = ''] = /^(\w+)\s*(.*)$/.exec(part) ?? [];
    if (name === 'bytes') bytes = wholeOf('entropy', rest);
    else if (name === 'offset') offset = wholeOf('entropy', rest);
    else if (name === 'value') test = decimalTest(rest);
    else throw new RuleFault('entropy', `“${part.slice(0, 40)}” is not known`);
  }
  if (!test) throw new RuleFault('entropy', 'needs a value');
  const wanted = test;
  return simple(false, (run, cursor) => {
    const end = bytes === 0 ? run.buffer.length : Math.min(run.buffer.length, offset + bytes);
    if (offset >= end) return -1;
    if (!paid(run, end - offset)) return -1;
    return wanted(entropyOf(run.buffer.subarray(offset, end))) ? cursor : -1;
  });
}

/** As `numberTest`, with decimals. */
function decimalTest(text: string): NumberTest {
  const match = /^(<=|>=|<|>|!=|!|=)?\s*(\d+(?:\.\d+)?)(?:\s*(?:-|<>)\s*(\d+(?:\.\d+)?))?$/.exec(text.trim());
  if (!match) throw new RuleFault('entropy', `“${text.slice(0, 40)}” is no number`);
  const low = Number(match[2]);
  const high = match[3] === undefined ? undefined : Number(match[3]);
  const sign = match[1] ?? '';
  if (high !== undefined) return (n) => (n > low && n < high) !== (sign === '!');
  if (sign === '' || sign === '=') return (n) => Math.abs(n - low) < 1e-9;
  if (sign === '!' || sign === '!=') return (n) => Math.abs(n - low) >= 1e-9;
  return numberTestOf(sign, low);
}

function numberTestOf(sign: string, bound: number): NumberTest {
  if (sign === '<') return (n) => n < bound;
  if (sign === '<=') return (n) => n <= bound;
  return sign === '>' ? (n) => n > bound : (n) => n >= bound;
}

/** What is decoded can be looked at by checks of its own. */
export interface Base64Check extends Check {
  enter(checks: readonly Check[]): void;
}

/** `base64_decode: bytes 16, offset 2, relative`. @throws RuleFault */
export function base64Decode(value: string | undefined): Base64Check {
  let bytes = 0;
  let offset = 0;
  let relative = false;
  for (const part of value === undefined ? [] : listOf(value)) {
    const [name = '', rest = ''] = part.split(/\s+/);
    if (name === 'bytes') bytes = wholeOf('base64_decode', rest);
    else if (name === 'offset') offset = wholeOf('base64_decode', rest);
    else if (name === 'relative') relative = true;
    else throw new RuleFault('base64_decode', `“${part.slice(0, 40)}” is not known`);
  }
  let inner: readonly Check[] = [];
  return {
    relative,
    enter: (checks) => void (inner = checks),
    match(run, checks, index, cursor) {
      const from = (relative ? cursor : 0) + offset;
      if (from >= run.buffer.length) return false;
      const end = bytes === 0 ? run.buffer.length : Math.min(run.buffer.length, from + bytes);
      if (!paid(run, end - from)) return false;
      const decoded = decodeBase64(run.buffer.subarray(from, end), 'rfc2045');
      if (decoded.length === 0) return false;
      if (inner.length > 0 && !run.inside(decoded, inner)) return false;
      return run.follow(checks, index + 1, cursor);
    },
  };
}
