/** Networks by the addresses that were seen: the /24 of an IPv4 address, the /64 of another. */
import {
  addressText,
  contains,
  ourNetworks,
  parseAddress,
  parseNetwork,
  privateNetworks,
} from '../../../src-shared/domain/network.ts';
import type { FoundNetwork } from '../../../src-shared/domain/roles.ts';
import type { HostTable } from '../../meter/hosts.ts';

/** Networks in a list at most; hosts of more are bounded by those of ours that they lie in. */
const NETWORKS = 64;
/** Addresses with different cards of their own that make a network outside one that may be ours. */
const CARDS = 2;
const LINK_LOCAL = parseNetwork('fe80::/10')!;
const LOOPBACK = [parseNetwork('127.0.0.0/8')!, parseNetwork('169.254.0.0/16')!, parseNetwork('::/127')!];

/** "10.0.0.0/24" of 10.0.0.7; null for what is no address of a network: loopback, link-local, multicast. */
export function networkOf(address: string): string | null {
  const bytes = parseAddress(address);
  if (!bytes || bytes[0] === 0xff || contains(LINK_LOCAL, bytes)) return null;
  if (LOOPBACK.some((network) => contains(network, bytes))) return null;
  const isIPv4 = !address.includes(':');
  if (isIPv4 && (bytes[12]! === 0 || bytes[12]! >= 224)) return null;
  const bits = isIPv4 ? 24 : 64;
  const network = parseNetwork(`${address}/${bits}`);
  return network && `${addressText(network.first)}/${bits}`;
}

/** Of a link, whatever its network is called. */
const LINKS = ['fe80::/64', '169.254.0.0/16'];

/** As `networkOf`, and the link of an address that never leaves it. */
function aroundOf(address: string): string | null {
  const bytes = parseAddress(address);
  const link = bytes && LINKS.find((text) => contains(parseNetwork(text)!, bytes));
  return link ?? networkOf(address);
}

/**
 * The networks of these hosts, in order. Where they are too many to be listed, those of ours that the hosts lie in, as far as they
 * fit: a list is never empty, for that would bound nothing.
 *
 * @param named networks that were said to be ours
 */
export function networksAround(hosts: HostTable, peers: readonly number[], named: readonly string[]): string[] {
  const all = new Set<string>();
  for (const peer of peers) {
    const network = aroundOf(hosts.address(peer));
    if (network !== null) all.add(network);
  }
  if (all.size > 0 && all.size <= NETWORKS) return [...all].sort();
  const ours = [...LINKS, ...(named.length > 0 ? named : privateTexts())];
  const seen = [...all].map((text) => parseNetwork(text)!.first);
  const used = ours.filter((text) => seen.some((first) => contains(parseNetwork(text)!, first)));
  return (used.length > 0 ? used : ours).slice(0, NETWORKS).sort();
}

interface Count {
  hosts: number;
  cards: Set<string>;
}

/**
 * Networks of ours that took part, and such outside as have machines on our own links: their cards were seen. Those
 * with most hosts first.
 *
 * @param speakers addresses that took part in a conversation
 * @param cards hardware addresses by address
 * @param named networks that were said to be ours
 */
export function findNetworks(
  speakers: Iterable<string>,
  cards: ReadonlyMap<string, readonly string[]>,
  named: readonly string[],
): FoundNetwork[] {
  const counts = new Map<string, Count>();
  for (const address of speakers) {
    const network = networkOf(address);
    if (network === null) continue;
    const known = counts.get(network) ?? { hosts: 0, cards: new Set() };
    known.hosts++;
    for (const card of cards.get(address) ?? []) known.cards.add(card);
    counts.set(network, known);
  }
  const ours = ourNetworks(named);
  const all = [...counts].map(([network, count]) => {
    const bytes = parseNetwork(network)!.first;
    const isOurs = ours.some((one) => contains(one, bytes) || contains(parseNetwork(network)!, one.first));
    return { network, hosts: count.hosts, cards: count.cards.size, ours: isOurs };
  });
  return all
    .filter((one) => one.ours || one.cards >= CARDS)
    .sort((a, b) => b.hosts - a.hosts || (a.network < b.network ? -1 : 1))
    .slice(0, NETWORKS);
}

/** What is to be named as ours so that this network is too: where none was named, the private ones go on being it. */
export function withNetwork(named: readonly string[], network: string): string[] {
  const before = named.length > 0 ? named : privateTexts();
  return before.includes(network) ? [...before] : [...before, network];
}

function privateTexts(): string[] {
  return privateNetworks()
    .filter(({ bits }) => bits < 128)
    .map(({ first, bits }) => {
      const text = addressText(first);
      return `${text}/${text.includes(':') ? bits : bits - 96}`;
    })
    .filter((text) => !/^(?:127|169\.254|fe80)/.test(text));
}
