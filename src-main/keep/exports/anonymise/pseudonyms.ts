/** Pseudonyms by original, each made once. */
import { CryptoPan } from './crypto-pan.ts';

/** As many are remembered; beyond, they are made again, which costs time and changes nothing. */
const REMEMBERED_MAX = 1_000_000;

const IPV4_GROUP = [0x01, 0x00, 0x5e];
const BRIDGE_GROUP = [0x01, 0x80, 0xc2];
const SOLICITED = [0x33, 0x33, 0xff];

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, i) => bytes[i] === byte);
const keyOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

export class Pseudonyms {
  private readonly pan: CryptoPan;
  private readonly made = new Map<string, Uint8Array>();

  /** @throws RangeError as CryptoPan */
  constructor(key: Uint8Array) {
    this.pan = new CryptoPan(key);
  }

  /** Writes the pseudonym of the address at `at` over it: 4 or 16 bytes of IP, 6 of a card. */
  replace(data: Uint8Array, at: number, length: 4 | 6 | 16): void {
    const original = data.subarray(at, at + length);
    const key = keyOf(original);
    let found = this.made.get(key);
    if (!found) {
      found = length === 6 ? this.card(original) : Uint8Array.from(this.pan.address(original));
      if (this.made.size < REMEMBERED_MAX) this.made.set(key, found);
    }
    data.set(found, at);
  }

  /** Original and pseudonym of everything that was replaced by something else, in the order of its first appearance. */
  *pairs(): Generator<[Uint8Array, Uint8Array]> {
    for (const [key, found] of this.made) {
      const original = Buffer.from(key, 'latin1');
      if (Buffer.compare(original, found) !== 0) yield [original, found];
    }
  }

  /** Groups of everybody's stay; a card gets a locally administered address (IEEE 802, U/L bit) without a maker. */
  private card(bytes: Uint8Array): Uint8Array {
    const isNobody = bytes.every((byte) => byte === 0) || bytes.every((byte) => byte === 0xff);
    const isKnownGroup = startsWith(bytes, IPV4_GROUP) || startsWith(bytes, BRIDGE_GROUP);
    if (isNobody || isKnownGroup) return Uint8Array.from(bytes);
    if (startsWith(bytes, [0x33, 0x33])) return this.group(bytes);
    const out = Uint8Array.from(this.pan.digest(bytes).subarray(0, 6));
    out[0] = (out[0]! & 0xfc) | 0x02 | (bytes[0]! & 1);
    return out;
  }

  /** Of IPv6 (RFC 2464 §7): the one that a host's neighbours ask by holds the end of its address. */
  private group(bytes: Uint8Array): Uint8Array {
    const out = Uint8Array.from(bytes);
    if (startsWith(bytes, SOLICITED)) out.set(this.pan.digest(bytes.subarray(3)).subarray(0, 3), 3);
    return out;
  }
}
