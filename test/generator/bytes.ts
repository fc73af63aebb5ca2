/**
 * Byte-level helpers of the traffic generator: a growing writer, addresses to bytes, the Internet checksum and CRCs.
 * Everything is big endian (network order) unless its name says otherwise.
 */

/** Anything a builder accepts as bytes: text is taken as UTF-8. */
export type BytesLike = Uint8Array | string | readonly number[];

const encoder = new TextEncoder();

/** UTF-8 text, a number list or bytes as a Uint8Array (bytes are not copied). */
export function bytes(value: BytesLike): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string') return Uint8Array.from(value);
  // Most texts here are short and ASCII: the encoder's call costs more than this loop.
  const out = new Uint8Array(value.length);
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > 127) return encoder.encode(value);
    out[i] = code;
  }
  return out;
}

/** Hexadecimal text (spaces, colons and newlines ignored) as bytes. Throws RangeError on an odd or non-hex input. */
export function hex(text: string): Uint8Array {
  const clean = text.replace(/[\s:]/g, '');
  if (clean.length % 2 !== 0 || /[^0-9a-fA-F]/.test(clean)) throw new RangeError(`not hexadecimal: ${text}`);
  const out = new Uint8Array(clean.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(clean.slice(2 * i, 2 * i + 2), 16);
  return out;
}

/** UTF-16LE text, as SMB2 and RDP write it. */
export function utf16le(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    out[2 * i] = code & 0xff;
    out[2 * i + 1] = code >>> 8;
  }
  return out;
}

/** Concatenation. */
export function concat(...parts: BytesLike[]): Uint8Array {
  let total = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (!(part instanceof Uint8Array)) parts[i] = bytes(part);
    total += parts[i]!.length;
  }
  const out = new Uint8Array(total);
  let at = 0;
  for (const part of parts as Uint8Array[]) {
    if (part.length > 16) out.set(part, at);
    else for (let i = 0; i < part.length; i++) out[at + i] = part[i]!;
    at += part.length;
  }
  return out;
}

export function u8(v: number): Uint8Array {
  const out = new Uint8Array(1);
  out[0] = v;
  return out;
}

export function u16(v: number): Uint8Array {
  const out = new Uint8Array(2);
  out[0] = v >>> 8;
  out[1] = v;
  return out;
}

export const u24 = (v: number): Uint8Array => Uint8Array.of((v >>> 16) & 0xff, (v >>> 8) & 0xff, v & 0xff);

export function u32(v: number): Uint8Array {
  const out = new Uint8Array(4);
  out[0] = v >>> 24;
  out[1] = v >>> 16;
  out[2] = v >>> 8;
  out[3] = v;
  return out;
}

export const u16le = (v: number): Uint8Array => Uint8Array.of(v & 0xff, (v >>> 8) & 0xff);
export const u32le = (v: number): Uint8Array =>
  Uint8Array.of(v & 0xff, (v >>> 8) & 0xff, (v >>> 16) & 0xff, (v >>> 24) & 0xff);

/** A 64-bit unsigned integer from a bigint. */
export function u64(v: bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt.asUintN(64, v));
  return out;
}

/** The same, little endian. */
export const u64le = (v: bigint): Uint8Array => u64(v).reverse();

/** `n` zero bytes. */
export const zeros = (n: number): Uint8Array => new Uint8Array(n);

/** The value padded with zeros at its end to exactly `n` bytes (cut when longer). */
export function padTo(value: BytesLike, n: number): Uint8Array {
  const out = new Uint8Array(n);
  out.set(bytes(value).subarray(0, n));
  return out;
}

/** An Ethernet address from `aa:bb:cc:dd:ee:ff` or six bytes. */
export function mac(value: string | Uint8Array): Uint8Array {
  const out = typeof value === 'string' ? hex(value) : value;
  if (out.length !== 6) throw new RangeError(`not a MAC address: ${String(value)}`);
  return out;
}

/** An IPv4 address from dotted decimal or four bytes. */
export function ip4(value: string | Uint8Array): Uint8Array {
  if (typeof value !== 'string') return value;
  const parts = value.split('.').map(Number);
  if (parts.length !== 4 || parts.some((p) => !Number.isInteger(p) || p < 0 || p > 255)) {
    throw new RangeError(`not an IPv4 address: ${value}`);
  }
  return Uint8Array.from(parts);
}

/** An IPv6 address from text (with `::`) or sixteen bytes. */
export function ip6(value: string | Uint8Array): Uint8Array {
  if (typeof value !== 'string') return value;
  const halves = value.split('::');
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((g) => Number.parseInt(g, 16)));
  const head = groups(halves[0] ?? '');
  const tail = halves.length > 1 ? groups(halves[1] ?? '') : [];
  const gap = 8 - head.length - tail.length;
  if (halves.length > 2 || (halves.length === 1 ? gap !== 0 : gap < 1) || [...head, ...tail].some((g) => !(g >= 0))) {
    throw new RangeError(`not an IPv6 address: ${value}`);
  }
  return concat(...[...head, ...Array<number>(gap).fill(0), ...tail].map(u16));
}

/** An address of either family by its text. */
export const ip = (value: string | Uint8Array): Uint8Array =>
  typeof value === 'string' ? (value.includes(':') ? ip6(value) : ip4(value)) : value;

/** Text of a 4- or 16-byte address; IPv6 as RFC 5952 writes it. */
export function ipText(address: Uint8Array): string {
  if (address.length === 4) return address.join('.');
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((address[i]! << 8) | address[i + 1]!);
  let best = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let j = i;
    while (j < 8 && groups[j] === 0) j++;
    if (j - i > bestLength) {
      best = i;
      bestLength = j - i;
    }
    if (j > i) i = j;
  }
  const text = groups.map((g) => g.toString(16));
  if (best < 0) return text.join(':');
  return `${text.slice(0, best).join(':')}::${text.slice(best + bestLength).join(':')}`;
}

export const macText = (m: Uint8Array): string => Array.from(m, (b) => b.toString(16).padStart(2, '0')).join(':');

/** One's-complement sum (RFC 1071) of `data[from..to)` added to `sum`; fold with `foldChecksum`. */
export function sum16(data: Uint8Array, from: number, to: number, sum = 0): number {
  let i = from;
  let s = sum;
  for (; i + 1 < to; i += 2) s += (data[i]! << 8) | data[i + 1]!;
  if (i < to) s += data[i]! << 8;
  return s;
}

/** Folds a one's-complement sum (below 2^48) to the 16-bit Internet checksum. */
export function foldChecksum(sum: number): number {
  let s = sum;
  while (s > 0xffff) s = (s % 0x10000) + Math.floor(s / 0x10000);
  return ~s & 0xffff;
}

/** RFC 1071 checksum of all of `data`. */
export const internetChecksum = (data: Uint8Array): number => foldChecksum(sum16(data, 0, data.length));

function crcTable(polynomial: number): Uint32Array {
  const table = new Uint32Array(256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ polynomial : c >>> 1;
    table[n] = c >>> 0;
  }
  return table;
}

const CRC32 = crcTable(0xedb88320);
const CRC32C = crcTable(0x82f63b78);

function crc(table: Uint32Array, data: Uint8Array): number {
  let c = 0xffffffff;
  for (let i = 0; i < data.length; i++) c = table[(c ^ data[i]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}

/** CRC-32 (IEEE 802.3), as in Ethernet and 802.11 frame check sequences. */
export const crc32 = (data: Uint8Array): number => crc(CRC32, data);

/** CRC-32C (Castagnoli), as in SCTP (RFC 9260). */
export const crc32c = (data: Uint8Array): number => crc(CRC32C, data);
