/**
 * A bzip2 stream (its format is what Seward's program writes: runs, Burrows-Wheeler transform, move to front, Huffman codes
 * by groups of 50 symbols), with its checksums. One to ten MB a second; nfdump's blocks have 1 to 5 MiB.
 */
const BLOCK = 0x314159265359;
const END = 0x177245385090;
const GROUP = 50;
const LONGEST = 20;
const RUN_B = 1;

const damaged = (): RangeError => new RangeError('it is no whole bzip2 stream');

class Bits {
  private readonly bytes: Uint8Array;
  private at = 0;
  private held = 0;
  private count = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** At most 24 bits. */
  take(bits: number): number {
    while (this.count < bits) {
      if (this.at >= this.bytes.length) throw damaged();
      this.held = ((this.held << 8) | this.bytes[this.at++]!) >>> 0;
      this.count += 8;
      // Only the lowest 32 are held: more than 24 and 8 never wait.
    }
    this.count -= bits;
    return (this.held >>> this.count) & ((1 << bits) - 1);
  }

  word(): number {
    return this.take(16) * 65_536 + this.take(16);
  }
}

const CRC = new Uint32Array(256).map((_, i) => {
  let value = i << 24;
  for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

/** Codes of one table: how many of each length, where they begin, and symbols in the order of codes. */
interface Table {
  limit: Int32Array;
  base: Int32Array;
  symbols: Uint16Array;
}

function tableOf(lengths: Uint8Array): Table {
  const counts = new Int32Array(LONGEST + 2);
  for (const length of lengths) counts[length]!++;
  const symbols = new Uint16Array(lengths.length);
  const limit = new Int32Array(LONGEST + 1).fill(-1);
  const base = new Int32Array(LONGEST + 1);
  let [code, at] = [0, 0];
  for (let length = 1; length <= LONGEST; length++) {
    base[length] = at - code;
    for (let symbol = 0; symbol < lengths.length; symbol++) if (lengths[symbol] === length) symbols[at++] = symbol;
    code += counts[length]!;
    if (counts[length]! > 0) limit[length] = code - 1;
    code <<= 1;
  }
  return { limit, base, symbols };
}

function symbolOf(bits: Bits, { limit, base, symbols }: Table): number {
  let code = 0;
  for (let length = 1; length <= LONGEST; length++) {
    code = (code << 1) | bits.take(1);
    if (code <= limit[length]!) {
      const symbol = symbols[base[length]! + code];
      if (symbol === undefined) break;
      return symbol;
    }
  }
  throw damaged();
}

/** Bytes that occur, in order. */
function alphabet(bits: Bits): number[] {
  const used = bits.take(16);
  const found: number[] = [];
  for (let high = 0; high < 16; high++) {
    if ((used & (0x8000 >> high)) === 0) continue;
    const low = bits.take(16);
    for (let i = 0; i < 16; i++) if ((low & (0x8000 >> i)) !== 0) found.push(high * 16 + i);
  }
  if (found.length === 0) throw damaged();
  return found;
}

/** Takes the entry at `index` to the front. */
function toFront(list: number[] | Uint8Array, index: number): number {
  const value = list[index]!;
  list.copyWithin(1, 0, index);
  list[0] = value;
  return value;
}

function selectorsOf(bits: Bits, tables: number): Uint8Array {
  const count = bits.take(15);
  const order = Array.from({ length: tables }, (_, i) => i);
  return new Uint8Array(count).map(() => {
    let index = 0;
    while (bits.take(1) === 1) if (++index >= tables) throw damaged();
    return toFront(order, index);
  });
}

function lengthsOf(bits: Bits, symbols: number): Uint8Array {
  let length = bits.take(5);
  return new Uint8Array(symbols).map(() => {
    while (bits.take(1) === 1) length += bits.take(1) === 1 ? -1 : 1;
    if (length < 1 || length > LONGEST) throw damaged();
    return length;
  });
}

/** The transformed bytes of a block into `into`, as their low eight bits; how many. */
function symbolsInto(bits: Bits, into: Uint32Array, most: number, counts: Int32Array): number {
  const bytes = Uint8Array.from(alphabet(bits));
  const end = bytes.length + 1;
  const groups = bits.take(3);
  if (groups < 2 || groups > 6) throw damaged();
  const selectors = selectorsOf(bits, groups);
  const tables = Array.from({ length: groups }, () => tableOf(lengthsOf(bits, end + 1)));
  let [count, run, weight] = [0, 0, 1];
  for (let done = 0; ; done++) {
    const table = tables[selectors[Math.floor(done / GROUP)] ?? groups];
    if (!table) throw damaged();
    const symbol = symbolOf(bits, table);
    if (symbol <= RUN_B) {
      run += weight << symbol;
      weight *= 2;
      if (run > most) throw damaged();
      continue;
    }
    if (count + run > most) throw damaged();
    into.fill(bytes[0]!, count, count + run);
    counts[bytes[0]!]! += run;
    count += run;
    [run, weight] = [0, 1];
    if (symbol === end) return count;
    if (count >= most) throw damaged();
    const byte = toFront(bytes, symbol - 1);
    counts[byte]!++;
    into[count++] = byte;
  }
}

/** Undoes the transform and the runs of a block. Where `out` ends then. */
function unsorted(
  block: Uint32Array,
  count: number,
  origin: number,
  counts: Int32Array,
  out: Buffer,
  from: number,
  sum: number,
): number {
  // prettier-ignore
  let before = 0;
  for (let byte = 0; byte < 256; byte++) {
    const here = counts[byte]!;
    counts[byte] = before;
    before += here;
  }
  for (let i = 0; i < count; i++) block[counts[block[i]! & 255]!++]! |= i << 8;
  let [at, place, previous, same, crc] = [from, block[origin]! >>> 8, -1, 0, 0xffffffff];
  for (let i = 0; i < count; i++) {
    const entry = block[place]!;
    const byte = entry & 255;
    place = entry >>> 8;
    // Four of a kind are followed by how many more there are.
    const times = same === 4 ? byte : 1;
    const value = same === 4 ? previous : byte;
    if (at + times > out.length) throw new RangeError('it is longer than a block may be');
    for (let k = 0; k < times; k++) {
      out[at++] = value;
      crc = ((crc << 8) ^ CRC[(crc >>> 24) ^ value]!) >>> 0;
    }
    same = same === 4 ? 0 : value === previous ? same + 1 : 1;
    previous = same === 0 ? -1 : value;
  }
  if (~crc >>> 0 !== sum) throw new RangeError('its checksum is wrong');
  return at;
}

/** Symbols of a block at most. */
export const BZIP2_ROOM = 900_000;

/**
 * Unpacks all of `packed` into `out`; how many bytes. `block`: BZIP2_ROOM entries to work with, for whoever unpacks often; what
 * stands in them does not matter.
 *
 * @throws RangeError where it is damaged, or `out` is too small
 */
export function bzip2Stream(packed: Uint8Array, out: Buffer, block = new Uint32Array(BZIP2_ROOM)): number {
  const bits = new Bits(packed);
  if (bits.take(24) !== 0x425a68) throw damaged();
  const most = (bits.take(8) - 48) * 100_000;
  if (most < 100_000 || most > BZIP2_ROOM) throw damaged();
  let at = 0;
  for (;;) {
    const magic = bits.take(24) * 2 ** 24 + bits.take(24);
    const sum = bits.word();
    if (magic === END) return at;
    if (magic !== BLOCK || bits.take(1) === 1) throw damaged();
    const origin = bits.take(24);
    const counts = new Int32Array(256);
    const count = symbolsInto(bits, block, most, counts);
    if (origin >= count) throw damaged();
    at = unsorted(block, count, origin, counts, out, at, sum);
  }
}
