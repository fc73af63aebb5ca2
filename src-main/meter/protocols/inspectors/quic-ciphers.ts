/**
 * The parts of SHA-256 (FIPS 180-4, with HMAC, RFC 2104) and of AES-128 (FIPS 197) that QUIC's Initial packets take, on
 * typed arrays. The library's objects cost more here than the computation, for each is used for one packet only. What
 * is computed with is public (anybody derives these keys), so nothing need run in constant time.
 */
const BLOCK = 64;
/** Bytes of a message that fit into a block with their padding. */
const MESSAGE_MAX = 55;
const STATE = 8;

const primes: number[] = [];
for (let n = 2; primes.length < BLOCK; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
/** First 32 bits of the fractions of the primes' square and cube roots. */
const START = Int32Array.from(primes.slice(0, STATE), (p) => ((Math.sqrt(p) % 1) * 0x100000000) | 0);
const ROUND = Int32Array.from(primes, (p) => ((Math.cbrt(p) % 1) * 0x100000000) | 0);

const block = new Uint8Array(BLOCK);
const schedule = new Int32Array(BLOCK);

/** Works `block` into `state`. */
function compress(state: Int32Array): void {
  const w = schedule;
  for (let i = 0, o = 0; i < 16; i++, o += 4)
    w[i] = (block[o]! << 24) | (block[o + 1]! << 16) | (block[o + 2]! << 8) | block[o + 3]!;
  for (let i = 16; i < BLOCK; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let i = 0; i < BLOCK; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i]! + w[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
  state[4] = state[4]! + e;
  state[5] = state[5]! + f;
  state[6] = state[6]! + g;
  state[7] = state[7]! + h;
}

const state = new Int32Array(STATE);

/** The second and last block of a message, from `before`, which the first one left; the digest stands in `state`. */
function last(before: Int32Array, data: Uint8Array, at: number, length: number): void {
  for (let i = 0; i < length; i++) block[i] = data[at + i]!;
  block.fill(0, length);
  block[length] = 0x80;
  const bits = (BLOCK + length) * 8;
  block[BLOCK - 2] = bits >>> 8;
  block[BLOCK - 1] = bits;
  for (let i = 0; i < STATE; i++) state[i] = before[i]!;
  compress(state);
}

const digest = new Uint8Array(STATE * 4);

function writeDigest(out: Uint8Array): void {
  for (let i = 0; i < out.length; i++) out[i] = state[i >>> 2]! >>> (24 - (i & 3) * 8);
}

/** HMAC-SHA-256 with one key of at most 64 bytes. */
export class Hmac {
  private readonly inner = new Int32Array(START);
  private readonly outer = new Int32Array(START);

  constructor(key: Uint8Array) {
    this.set(key);
  }

  /** Takes another key. */
  set(key: Uint8Array): void {
    this.pad(key, 0x36, this.inner);
    this.pad(key, 0x5c, this.outer);
  }

  private pad(key: Uint8Array, mask: number, into: Int32Array): void {
    for (let i = 0; i < BLOCK; i++) block[i] = (i < key.length ? key[i]! : 0) ^ mask;
    for (let i = 0; i < STATE; i++) into[i] = START[i]!;
    compress(into);
  }

  /** The first bytes of the code of the message [at, end), at most 55 bytes long, as many as `out` takes (32 at most). */
  code(data: Uint8Array, at: number, end: number, out: Uint8Array): void {
    last(this.inner, data, at, Math.min(MESSAGE_MAX, end - at));
    writeDigest(digest);
    last(this.outer, digest, 0, digest.length);
    writeDigest(out);
  }
}

const BYTES = 256;
const sbox = new Uint8Array(BYTES);
/** A byte through the S-box and MixColumns, for the first row; the others are its rotations. */
const mixed = new Int32Array(BYTES);

/** The S-box: the inverse in GF(2^8), by powers of the generator 3, and an affine map. */
function tables(): void {
  let p = 1;
  let q = 1;
  do {
    p = (p ^ (p << 1) ^ (p & 0x80 ? 0x11b : 0)) & 0xff;
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    q &= 0xff;
    if (q & 0x80) q ^= 0x09;
    const x = q | (q << 8);
    sbox[p] = (q ^ (x >>> 7) ^ (x >>> 6) ^ (x >>> 5) ^ (x >>> 4) ^ 0x63) & 0xff;
  } while (p !== 1);
  sbox[0] = 0x63;
  for (let i = 0; i < BYTES; i++) {
    const s = sbox[i]!;
    const twice = ((s << 1) ^ (s & 0x80 ? 0x11b : 0)) & 0xff;
    mixed[i] = (twice << 24) | (s << 16) | (s << 8) | (twice ^ s);
  }
}

const WORDS = 44;
const keys = new Int32Array(WORDS);

function expand(key: Uint8Array): void {
  for (let i = 0; i < 4; i++)
    keys[i] = (key[i * 4]! << 24) | (key[i * 4 + 1]! << 16) | (key[i * 4 + 2]! << 8) | key[i * 4 + 3]!;
  for (let i = 4, constant = 1; i < WORDS; i++) {
    let t = keys[i - 1]!;
    if ((i & 3) === 0) {
      t =
        ((sbox[(t >>> 16) & 255]! ^ constant) << 24) |
        (sbox[(t >>> 8) & 255]! << 16) |
        (sbox[t & 255]! << 8) |
        sbox[t >>> 24]!;
      constant = (constant << 1) ^ (constant & 0x80 ? 0x11b : 0);
    }
    keys[i] = keys[i - 4]! ^ t;
  }
}

/** AES-128 of one block; the state and the result are the four words of `cell`. */
const cell = new Int32Array(4);

function cipher(): void {
  const m = mixed;
  let a = cell[0]! ^ keys[0]!;
  let b = cell[1]! ^ keys[1]!;
  let c = cell[2]! ^ keys[2]!;
  let d = cell[3]! ^ keys[3]!;
  for (let k = 4; k < WORDS - 4; k += 4) {
    const e = row(m[a >>> 24]!, m[(b >>> 16) & 255]!, m[(c >>> 8) & 255]!, m[d & 255]!) ^ keys[k]!;
    const f = row(m[b >>> 24]!, m[(c >>> 16) & 255]!, m[(d >>> 8) & 255]!, m[a & 255]!) ^ keys[k + 1]!;
    const g = row(m[c >>> 24]!, m[(d >>> 16) & 255]!, m[(a >>> 8) & 255]!, m[b & 255]!) ^ keys[k + 2]!;
    d = row(m[d >>> 24]!, m[(a >>> 16) & 255]!, m[(b >>> 8) & 255]!, m[c & 255]!) ^ keys[k + 3]!;
    a = e;
    b = f;
    c = g;
  }
  cell[0] = substituted(a, b, c, d) ^ keys[WORDS - 4]!;
  cell[1] = substituted(b, c, d, a) ^ keys[WORDS - 3]!;
  cell[2] = substituted(c, d, a, b) ^ keys[WORDS - 2]!;
  cell[3] = substituted(d, a, b, c) ^ keys[WORDS - 1]!;
}

function row(a: number, b: number, c: number, d: number): number {
  return a ^ ((b >>> 8) | (b << 24)) ^ ((c >>> 16) | (c << 16)) ^ ((d >>> 24) | (d << 8));
}

function substituted(a: number, b: number, c: number, d: number): number {
  return (sbox[a >>> 24]! << 24) | (sbox[(b >>> 16) & 255]! << 16) | (sbox[(c >>> 8) & 255]! << 8) | sbox[d & 255]!;
}

function word(data: Uint8Array, at: number): number {
  return (data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!;
}

function setKey(key: Uint8Array): void {
  if (mixed[0] === 0) tables();
  expand(key);
}

/** AES-128 of the 16 bytes at `at`, into `out`. */
export function encryptBlock(key: Uint8Array, data: Uint8Array, at: number, out: Uint8Array): void {
  setKey(key);
  for (let i = 0; i < 4; i++) cell[i] = word(data, at + i * 4);
  cipher();
  for (let i = 0; i < 16; i++) out[i] = cell[i >>> 2]! >>> (24 - (i & 3) * 8);
}

/** GHASH's key times each of the 16 values of four bits, four words each; and what shifting four bits out brings in. */
const multiples = new Int32Array(64);
const reduced = Int32Array.from({ length: 16 }, (_, n) => {
  let sum = 0;
  for (let bit = 0; bit < 4; bit++) if (n & (1 << bit)) sum ^= 0xe100 >>> (3 - bit);
  return sum << 16;
});
const hashed = new Int32Array(4);

/** Fills `multiples` for the key whose words stand in `cell` (bits in GCM's order: the first is the highest). */
function setMultiples(): void {
  let a = cell[0]!;
  let b = cell[1]!;
  let c = cell[2]!;
  let d = cell[3]!;
  for (let n = 8; n > 0; n >>>= 1) {
    multiples[n * 4] = a;
    multiples[n * 4 + 1] = b;
    multiples[n * 4 + 2] = c;
    multiples[n * 4 + 3] = d;
    const out = d & 1 ? 0xe1000000 : 0;
    d = (d >>> 1) | (c << 31);
    c = (c >>> 1) | (b << 31);
    b = (b >>> 1) | (a << 31);
    a = (a >>> 1) ^ out;
  }
  for (let n = 2; n < 16; n *= 2)
    for (let rest = 1; rest < n; rest++)
      for (let i = 0; i < 4; i++) multiples[(n + rest) * 4 + i] = multiples[n * 4 + i]! ^ multiples[rest * 4 + i]!;
}

/** Takes the four words into GHASH: adds them, and multiplies by the key, four bits at a time from the last. */
function absorb(w: number, x: number, y: number, z: number): void {
  hashed[0] = hashed[0]! ^ w;
  hashed[1] = hashed[1]! ^ x;
  hashed[2] = hashed[2]! ^ y;
  hashed[3] = hashed[3]! ^ z;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 3; i >= 0; i--) {
    const bits = hashed[i]!;
    for (let shift = 0; shift < 32; shift += 4) {
      const n = ((bits >>> shift) & 15) << 2;
      const over = reduced[d & 15]!;
      d = ((d >>> 4) | (c << 28)) ^ multiples[n + 3]!;
      c = ((c >>> 4) | (b << 28)) ^ multiples[n + 2]!;
      b = ((b >>> 4) | (a << 28)) ^ multiples[n + 1]!;
      a = (a >>> 4) ^ over ^ multiples[n]!;
    }
  }
  hashed[0] = a;
  hashed[1] = b;
  hashed[2] = c;
  hashed[3] = d;
}

const padded = new Uint8Array(16);

/** Takes the bytes [at, end) into GHASH, with zeros up to a whole block. */
function absorbBytes(data: Uint8Array, at: number, end: number): void {
  let i = at;
  for (; i + 16 <= end; i += 16) absorb(word(data, i), word(data, i + 4), word(data, i + 8), word(data, i + 12));
  if (i >= end) return;
  padded.fill(0);
  for (let o = 0; i < end; i++, o++) padded[o] = data[i]!;
  absorb(word(padded, 0), word(padded, 4), word(padded, 8), word(padded, 12));
}

/** The block of the counter whose first 12 bytes are `nonce`, enciphered, into `cell`. */
function counterBlock(nonce: Uint8Array, counter: number): void {
  cell[0] = word(nonce, 0);
  cell[1] = word(nonce, 4);
  cell[2] = word(nonce, 8);
  cell[3] = counter;
  cipher();
}

/**
 * AES-128-GCM (NIST SP 800-38D): the plain text of [at, end), whose tag follows in 16 bytes; null when the tag is not
 * that of the bytes with the associated ones. `nonce` has 12 bytes.
 */
export function openGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  data: Uint8Array,
  at: number,
  end: number,
): Uint8Array | null {
  setKey(key);
  cell.fill(0);
  cipher();
  setMultiples();
  hashed.fill(0);
  absorbBytes(associated, 0, associated.length);
  absorbBytes(data, at, end);
  absorb(0, associated.length * 8, 0, (end - at) * 8);
  counterBlock(nonce, 1);
  for (let i = 0; i < 4; i++) if ((hashed[i]! ^ cell[i]!) !== word(data, end + i * 4)) return null;
  const plain = new Uint8Array(end - at);
  for (let from = 0, counter = 2; from < plain.length; from += 16, counter++) {
    counterBlock(nonce, counter);
    const stop = Math.min(16, plain.length - from);
    for (let i = 0; i < stop; i++) plain[from + i] = data[at + from + i]! ^ (cell[i >>> 2]! >>> (24 - (i & 3) * 8));
  }
  return plain;
}
