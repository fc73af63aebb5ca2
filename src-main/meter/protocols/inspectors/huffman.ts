/**
 * HPACK's Huffman code (RFC 7541, appendix B). It is canonical: codes are given in the order of length, then of symbol,
 * so the lengths say all.
 */
import { latin1 } from '../bytes.ts';

/** Symbols by the length of their code; single ones and ranges. The end of a string (256) has 30 bits. */
const BY_LENGTH: readonly (readonly [bits: number, symbols: string])[] = [
  [5, '48-50 97 99 101 105 111 115-116'],
  [6, '32 37 45-47 51-57 61 65 95 98 100 102-104 108-110 112 114 117'],
  [7, '58 66-87 89 106-107 113 118-122'],
  [8, '38 42 44 59 88 90'],
  [10, '33-34 40-41 63'],
  [11, '39 43 124'],
  [12, '35 62'],
  [13, '0 36 64 91 93 126'],
  [14, '94 125'],
  [15, '60 96 123'],
  [19, '92 195 208'],
  [20, '128 130-131 162 184 194 224 226'],
  [21, '153 161 167 172 176-177 179 209 216-217 227 229-230'],
  [22, '129 132-134 136 146 154 156 160 163-164 169-170 173 178 181 185-187 189-190 196 198 228 232-233'],
  [23, '1 135 137-141 143 147 149-152 155 157-158 165-166 168 174-175 180 182-183 188 191 197 231 239'],
  [24, '9 142 144-145 148 159 171 206 215 225 236-237'],
  [25, '199 207 234-235'],
  [26, '192-193 200-202 205 210 213 218-219 238 240 242-243 255'],
  [27, '203-204 211-212 214 221-223 241 244-248 250-254'],
  [28, '2-8 11-12 14-21 23-31 127 220 249'],
  [30, '10 13 22 256'],
];

const END = 256;
const LONGEST = 30;
const SYMBOLS = 257;

/** First code of each length, how many there are, and where their symbols begin in `ordered`. */
const first = new Uint32Array(LONGEST + 1);
const count = new Uint16Array(LONGEST + 1);
const start = new Uint16Array(LONGEST + 1);
const ordered = new Uint16Array(SYMBOLS);

function fill(): void {
  let code = 0;
  let place = 0;
  let before = 0;
  for (const [bits, symbols] of BY_LENGTH) {
    code *= 2 ** (bits - before);
    before = bits;
    first[bits] = code;
    start[bits] = place;
    for (const part of symbols.split(' ')) {
      const [from = 0, to = from] = part.split('-').map(Number);
      for (let symbol = from; symbol <= to; symbol++) ordered[place++] = symbol;
    }
    count[bits] = place - start[bits]!;
    code += count[bits]!;
  }
}

fill();

/** Length of the latest string that was read, though only its beginning may have been kept. */
export const huffman = { length: 0 };

/** Room for the letters of a string; texts put together letter by letter would take many times their size. */
let letters = new Uint8Array(2048);

/**
 * The text in [at, end) as Latin-1, of which at most `max` characters are kept; null where the code is broken. Work is
 * bounded by the bits.
 */
export function readHuffman(data: Uint8Array, at: number, end: number, max: number): string | null {
  if (letters.length < max) letters = new Uint8Array(max);
  let length = 0;
  let code = 0;
  let bits = 0;
  for (let i = at; i < end; i++) {
    const byte = data[i]!;
    for (let shift = 7; shift >= 0; shift--) {
      code = code * 2 + ((byte >>> shift) & 1);
      if (++bits > LONGEST) return null;
      const index = code - first[bits]!;
      if (count[bits] === 0 || index < 0 || index >= count[bits]!) continue;
      const symbol = ordered[start[bits]! + index]!;
      if (symbol === END) return null;
      if (length < max) letters[length] = symbol;
      length++;
      code = 0;
      bits = 0;
    }
  }
  // What is left over is the beginning of the end's code: ones, less than a byte.
  if (bits > 7 || code !== 2 ** bits - 1) return null;
  huffman.length = length;
  return latin1(letters, 0, Math.min(length, max), max);
}
