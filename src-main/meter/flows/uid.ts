/**
 * Flow identifiers that look like Zeek's: "C" and a number of 96 bits in base 62. Ours are not random but follow from
 * who, how and when, so that the same packets give the same identifiers in every run.
 */

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const WORDS = 3;

interface FlowKeyColumns {
  readonly orig: Uint32Array;
  readonly resp: Uint32Array;
  readonly origPort: Uint16Array;
  readonly respPort: Uint16Array;
  readonly proto: Uint16Array;
  readonly vlan: Uint32Array;
  readonly tunnel: Uint8Array;
  readonly twin: Uint8Array;
  readonly sec: Float64Array;
  readonly nano: Uint32Array;
}

/** One round of MurmurHash3's body and a rotation. */
function mix(h: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const x = h ^ Math.imul(k, 0x1b873593);
  return (Math.imul((x << 13) | (x >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(h: number): number {
  let x = h ^ (h >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Writes the 96 bits of the flow in `row` to `into[at…at+2]`; the ends count without regard to who began. */
export function flowUid(columns: FlowKeyColumns, row: number, into: Uint32Array, at: number): void {
  const w = row * 4;
  const forward = ordered(columns, row);
  const low = forward ? columns.orig : columns.resp;
  const high = forward ? columns.resp : columns.orig;
  const lowPort = forward ? columns.origPort[row]! : columns.respPort[row]!;
  const highPort = forward ? columns.respPort[row]! : columns.origPort[row]!;
  for (let word = 0; word < WORDS; word++) {
    let h = Math.imul(word + 1, 0x9e3779b1);
    for (let i = w; i < w + 4; i++) h = mix(h, low[i]!);
    for (let i = w; i < w + 4; i++) h = mix(h, high[i]!);
    h = mix(h, (lowPort << 16) | highPort);
    h = mix(h, (columns.proto[row]! << 16) | (columns.tunnel[row]! << 8) | columns.twin[row]!);
    h = mix(h, columns.vlan[row]!);
    h = mix(h, columns.sec[row]! % 4294967296);
    into[at + word] = finish(mix(h, columns.nano[row]!));
  }
}

function ordered(columns: FlowKeyColumns, row: number): boolean {
  for (let i = row * 4; i < row * 4 + 4; i++) {
    if (columns.orig[i] !== columns.resp[i]) return columns.orig[i]! < columns.resp[i]!;
  }
  return columns.origPort[row]! <= columns.respPort[row]!;
}

const scratch = new Uint32Array(WORDS);

/** Five digits at a time: 62^5 is below 2^30, so that each step of the division is exact in doubles. */
const DIGITS_AT_ONCE = 5;
const BASE_TO_5 = 62 ** DIGITS_AT_ONCE;
const PARTS = 4;
const LETTER_C = 0x43;
const CODES = Uint8Array.from(DIGITS, (c) => c.charCodeAt(0));
/** 16 bits each, most significant first. */
const halves = new Int32Array(WORDS * 2);
const parts = new Int32Array(PARTS);

/** Writes the text of the 96 bits at `words[at…at+2]` to `into[to…]`: "C" and at most 17 digits. Where it ends. */
export function writeUid(words: Uint32Array, at: number, into: Uint8Array, to: number): number {
  for (let i = 0; i < WORDS; i++) {
    halves[i * 2] = words[at + i]! >>> 16;
    halves[i * 2 + 1] = words[at + i]! & 0xffff;
  }
  for (let part = PARTS - 1; part >= 0; part--) {
    let rest = 0;
    for (let i = 0; i < halves.length; i++) {
      const value = rest * 65536 + halves[i]!;
      const quotient = Math.floor(value / BASE_TO_5);
      halves[i] = quotient;
      rest = value - quotient * BASE_TO_5;
    }
    parts[part] = rest;
  }
  into[to] = LETTER_C;
  let end = to + 1;
  let scale = BASE_TO_5 / 62;
  for (let i = 0; i < PARTS * DIGITS_AT_ONCE; i++) {
    const part = (i / DIGITS_AT_ONCE) | 0;
    if (i % DIGITS_AT_ONCE === 0) scale = BASE_TO_5 / 62;
    const digit = ((parts[part]! / scale) | 0) % 62;
    scale = (scale / 62) | 0;
    if (digit !== 0 || end > to + 1 || i === PARTS * DIGITS_AT_ONCE - 1) into[end++] = CODES[digit]!;
  }
  return end;
}

const MAX_LENGTH = 1 + PARTS * DIGITS_AT_ONCE;
const text = Buffer.alloc(MAX_LENGTH);

/** The same as a string. */
export function uidText(words: Uint32Array, at: number): string {
  return text.toString('latin1', 0, writeUid(words, at, text, 0));
}

/** Writes the identifier of the flow in `row` of a batch or of the live columns. Where it ends. */
export function writeRowUid(columns: FlowKeyColumns, row: number, into: Uint8Array, to: number): number {
  flowUid(columns, row, scratch, 0);
  return writeUid(scratch, 0, into, to);
}

/** The same as a string. */
export function rowUid(columns: FlowKeyColumns, row: number): string {
  flowUid(columns, row, scratch, 0);
  return uidText(scratch, 0);
}
