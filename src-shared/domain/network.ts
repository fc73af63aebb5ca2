/** Addresses and networks as text: to 16 bytes (IPv4 mapped into IPv6, RFC 4291 2.5.5.2) and prefix lengths. */

export interface Network {
  /** 16 bytes, most significant first; bits beyond the prefix are zero. */
  first: Uint8Array;
  /** The last address of it. */
  last: Uint8Array;
  /** Prefix length of the 128 bits (96 + n for IPv4). */
  bits: number;
}

const MAPPED_BITS = 96;

function parseIPv4(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) <= 255)) return null;
  return parts.map(Number);
}

/** The 16-bit groups of one side of `::`; an IPv4 tail counts as two. */
function groupsOf(text: string): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes('.')) {
      const tail = parseIPv4(part);
      if (!tail) return null;
      groups.push(tail[0]! * 256 + tail[1]!, tail[2]! * 256 + tail[3]!);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(parseInt(part, 16));
    else return null;
  }
  return groups;
}

function parseIPv6(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return null;
  const head = groupsOf(halves[0]!);
  const tail = halves.length === 2 ? groupsOf(halves[1]!) : [];
  if (!head || !tail) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** The 16 bytes of an address (IPv4 or IPv6 text), or null when it is none. */
export function parseAddress(text: string): Uint8Array | null {
  const v4 = parseIPv4(text);
  if (v4) return Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...v4]);
  const v6 = parseIPv6(text);
  return v6 && Uint8Array.from(v6.flatMap((group) => [group >> 8, group & 255]));
}

const isIPv4 = (bytes: Uint8Array): boolean =>
  bytes.subarray(0, 10).every((b) => b === 0) && bytes[10] === 255 && bytes[11] === 255;

/** `10.0.0.0/8`, `fd00::/8`, or a single address. Null when it is neither. Host bits that are set are cleared. */
export function parseNetwork(text: string): Network | null {
  const [name = '', length, more] = text.split('/');
  const address = parseAddress(name);
  if (!address || more !== undefined) return null;
  const offset = name.includes(':') ? 0 : MAPPED_BITS;
  const most = 128 - offset;
  if (length !== undefined && !(/^\d{1,3}$/.test(length) && Number(length) <= most)) return null;
  const bits = offset + (length === undefined ? most : Number(length));
  const first = address.slice();
  const last = address.slice();
  for (let i = 0; i < 16; i++) {
    const mask = (0xff00 >> Math.min(8, Math.max(0, bits - i * 8))) & 255;
    first[i]! &= mask;
    last[i]! |= ~mask & 255;
  }
  return { first, last, bits };
}

/** Whether an address (16 bytes) lies in a network. No address of IPv4 lies in `::/0` or another network of IPv6. */
export function contains(network: Network, address: Uint8Array): boolean {
  for (let i = 0; i < 16; i++) {
    if (address[i]! < network.first[i]! || address[i]! > network.last[i]!) return false;
    if (network.first[i] !== network.last[i]) {
      // Beyond the byte in which the prefix ends everything belongs to it, but for IPv4.
      return network.bits >= MAPPED_BITS || !isIPv4(address);
    }
  }
  return true;
}

const BEFORE_MAPPED = parseAddress('::fffe:ffff:ffff')!;
const AFTER_MAPPED = parseAddress('::1:0:0:0')!;

const isAtMost = (a: Uint8Array, b: Uint8Array): boolean => {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 || a[at]! < b[at]!;
};

/** Its addresses from the first to the last: two ranges where those of IPv4 stand between its own. */
export function rangesOf({ first, last, bits }: Network): Pick<Network, 'first' | 'last'>[] {
  const isAround = bits < MAPPED_BITS && isAtMost(first, BEFORE_MAPPED) && !isAtMost(last, BEFORE_MAPPED);
  if (!isAround) return [{ first, last }];
  const before = { first, last: BEFORE_MAPPED };
  return isAtMost(AFTER_MAPPED, last) ? [before, { first: AFTER_MAPPED, last }] : [before];
}

const WORDS = [
  '10.0.0.0/8',
  '127.0.0.0/8',
  '0.0.0.0',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
  'fe80::/10',
  '::',
  '::1',
];
let known: Network[] | undefined;

/** RFC 1918, RFC 6598, RFC 4193, link-local, loopback and the unspecified addresses. */
export function privateNetworks(): readonly Network[] {
  return (known ??= WORDS.map((text) => parseNetwork(text)!));
}

/** What never leaves a machine or its link, whoever's network it is: loopback, link-local, the unspecified addresses. */
const NEVER_OUTSIDE = ['127.0.0.0/8', '0.0.0.0', '169.254.0.0/16', 'fe80::/10', '::', '::1'];

/**
 * The networks that are ours: those named, and what never leaves a link; where none is named, the private ones.
 *
 * @throws RangeError for a text that is no network
 */
export function ourNetworks(named: readonly string[]): readonly Network[] {
  if (named.length === 0) return privateNetworks();
  return [...named, ...NEVER_OUTSIDE].map((text) => {
    const network = parseNetwork(text);
    if (!network) throw new RangeError(`${text} is neither an address nor a network`);
    return network;
  });
}

const GROUPS = ['224.0.0.0/4', '255.255.255.255', 'ff00::/8'];
let groups: Network[] | undefined;

/** An address of a group, multicast or the broadcast to one's own link (16 bytes): no host, so neither ours nor outside. */
export function isGroup(address: Uint8Array): boolean {
  return (groups ??= GROUPS.map((text) => parseNetwork(text)!)).some((one) => contains(one, address));
}

/** The broadcast of a subnet, as far as an address (16 bytes) tells: it ends in .255. Masks are not in the packets. */
export function looksLikeBroadcast(address: Uint8Array): boolean {
  return isIPv4(address) && address[15] === 255;
}

/** Text of 16 bytes: dotted quad for mapped IPv4, else RFC 5952. */
export function addressText(bytes: Uint8Array): string {
  if (isIPv4(bytes)) return bytes.subarray(12).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => bytes[i * 2]! * 256 + bytes[i * 2 + 1]!);
  let [best, bestLength] = [-1, 1];
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > bestLength) [best, bestLength] = [i, length];
  }
  const hex = (part: readonly number[]): string => part.map((g) => g.toString(16)).join(':');
  return best < 0 ? hex(groups) : `${hex(groups.slice(0, best))}::${hex(groups.slice(best + bestLength))}`;
}
