/**
 * Which addresses are of the open Internet. Everything else (private, loopback, link-local with the metadata services of
 * clouds, unique-local, multicast, reserved) is reached by alerts only where a channel's settings allow it.
 * Source: IANA's special-purpose address registries for IPv4 and IPv6 (RFC 6890 and its updates).
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

const SPECIAL_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Within 2000::/3: Teredo and other protocols, documentation, 6to4. What lies outside 2000::/3 is not open anyway. */
const SPECIAL_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const special = new BlockList();
for (const [net, prefix] of SPECIAL_V4) special.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of SPECIAL_V6) special.addSubnet(net, prefix, 'ipv6');
const global = new BlockList();
global.addSubnet('2000::', 3, 'ipv6');
/** In these an IPv6 address carries one of IPv4: mapped ones, and those of NAT64 (RFC 6052). */
const carriers = new BlockList();
carriers.addSubnet('::ffff:0:0', 96, 'ipv6');
carriers.addSubnet('64:ff9b::', 96, 'ipv6');

/** The last 32 bits of an IPv6 address as one of IPv4. The URL parser writes every notation of it in one way. */
function lastFourBytes(address: string): string {
  const plain = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [high = 0, low = 0] = plain
    .split(':')
    .slice(-2)
    .map((group) => parseInt(group === '' ? '0' : group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/**
 * Whether a literal address is of the open Internet. What is no literal address is not: a name is judged by what it
 * resolves to.
 */
export function isPublic(address: string): boolean {
  // A zone (fe80::1%eth0) only goes with addresses of the link.
  if (address.includes('%')) return false;
  if (isIPv4(address)) return !special.check(address, 'ipv4');
  if (!isIPv6(address)) return false;
  if (carriers.check(address, 'ipv6')) return !special.check(lastFourBytes(address), 'ipv4');
  return global.check(address, 'ipv6') && !special.check(address, 'ipv6');
}
