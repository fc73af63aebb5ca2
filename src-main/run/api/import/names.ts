/** Names and hardware addresses that hosts were seen under, from messages of protocols. Bounded. */
import type { CaptureExtras, NameSource } from '../../../keep/store/types.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import type { DhcpMessage, DnsMessage, ProtocolMessage } from '../../../meter/protocols/types.ts';

/** Hosts that are remembered, names a host and source, hardware addresses a host. */
const HOSTS = 50_000;
const NAMES = 8;
const MACS = 8;
const LONGEST = 255;
const DHCP_ACK = 5;
const DHCP_REQUEST = 3;
const ARP_REPLY = 2;

export class NameCollector {
  private readonly names = new Map<string, Map<NameSource, Set<string>>>();
  private readonly macs = new Map<string, Set<string>>();
  /** Clients by hardware address, until the server says which address they get. */
  private readonly waiting = new Map<string, string>();

  add(messages: readonly ProtocolMessage[], hosts: HostTable): void {
    for (const message of messages) {
      switch (message.kind) {
        case 'dns':
          this.dns(message);
          break;
        case 'dhcp':
          this.dhcp(message);
          break;
        case 'tls':
          if (message.what === 'client-hello') this.name(hosts.address(message.resp), 'tls', message.sni);
          break;
        case 'http':
          if (message.host !== '') this.name(hosts.address(message.resp), 'http', message.host.replace(/:\d+$/, ''));
          break;
        case 'arp':
          if (message.operation === ARP_REPLY) this.mac(hosts.address(message.orig), message.senderMac);
          break;
        default:
          break;
      }
    }
  }

  result(): Pick<CaptureExtras, 'names' | 'macs'> {
    const names: CaptureExtras['names'] = [];
    for (const [address, sources] of this.names) {
      for (const [source, found] of sources) for (const name of found) names.push({ address, source, name });
    }
    const macs = [...this.macs].flatMap(([address, found]) => [...found].map((mac) => ({ address, mac })));
    return { names, macs };
  }

  private dns({ response, variant, qname, addresses }: DnsMessage): void {
    if (!response) return;
    const source = variant === 'nbns' ? 'netbios' : variant === 'mdns' || variant === 'llmnr' ? 'mdns' : 'dns';
    for (const address of addresses) this.name(address, source, qname);
  }

  private dhcp({ type, clientMac, hostname, yourAddress }: DhcpMessage): void {
    if (type === DHCP_REQUEST && hostname !== '' && this.waiting.size < HOSTS) this.waiting.set(clientMac, hostname);
    if (type !== DHCP_ACK || yourAddress === '' || yourAddress === '0.0.0.0') return;
    this.name(yourAddress, 'dhcp', hostname || (this.waiting.get(clientMac) ?? ''));
    this.mac(yourAddress, clientMac);
  }

  private name(address: string, source: NameSource, name: string): void {
    if (name === '' || name.length > LONGEST || name === address) return;
    let sources = this.names.get(address);
    if (!sources) {
      if (this.names.size >= HOSTS) return;
      this.names.set(address, (sources = new Map<NameSource, Set<string>>()));
    }
    const known = sources.get(source);
    if (!known) sources.set(source, new Set([name]));
    else if (known.size < NAMES) known.add(name);
  }

  private mac(address: string, mac: string): void {
    if (mac === '' || mac === '00:00:00:00:00:00') return;
    const known = this.macs.get(address);
    if (known) {
      if (known.size < MACS) known.add(mac);
    } else if (this.macs.size < HOSTS) this.macs.set(address, new Set([mac]));
  }
}
