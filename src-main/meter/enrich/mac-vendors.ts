/**
 * What a hardware address says of its card: who made it, by IEEE's registry (the package oui-data), and whether it was
 * assigned to the card at all (IEEE 802-2014, 8.2: the two low bits of the first octet).
 *
 * The registry is read when first asked for and kept as the bytes of its file, 5.7 MB outside the heap, with an index of
 * where each of its 54,000 entries stands: 20 to 30 ms once, as an object it took 98 ms and 20 MB. A look-up takes
 * microseconds. So this is for hosts, not for packets.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export type CardKind =
  /** Assigned by whoever made the card. */
  | 'assigned'
  /** Locally administered: randomised by the device, or made up by software. */
  | 'local'
  /** A group (multicast or broadcast) address: no card has it. */
  | 'group';

export interface Card {
  kind: CardKind;
  /** Who the address block is registered to; null: nobody, or not known. */
  vendor: string | null;
}

const REGISTRY = 'oui-data';
/** Digits of the blocks IEEE assigns, the smallest first: MA-S, MA-M, MA-L. */
const BLOCKS = [9, 7, 6];
const REMEMBERED = 4096;
const LONGEST_NAME = 100;
const QUOTE = 0x22;
const NEW_LINE = 0x0a;
const BACKSLASH = 0x5c;
const MAC = /^([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}$/i;

/** Locally administered prefixes that software uses by its own documentation. */
const SOFTWARE: readonly (readonly [prefix: string, name: string])[] = [
  ['525400', 'QEMU or KVM virtual machine'],
  ['0242', 'Docker container'],
];

interface Registry {
  bytes: Buffer;
  /** Where the value's opening quote stands, by `numberOf` its key. */
  at: ReadonlyMap<number, number>;
}

let registry: Registry | undefined;
const known = new Map<string, Card>();

/** A key of 6, 7 or 9 hex digits as a number of its own: its length counts. */
const numberOf = (digits: string): number => parseInt(digits, 16) * 16 + digits.length;

/** Entries stand one a line: a quoted key, a colon and a quoted text without line breaks. */
function load(): Registry {
  if (registry) return registry;
  const bytes = readFileSync(createRequire(import.meta.url).resolve(REGISTRY));
  const at = new Map<number, number>();
  for (let line = 0; line >= 0 && line < bytes.length; line = bytes.indexOf(NEW_LINE, line + 1)) {
    const from = bytes.indexOf(QUOTE, line) + 1;
    const to = bytes.indexOf(QUOTE, from);
    if (from === 0 || to < 0) break;
    at.set(numberOf(bytes.latin1Slice(from, to)), bytes.indexOf(QUOTE, to + 1));
  }
  return (registry = { bytes, at });
}

function entry(key: string): string | null {
  const { bytes, at } = load();
  const from = at.get(numberOf(key));
  if (from === undefined) return null;
  let to = from + 1;
  while (to < bytes.length && bytes[to] !== QUOTE) to += bytes[to] === BACKSLASH ? 2 : 1;
  return JSON.parse(bytes.toString('utf8', from, to + 1)) as string;
}

/** The first line of an entry: the others are the postal address. */
function registered(digits: string): string | null {
  for (const length of BLOCKS) {
    const name = entry(digits.slice(0, length))?.split('\n', 1)[0]?.trim();
    // IEEE keeps for itself what it assigns in smaller blocks: that is nobody's card.
    if (name !== undefined && name !== '' && name !== 'IEEE Registration Authority') return name.slice(0, LONGEST_NAME);
  }
  return null;
}

function describe(digits: string): Card {
  const first = parseInt(digits.slice(0, 2), 16);
  if (first & 1) return { kind: 'group', vendor: null };
  if ((first & 2) === 0) return { kind: 'assigned', vendor: registered(digits) };
  const software = SOFTWARE.find(([prefix]) => digits.startsWith(prefix));
  return { kind: 'local', vendor: software?.[1] ?? null };
}

/** `a4:83:e7:c9:a5:2c` (with colons, hyphens or nothing between octets, either case); null for what is no address. */
export function describeCard(mac: string): Card | null {
  if (!MAC.test(mac)) return null;
  const digits = mac.replace(/[:-]/g, '').toUpperCase();
  let card = known.get(digits);
  if (!card) {
    card = describe(digits);
    if (known.size >= REMEMBERED) known.clear();
    known.set(digits, card);
  }
  return card;
}
