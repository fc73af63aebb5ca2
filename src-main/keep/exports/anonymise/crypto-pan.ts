/**
 * Prefix-preserving pseudonyms for addresses: Crypto-PAn (Xu, Fan, Ammar, Moon: "Prefix-Preserving IP Address
 * Anonymization", ICNP 2002) with AES-128. Two addresses with their first k bits in common have pseudonyms with exactly
 * their first k bits in common.
 *
 * On top of it, so that what comes out can still be analysed: private addresses stay private, public ones public.
 * Private, shared, link-local and reserved ranges keep their own prefix; a public pseudonym that would fall into one is
 * put through the cipher again until it does not. Addresses that say nothing of anybody (loopback, most multicast groups,
 * broadcast, the unspecified one) stay as they are; groups that are made of somebody's network or name do not.
 */
import { createCipheriv, type Cipheriv } from 'node:crypto';

const BLOCK = 16;
/** Bytes of a key: the cipher's, then those of its pad. */
export const KEY_BYTES = 32;

interface Range {
  /** Its prefix, as many bytes as it needs. */
  prefix: readonly number[];
  /** Bits. */
  length: number;
  /** Stays as it is. */
  isConstant?: boolean;
}

/** IANA's special-purpose registries (RFC 6890). */
const V4_RANGES: readonly Range[] = [
  { prefix: [0, 0, 0, 0], length: 32, isConstant: true },
  { prefix: [255, 255, 255, 255], length: 32, isConstant: true },
  { prefix: [0], length: 8 },
  { prefix: [127], length: 8, isConstant: true },
  { prefix: [10], length: 8 },
  { prefix: [100, 64], length: 10 },
  { prefix: [169, 254], length: 16 },
  { prefix: [172, 16], length: 12 },
  { prefix: [192, 168], length: 16 },
  // Made of a system's number (RFC 3180), of a network's prefix (RFC 6034).
  { prefix: [233], length: 8 },
  { prefix: [234], length: 8 },
  { prefix: [224], length: 4, isConstant: true },
  { prefix: [240], length: 4 },
];

const zeros = (count: number): number[] => new Array<number>(count).fill(0);

const V6_RANGES: readonly Range[] = [
  { prefix: zeros(16), length: 128, isConstant: true },
  { prefix: [...zeros(15), 1], length: 128, isConstant: true },
  { prefix: [0xff], length: 8, isConstant: true },
  { prefix: [0xfe, 0x80, ...zeros(6)], length: 64 },
  { prefix: [0xfe, 0x80], length: 10 },
  { prefix: [0xfc], length: 7 },
  { prefix: [0x20], length: 3 },
  { prefix: [0x40], length: 2 },
  { prefix: [0x80], length: 1 },
  { prefix: [0], length: 3 },
];

/**
 * Groups whose last three bytes are a host's: of its address (ff02::1:ff00:0/104, RFC 4291 §2.7.1), or of the hash of its
 * name (ff02::2:ff00:0/104, RFC 4620).
 */
const OF_A_HOST = [
  [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff],
  [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0xff],
];
/** The flag of a group that is made of a network's prefix (RFC 3306, RFC 3956), in the second byte. */
const OF_A_PREFIX = 0x20;

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, i) => bytes[i] === byte);

function isIn(address: Uint8Array, { prefix, length }: Range): boolean {
  for (let bit = 0; bit < length; bit += 8) {
    const mask = length - bit >= 8 ? 0xff : (0xff << (8 - (length - bit))) & 0xff;
    const at = bit >> 3;
    if (((address[at]! ^ prefix[at]!) & mask) !== 0) return false;
  }
  return true;
}

export class CryptoPan {
  private readonly cipher: Cipheriv;
  private readonly pad: Buffer;

  /** @throws RangeError where `key` has not 32 bytes */
  constructor(key: Uint8Array) {
    if (key.length !== KEY_BYTES) throw new RangeError(`a key of ${KEY_BYTES} bytes is needed, not ${key.length}`);
    // Single blocks as a pseudo-random function, as the method has it: nothing is encrypted by it.
    this.cipher = createCipheriv('aes-128-ecb', key.subarray(0, BLOCK), null).setAutoPadding(false);
    this.pad = this.cipher.update(key.subarray(BLOCK));
  }

  /** The pseudonym of 4 or 16 bytes. */
  address(bytes: Uint8Array): Uint8Array {
    const ranges = bytes.length === 4 ? V4_RANGES : V6_RANGES;
    if (bytes.length === 16 && OF_A_HOST.some((start) => startsWith(bytes, start))) return this.ofHost(bytes);
    if (bytes.length === 16 && bytes[0] === 0xff && (bytes[1]! & OF_A_PREFIX) !== 0) return this.ofPrefix(bytes);
    const range = ranges.find((each) => isIn(bytes, each));
    if (range?.isConstant) return bytes;
    if (range) return this.encode(bytes, range.length, ranges, range);
    return this.encode(bytes, 0, ranges, undefined);
  }

  /** Sixteen bytes that nobody without the key can link to `bytes` (at most 16). */
  digest(bytes: Uint8Array): Buffer {
    const block = Buffer.from(this.pad);
    for (let i = 0; i < bytes.length; i++) block[i]! ^= bytes[i]!;
    return this.cipher.update(block);
  }

  /** Those of one host: the first bits stay, and the result stays in its range, or outside of all. */
  private encode(bytes: Uint8Array, keep: number, ranges: readonly Range[], home: Range | undefined): Uint8Array {
    // Applied again where it leaves its kind: a permutation of all, so one of each kind.
    for (let now = this.pan(bytes, keep); ; now = this.pan(now, keep)) {
      if (ranges.find((each) => isIn(now, each)) === home) return now;
    }
  }

  /** The prefix within gets the pseudonym that it has elsewhere. */
  private ofPrefix(bytes: Uint8Array): Uint8Array {
    const network = new Uint8Array(16);
    network.set(bytes.subarray(4, 12));
    const out = Uint8Array.from(bytes);
    out.set(this.address(network).subarray(0, 8), 4);
    return out;
  }

  private ofHost(bytes: Uint8Array): Uint8Array {
    const out = Uint8Array.from(bytes);
    out.set(this.digest(bytes.subarray(13)).subarray(0, 3), 13);
    return out;
  }

  /** Crypto-PAn itself, its first `keep` bits left alone. */
  private pan(bytes: Uint8Array, keep: number): Uint8Array {
    const bits = bytes.length * 8;
    const blocks = Buffer.alloc((bits - keep) * BLOCK);
    for (let bit = keep; bit < bits; bit++) this.fill(blocks.subarray((bit - keep) * BLOCK), bytes, bit);
    const said = this.cipher.update(blocks);
    const out = Uint8Array.from(bytes);
    for (let bit = keep; bit < bits; bit++) {
      const flip = said[(bit - keep) * BLOCK]! >> 7;
      out[bit >> 3]! ^= flip << (7 - (bit & 7));
    }
    return out;
  }

  /** The first `bits` of the address, then the pad's. */
  private fill(block: Uint8Array, bytes: Uint8Array, bits: number): void {
    const whole = bits >> 3;
    const rest = bits & 7;
    block.set(this.pad.subarray(0, BLOCK));
    block.set(bytes.subarray(0, whole));
    if (rest === 0) return;
    const mask = (0xff << (8 - rest)) & 0xff;
    block[whole] = (bytes[whole]! & mask) | (this.pad[whole]! & ~mask);
  }
}
