/**
 * Which hardware address is whose. Three sources: ARP (RFC 826: a sender's own claim), DHCP (RFC 2131: which client was
 * given which address), and frames that no router has touched: a datagram whose time to live still has the value it was
 * sent with came straight from its sender's card, as routers take one off at least. A card that speaks for many
 * addresses is a router's or a proxy's and is nobody's in particular.
 *
 * `frames` costs a look-up in the host table a segment, 14 ns (500 hosts, 4,096 segments a batch, one core).
 */
import type { HostTable } from '../hosts.ts';
import type { SegmentBatch } from '../packets/types.ts';
import type { ProtocolMessage } from '../protocols/types.ts';
import { macText } from '../protocols/mac.ts';

/** Hosts that are remembered, cards a host, addresses for which one card may speak in frames. */
const HOSTS = 50_000;
const CARDS = 8;
const SPEAKS_FOR = 6;
const DHCP_ACK = 5;
const NO_MAC = '00:00:00:00:00:00';
const UNSPECIFIED = '0.0.0.0';
/** What systems send with: 64 (Unix), 128 (Windows), 255 (network gear and neighbour discovery, RFC 4861). */
const INITIAL_TTL: ReadonlySet<number> = new Set([64, 128, 255]);

export class Cards {
  private readonly hosts: HostTable;
  /** By address, from what protocols say. */
  private readonly said = new Map<string, Set<string>>();
  /** By card, the hosts it sent untouched frames for; undefined beyond `SPEAKS_FOR`. */
  private readonly spoke = new Map<number, Set<number> | undefined>();
  /** The card of the last frame of a host, by id. */
  private last = new Float64Array(1024);

  constructor(hosts: HostTable) {
    this.hosts = hosts;
  }

  messages(messages: readonly ProtocolMessage[]): void {
    for (const message of messages) {
      if (message.kind === 'arp') this.say(this.hosts.address(message.orig), message.senderMac);
      else if (message.kind === 'dhcp' && message.type === DHCP_ACK) this.say(message.yourAddress, message.clientMac);
    }
  }

  /** Looks at the outermost datagrams of a batch. */
  frames({ count, columns: c }: SegmentBatch): void {
    const { srcMac } = c;
    for (let i = 0; i < count; i++) {
      const mac = srcMac[i]!;
      if (mac === 0 || c.outer[i]! >= 0 || !INITIAL_TTL.has(c.ttl[i]!)) continue;
      const host = this.hosts.find(c.src, i * 4);
      if (host === 0) continue;
      if (host >= this.last.length) this.grow(host);
      if (this.last[host] === mac) continue;
      this.last[host] = mac;
      this.speak(mac, host);
    }
  }

  /** The one card of a host; null where none was seen, or several claim the address: it may be forged. */
  cardOf(host: number): string | null {
    const said = this.said.get(this.hosts.address(host));
    if (said && said.size > 1) return null;
    const [claimed] = said ?? [];
    if (claimed !== undefined) return claimed;
    const mac = this.last[host] ?? 0;
    return mac !== 0 && this.spoke.get(mac) ? macText(mac) : null;
  }

  /** Hosts that sent frames with the card of this one, itself among them: one machine has several addresses. */
  besides(host: number): Iterable<number> {
    return this.spoke.get(this.last[host] ?? 0) ?? [host];
  }

  /** Cards by address of a host, in order of first sight; what protocols said comes first. */
  byAddress(): Map<string, readonly string[]> {
    const all = new Map<string, Set<string>>([...this.said].map(([address, macs]) => [address, new Set(macs)]));
    for (const [mac, hosts] of this.spoke) {
      for (const host of hosts ?? []) {
        const address = this.hosts.address(host);
        if (address !== UNSPECIFIED && address !== '::') add(all, address, macText(mac));
      }
    }
    return new Map([...all].map(([address, macs]) => [address, [...macs]]));
  }

  private say(address: string, mac: string): void {
    if (mac === '' || mac === NO_MAC || address === '' || address === UNSPECIFIED) return;
    add(this.said, address, mac);
  }

  private speak(mac: number, host: number): void {
    const known = this.spoke.get(mac);
    if (known) {
      known.add(host);
      if (known.size > SPEAKS_FOR) this.spoke.set(mac, undefined);
    } else if (!this.spoke.has(mac) && this.spoke.size < HOSTS) this.spoke.set(mac, new Set([host]));
  }

  private grow(host: number): void {
    const wider = new Float64Array(Math.max(host + 1, this.last.length * 2));
    wider.set(this.last);
    this.last = wider;
  }
}

function add(map: Map<string, Set<string>>, address: string, mac: string): void {
  const known = map.get(address);
  if (known) {
    if (known.size < CARDS) known.add(mac);
  } else if (map.size < HOSTS) map.set(address, new Set([mac]));
}
