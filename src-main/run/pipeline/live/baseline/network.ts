/** Which network a card is in: by its gateway's hardware address and its prefix, as a laptop moves between them. */
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { parseAddress, parseNetwork } from '../../../../../src-shared/domain/network.ts';

export interface NetworkId {
  /** A name that a file can have. */
  id: string;
  /** For people. */
  label: string;
}

/** What is asked of the system, so that tests can answer. */
export interface NetworkFacts {
  /** `/proc/net/route` and `/proc/net/arp`; empty elsewhere. */
  route: string;
  arp: string;
  /** Prefixes of the card (CIDR), best first. */
  prefixes: readonly string[];
}

const NO_MAC = '00:00:00:00:00:00';

export async function factsOf(card: string): Promise<NetworkFacts> {
  const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  const [route, arp] = await Promise.all(['/proc/net/route', '/proc/net/arp'].map(read));
  const prefixes = (networkInterfaces()[card] ?? [])
    .filter(({ cidr, address }) => cidr !== null && !address.startsWith('fe80:'))
    .sort((a, b) => (a.family === b.family ? 0 : a.family === 'IPv4' ? -1 : 1))
    .map(({ cidr }) => cidr ?? '');
  return { route: route ?? '', arp: arp ?? '', prefixes };
}

/** The card's gateway: eight hex digits, least significant byte first. */
function gatewayOf(card: string, route: string): string | null {
  for (const line of route.split('\n').slice(1, 4096)) {
    const [name, destination, gateway] = line.split('\t');
    if (name !== card || destination !== '00000000' || !/^[0-9A-F]{8}$/i.test(gateway ?? '')) continue;
    const bytes = [6, 4, 2, 0].map((at) => Number.parseInt(gateway!.slice(at, at + 2), 16));
    if (bytes.some((byte) => byte !== 0)) return bytes.join('.');
  }
  return null;
}

function macOfAddress(card: string, address: string, arp: string): string | null {
  for (const line of arp.split('\n').slice(1, 4096)) {
    const [known, , , mac = '', , device] = line.trim().split(/\s+/);
    if (known === address && device === card && mac !== NO_MAC && /^[0-9a-f:]{17}$/.test(mac)) return mac;
  }
  return null;
}

/** `10.1.2.3/16` to `10.1.0.0/16`; as it is where it is none. */
function prefixOf(cidr: string): string {
  const [text = '', length = ''] = cidr.split('/');
  const bytes = parseAddress(text);
  if (!bytes || parseNetwork(cidr) === null) return cidr;
  const isFour = text.includes('.');
  const kept = Number(length) + (isFour ? 96 : 0);
  const masked = bytes.map((byte, i) => byte & (0xff << Math.min(8, Math.max(0, 8 * (i + 1) - kept))));
  if (isFour) return `${[...masked.subarray(12)].join('.')}/${length}`;
  const groups = Array.from({ length: 8 }, (_, i) => ((masked[2 * i]! << 8) | masked[2 * i + 1]!).toString(16));
  return `${groups.join(':')}/${length}`;
}

/**
 * Null while nothing is known of it. A gateway that has not spoken yet has no hardware address: with `final` the network
 * goes by its prefix alone, as it does on systems that do not tell.
 */
export function networkOf(card: string, { route, arp, prefixes }: NetworkFacts, final: boolean): NetworkId | null {
  const gateway = gatewayOf(card, route);
  const mac = gateway === null ? null : macOfAddress(card, gateway, arp);
  if (mac === null && !final) return null;
  const prefix = prefixes[0] === undefined ? null : prefixOf(prefixes[0]);
  if (prefix === null && mac === null) return { id: fileName(`card-${card}`), label: `card ${card}` };
  const label = [prefix, mac === null ? null : `behind ${mac}`].filter(Boolean).join(' ');
  return { id: fileName([mac, prefix].filter(Boolean).join('_')), label };
}

function fileName(text: string): string {
  return text.replaceAll(/[^\w.-]/g, '-').slice(0, 100);
}
