/** What a text in the search box may be: an address, a port, a fingerprint, or just words. */
import { parseAddress, parseNetwork, rangesOf } from './network.ts';

/** Longest text that is searched, characters. */
export const SOUGHT_MAX = 200;
/** Shortest text that is looked for in the middle of others. */
export const WORD_MIN = 2;
const PORT_MAX = 65_535;

/** Addresses from `first` to `last`, 16 bytes each. */
export interface AddressRange {
  first: Uint8Array;
  last: Uint8Array;
}

export interface Sought {
  /** Without spaces around it. */
  text: string;
  /** In words: what it was taken for. */
  taken: string;
  /** Where hosts are looked up; empty: it is no address. */
  ranges: AddressRange[];
  /** One address, as text. */
  address: string | null;
  port: number | null;
  /** Number of a rule. */
  sid: number | null;
  /** Part of the address of a card, with colons. */
  mac: string | null;
  /** What the flows that have to do with it are filtered by. */
  filter: string;
}

const MAC = /^([0-9a-f]{2}[:-]){2,5}[0-9a-f]{0,2}$/i;
const JA4 = /^[tqd](\d\d|s\d)[di]\d{4}[0-9a-z]{2}(_[0-9a-f]{12}){0,2}$/i;
const HASHES: ReadonlyMap<number, string> = new Map([
  [32, 'a JA3 fingerprint or an MD5 hash'],
  [40, 'a SHA-1 hash'],
  [64, 'a SHA-256 hash'],
]);

/** `1` stands for 1, 10 to 19 and 100 to 199; '' for all. */
function octetsBegun(part: string): [number, number][] {
  if (part === '') return [[0, 255]];
  const value = Number(part);
  const found: [number, number][] = [[value, value]];
  if (value > 0) found.push([value * 10, value * 10 + 9], [value * 100, value * 100 + 99]);
  return found.filter(([from]) => from <= 255).map(([from, to]) => [from, Math.min(255, to)]);
}

/** `10.0.1` as one types it: all that begin so. */
function begunIPv4(text: string): AddressRange[] {
  if (!/^\d{1,3}(\.\d{1,3}){0,2}\.\d{0,3}$/.test(text)) return [];
  const parts = text.split('.');
  const last = parts.pop()!;
  const whole = parts.map(Number);
  if (whole.some((octet) => octet > 255)) return [];
  const rest = 3 - whole.length;
  const address = (octet: number, filling: number): Uint8Array =>
    parseAddress([...whole, octet, ...Array.from({ length: rest }, () => filling)].join('.'))!;
  return octetsBegun(last).map(([from, to]) => ({ first: address(from, 0), last: address(to, 255) }));
}

/** `fd00:12:` as one types it: the groups that are whole. */
function begunIPv6(text: string): AddressRange[] {
  if (!text.includes(':') || text.includes('/')) return [];
  const known = parseNetwork(text.replace(/:+$/, ''));
  if (known) return rangesOf(known);
  const groups = text.split(':').slice(0, -1);
  if (groups.length > 7 || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return [];
  const network = parseNetwork(`${groups.join(':')}::/${groups.length * 16}`);
  return network ? rangesOf(network) : [];
}

const NOTHING: Omit<Sought, 'text' | 'filter' | 'taken'> = {
  ranges: [],
  address: null,
  port: null,
  sid: null,
  mac: null,
};

function anywhere(text: string): string {
  const value = `"${text.replace(/["\\]/g, '\\$&')}"`;
  return `facts contains ${value} or uid == ${value} or community_id == ${value}`;
}

function readNumber(text: string): Sought | null {
  const [, word = '', digits] = /^(?:(port|sid|rule)\s*[:=]?\s*)?(\d{1,10})$/i.exec(text) ?? [];
  if (digits === undefined) return null;
  const value = Number(digits);
  const port = value <= PORT_MAX && !/^(sid|rule)$/i.test(word) ? value : null;
  const sid = /^port$/i.test(word) ? null : value;
  if (port === null && sid === null) return null;
  const taken = [...(port === null ? [] : ['a port']), ...(sid === null ? [] : ['the number of a rule'])].join(' or ');
  return { ...NOTHING, text, taken, port, sid, filter: port === null ? anywhere(text) : `port == ${port}` };
}

function readAddress(text: string): Sought | null {
  const network = parseNetwork(text);
  if (network) {
    const address = text.includes('/') ? null : text;
    const taken = address === null ? 'a network' : 'an address';
    return { ...NOTHING, text, taken, ranges: rangesOf(network), address, filter: `host == ${text}` };
  }
  const ranges = [...begunIPv4(text), ...begunIPv6(text)];
  return ranges.length > 0
    ? { ...NOTHING, text, taken: 'the beginning of an address', ranges, filter: anywhere(text) }
    : null;
}

/** Spaces and what cannot be seen become single spaces. */
function plainText(typed: string): string {
  return typed.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** Reads what somebody typed; never fails. */
export function readSought(typed: string): Sought {
  const text = plainText(typed).slice(0, SOUGHT_MAX);
  const plain = { ...NOTHING, text, filter: anywhere(text) };
  if (MAC.test(text))
    return { ...plain, taken: 'the address of a network card', mac: text.toLowerCase().replaceAll('-', ':') };
  const hash = /^[0-9a-f]+$/i.test(text) ? HASHES.get(text.length) : undefined;
  if (hash !== undefined) return { ...plain, taken: hash, filter: anywhere(text.toLowerCase()) };
  if (JA4.test(text)) return { ...plain, taken: 'a JA4 fingerprint' };
  return readNumber(text) ?? readAddress(text) ?? { ...plain, taken: 'words' };
}
