/** Pseudonyms by original, each made once. */
import { CryptoPan } from './crypto-pan.ts';

/** As many are remembered; beyond, they are made again, which costs time and changes nothing. */
const REMEMBERED_MAX = 1_000_000;

const IPV4_GROUP = [0x01, 0x00, 0x5e];
/** Of 224.0.0.0/23 and of 239.255.255.0/24: everybody's. Others may be made of somebody's network. */
const KNOWN_IPV4_GROUPS = [
  [0x01, 0x00, 0x5e, 0x00, 0x00],
  [0x01, 0x00, 0x5e, 0x00, 0x01],
  [0x01, 0x00, 0x5e, 0x7f, 0xff],
];
const BRIDGE_GROUP = [0x01, 0x80, 0xc2];
const SOLICITED = [0x33, 0x33, 0xff];

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, i) => bytes[i] === byte);
const keyOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

export class Pseudonyms {
  private readonly pan: CryptoPan;
  private readonly most: number;
  private readonly made = new Map<string, Uint8Array>();
  /** How often a pseudonym was made that was not remembered: `pairs` lacks those. */
  forgotten = 0;

  /** `most` are remembered. @throws RangeError as CryptoPan */
  constructor(key: Uint8Array, most = REMEMBERED_MAX) {
    this.pan = new CryptoPan(key);
    this.most = most;
  }

  /** Writes the pseudonym of the address at `at` over it: 4 or 16 bytes of IP, 6 of a card. */
  replace(data: Uint8Array, at: number, length: 4 | 6 | 16): void {
    const original = data.subarray(at, at + length);
    const key = keyOf(original);
    let found = this.made.get(key);
    if (!found) {
      found = length === 6 ? this.card(original) : Uint8Array.from(this.pan.address(original));
      if (this.made.size < this.most) this.made.set(key, found);
      else this.forgotten++;
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
    const isKnownGroup = [BRIDGE_GROUP, ...KNOWN_IPV4_GROUPS].some((start) => startsWith(bytes, start));
    if (isNobody || isKnownGroup) return Uint8Array.from(bytes);
    if (startsWith(bytes, [0x33, 0x33])) return this.group(bytes);
    if (startsWith(bytes, IPV4_GROUP)) return this.groupOfIpv4(bytes);
    const out = Uint8Array.from(this.pan.digest(bytes).subarray(0, 6));
    out[0] = (out[0]! & 0xfc) | 0x02 | (bytes[0]! & 1);
    return out;
  }

  /** The last 23 bits are the group's (RFC 1112 §6.4). */
  private groupOfIpv4(bytes: Uint8Array): Uint8Array {
    const out = Uint8Array.from(bytes);
    out.set(this.pan.digest(bytes.subarray(3)).subarray(0, 3), 3);
    out[3]! &= 0x7f;
    return out;
  }

  /** Of IPv6 (RFC 2464 §7): the one that a host's neighbours ask by holds the end of its address. */
  private group(bytes: Uint8Array): Uint8Array {
    const out = Uint8Array.from(bytes);
    if (startsWith(bytes, SOLICITED)) out.set(this.pan.digest(bytes.subarray(3)).subarray(0, 3), 3);
    return out;
  }
}
