/** Addresses and ports of a rule's header. Addresses are four 32-bit words, IPv4 mapped into IPv6. */
import { isIPv4, isIPv6 } from 'node:net';
import { RuleFault } from './fault.ts';
import { groupOf, type Group } from './groups.ts';
import { remembered } from './remembered.ts';

/** Null: any. `at`: where its four words begin. */
export type AddressTest = ((words: Uint32Array, at: number) => boolean) | null;
/** Null: any. `edges`: the ports at which its answer may differ from that for the port before. */
export type PortTest = (((port: number) => boolean) & { readonly edges: readonly number[] }) | null;

type Words = [number, number, number, number];

/** First and last address; words compared as one big-endian number. */
interface Range {
  low: Words;
  high: Words;
}

/** @throws RuleFault */
export const addressTest = remembered((text, variables): { test: AddressTest; hasNegation: boolean } => {
  const group = groupOf('address', text, variables);
  const include = group.include.map(rangeOf);
  const exclude = group.exclude.map(rangeOf);
  const hasNegation = exclude.length > 0;
  if (group.any && !hasNegation) return { test: null, hasNegation };
  return { hasNegation, test: (words, at) => (group.any || within(include, words, at)) && !within(exclude, words, at) };
});

function within(ranges: readonly Range[], words: Uint32Array, at: number): boolean {
  for (const { low, high } of ranges) if (compare(words, at, low) >= 0 && compare(words, at, high) <= 0) return true;
  return false;
}

function compare(words: Uint32Array, at: number, to: Words): number {
  for (let i = 0; i < 4; i++) {
    const difference = words[at + i]! - to[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

function rangeOf(text: string): Range {
  const dash = text.indexOf('-');
  if (dash > 0) return { low: wordsOf(text.slice(0, dash).trim()), high: wordsOf(text.slice(dash + 1).trim()) };
  const [address = '', mask] = text.split('/');
  const words = wordsOf(address);
  if (mask === undefined) return { low: words, high: words };
  const bits = prefixOf(mask, address.includes(':'));
  if (bits === undefined) throw new RuleFault('address', `${text.slice(0, 60)} is no network`);
  return masked(words, bits);
}

function prefixOf(mask: string, isSix: boolean): number | undefined {
  if (isIPv4(mask) && !isSix) {
    const word = wordsOf(mask)[3];
    const inverse = ~word >>> 0;
    return (inverse & (inverse + 1)) === 0 ? 96 + Math.clz32(inverse) : undefined;
  }
  const bits = /^\d{1,3}$/.test(mask) ? Number(mask) : NaN;
  return bits >= 0 && bits <= (isSix ? 128 : 32) ? bits + (isSix ? 0 : 96) : undefined;
}

function masked(words: Words, bits: number): Range {
  const low: Words = [0, 0, 0, 0];
  const high: Words = [0, 0, 0, 0];
  for (let i = 0; i < 4; i++) {
    const some = Math.min(32, Math.max(0, bits - i * 32));
    const mask = some === 0 ? 0 : (0xffffffff << (32 - some)) >>> 0;
    low[i] = (words[i]! & mask) >>> 0;
    high[i] = (words[i]! | ~mask) >>> 0;
  }
  return { low, high };
}

/** @throws RuleFault */
export function wordsOf(text: string): Words {
  if (isIPv4(text)) {
    const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
    return [0, 0, 0xffff, ((a << 24) | (b << 16) | (c << 8) | d) >>> 0];
  }
  if (!isIPv6(text) || text.includes('%')) throw new RuleFault('address', `${text.slice(0, 60)} is no address`);
  const [head = '', tail] = text.split('::');
  const left = parts(head);
  const right = tail === undefined ? [] : parts(tail);
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
  const word = (i: number): number => (((all[i] ?? 0) << 16) | (all[i + 1] ?? 0)) >>> 0;
  return [word(0), word(2), word(4), word(6)];
}

function parts(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [parseInt(part, 16)];
    const last = wordsOf(part)[3];
    return [last >>> 16, last & 0xffff];
  });
}

/** @throws RuleFault */
export const portTest = remembered((text, variables): PortTest => {
  const group: Group = groupOf('port', text, variables);
  if (group.any && group.exclude.length === 0) return null;
  const include = group.include.map(portRange);
  const exclude = group.exclude.map(portRange);
  const isIn = (ranges: readonly [number, number][], port: number): boolean =>
    ranges.some(([low, high]) => port >= low && port <= high);
  const holds = (port: number): boolean => (group.any || isIn(include, port)) && !isIn(exclude, port);
  return Object.assign(holds, { edges: [...include, ...exclude].flatMap(([low, high]) => [low, high + 1]) });
});

function portRange(text: string): [number, number] {
  const match = /^(\d{0,5})\s*(:?)\s*(\d{0,5})$/.exec(text);
  if (!match || (match[1] === '' && match[3] === '')) throw new RuleFault('port', `${text.slice(0, 60)} is no port`);
  const low = match[1] === '' ? 0 : Number(match[1]);
  const high = match[2] === '' ? low : match[3] === '' ? 65535 : Number(match[3]);
  if (low > high || high > 65535) throw new RuleFault('port', `${text.slice(0, 60)} is no range of ports`);
  return [low, high];
}
