/** What addresses mean: from their own form, and by the networks that are ours where someone has named them. */
import { OurNetworks } from '../../meter/enrich/our-networks.ts';
import { isIPv4, type HostTable } from '../../meter/hosts.ts';
import type { NetworkView } from '../types.ts';

const WORDS = 4;

/** RFC 1918, RFC 6598, loopback, link-local (RFC 3927), and the unspecified address. */
function isLocalIPv4(a: number): boolean {
  const first = a >>> 24;
  return (
    first === 10 ||
    first === 127 ||
    a === 0 ||
    a >>> 20 === 0xac1 ||
    a >>> 16 === 0xc0a8 ||
    a >>> 16 === 0xa9fe ||
    a >>> 22 === 0x64400000 >>> 22
  );
}

/** Unique-local (RFC 4193), link-local, loopback and the unspecified address. */
function isLocalIPv6(words: Uint32Array, at: number): boolean {
  const top = words[at]!;
  if (top >>> 25 === 0xfc >>> 1 || top >>> 22 === 0xfe80 >>> 6) return true;
  return top === 0 && words[at + 1] === 0 && words[at + 2] === 0 && words[at + 3]! <= 1;
}

/**
 * Addresses by their registered meaning (RFC 6890), each question a few comparisons; where `networks` (CIDR) are named,
 * those are ours instead of the private ones.
 *
 * @throws RangeError for a text that is no network
 */
export function makeNetworkView(hosts: HostTable, networks: readonly string[] = []): NetworkView {
  const v4 = (host: number): boolean => isIPv4(hosts.words, host * WORDS);
  const last = (host: number): number => hosts.words[host * WORDS + 3]!;
  const named = networks.length > 0 ? new OurNetworks(hosts, networks) : undefined;
  const unnamed = (host: number): boolean =>
    v4(host) ? isLocalIPv4(last(host)) : isLocalIPv6(hosts.words, host * WORDS);
  return {
    isLocal: named ? (host) => named.has(host) : unnamed,
    isMulticast: (host) => (v4(host) ? last(host) >>> 28 === 0xe : hosts.words[host * WORDS]! >>> 24 === 0xff),
    // The directed broadcast of a subnet is taken to end in .255: masks are not in the packets.
    isBroadcast: (host) => v4(host) && (last(host) === 0xffffffff || (last(host) & 0xff) === 0xff),
  };
}
