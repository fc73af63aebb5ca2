/** Pseudonyms by original, each made once. */
import { createHmac } from 'node:crypto';
import { addressText, parseAddress } from '../../../../src-shared/domain/network.ts';
import { CryptoPan } from './crypto-pan.ts';
import { nameKind, publicEnd } from './name-kinds.ts';

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

const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
/** Letters and digits that are not mistaken for each other. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const LETTERS_OF_A_NAME = 8;

const plainDomain = (text: string): string => text.toLowerCase().replace(/^\*\.|\.$/g, '');

export class Pseudonyms {
  private readonly pan: CryptoPan;
  private readonly key: Uint8Array;
  private readonly named = new Map<string, string>();
  private readonly most: number;
  private readonly made = new Map<string, Uint8Array>();
  /** Texts that are domains for sure. */
  private readonly known = new Set<string>();
  /** How often a pseudonym was made that was not remembered: `pairs` lacks those. */
  forgotten = 0;

  /** `most` are remembered. @throws RangeError as CryptoPan */
  constructor(key: Uint8Array, most = REMEMBERED_MAX) {
    this.pan = new CryptoPan(key);
    // A key of its own: what is told of names tells nothing of addresses.
    this.key = createHmac('sha256', key).update('names').digest();
    this.most = most;
  }

  /** Of an address in text; what is none is treated as a name. The same as in a capture by the same key. */
  address(text: string): string {
    const bytes = parseAddress(text);
    if (!bytes) return this.name(text);
    const words = Uint8Array.from(bytes);
    this.replaceAddress(words);
    return addressText(words);
  }

  /** As `replace`, of 16 bytes in which IPv4 may be mapped into IPv6 (RFC 4291 §2.5.5.2): it has one pseudonym. */
  replaceAddress(bytes: Uint8Array, start = 0): void {
    const isIPv4 = MAPPED_PREFIX.every((byte, at) => bytes[start + at] === byte);
    if (isIPv4) this.replace(bytes, start + MAPPED_PREFIX.length, 4);
    else this.replace(bytes, start, 16);
  }

  /** Of an address of a card, written with colons or hyphens. */
  card(text: string): string {
    const bytes = Uint8Array.from(text.split(/[:-]/), (part) => parseInt(part, 16));
    this.replace(bytes, 0, 6);
    return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  }

  /** Of whatever a text calls somebody or something. Domains stay domains: those that lie in one still do. */
  name(text: string): string {
    switch (nameKind(text)) {
      case 'address':
        return this.address(text);
      case 'card':
        return this.card(text);
      case 'domain':
        return this.noted(text.toLowerCase(), (name) => this.domain(name));
      case 'mail': {
        const at = text.lastIndexOf('@');
        const domain = text.slice(at + 1);
        this.knowDomains([domain]);
        return `${this.name(text.slice(0, at))}@${this.name(domain)}`;
      }
      case 'other':
        return this.noted(text, (name) => `name-${this.letters('name', name)}`);
    }
  }

  /** These are domains, whatever else may look like one; to be said before names are asked for. */
  knowDomains(domains: Iterable<string>): void {
    for (const each of domains)
      if (nameKind(each) === 'domain' && this.known.size < this.most) this.known.add(plainDomain(each));
  }

  /** So many hexadecimal digits (64 at most) in the place of others that were made of somebody's data. */
  digits(text: string, length: number): string {
    return this.keyed('digits', text).toString('hex').slice(0, length);
  }

  /** Original and pseudonym of every name, in the order of their first appearance. */
  *names(): Generator<[string, string]> {
    yield* this.named;
  }

  /** Labels from the last on, each with what it stands in: what is alike at the end stays alike. */
  private domain(name: string): string {
    const labels = name.split('.');
    const [last, isKnown] = [labels.findLastIndex((label) => label !== ''), this.isKnown(plainDomain(name))];
    return labels
      .map((label, at) => {
        if (label === '' || label === '*' || (at === last && publicEnd(label, isKnown))) return label;
        return `n${this.letters('label', labels.slice(at).join('.'))}`;
      })
      .join('.');
  }

  /** Itself, or what it lies in. */
  private isKnown(name: string): boolean {
    for (let at = 0; ; at = name.indexOf('.', at) + 1) {
      if (this.known.has(name.slice(at))) return true;
      if (!name.includes('.', at)) return false;
    }
  }

  private noted(original: string, make: (text: string) => string): string {
    const known = this.named.get(original);
    if (known !== undefined) return known;
    const made = make(original);
    if (this.named.size < this.most) this.named.set(original, made);
    else this.forgotten++;
    return made;
  }

  private letters(what: string, text: string): string {
    const bytes = this.keyed(what, text);
    return Array.from({ length: LETTERS_OF_A_NAME }, (_, at) => LETTERS[bytes[at]! % LETTERS.length]).join('');
  }

  private keyed(what: string, text: string): Buffer {
    return createHmac('sha256', this.key).update(`${what}\0${text}`).digest();
  }

  /** Writes the pseudonym of the address at `at` over it: 4 or 16 bytes of IP, 6 of a card. */
  replace(data: Uint8Array, at: number, length: 4 | 6 | 16): void {
    const original = data.subarray(at, at + length);
    const key = keyOf(original);
    let found = this.made.get(key);
    if (!found) {
      found = length === 6 ? this.ofCard(original) : Uint8Array.from(this.pan.address(original));
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
  private ofCard(bytes: Uint8Array): Uint8Array {
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
