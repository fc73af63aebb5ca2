/** Names that hosts were seen under, from messages of protocols. Bounded. */
import type { CaptureExtras, NameSource } from '../../../keep/store/types.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import type { DhcpMessage, DnsMessage, ProtocolMessage } from '../../../meter/protocols/types.ts';

/** Hosts that are remembered, names a host and source. */
const HOSTS = 50_000;
const NAMES = 8;
const LONGEST = 255;
const DHCP_ACK = 5;
const DHCP_REQUEST = 3;

export class NameCollector {
  private readonly names = new Map<string, Map<NameSource, Set<string>>>();
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
        default:
          break;
      }
    }
  }

  result(): Pick<CaptureExtras, 'names'> {
    const names: CaptureExtras['names'] = [];
    for (const [address, sources] of this.names) {
      for (const [source, found] of sources) for (const name of found) names.push({ address, source, name });
    }
    return { names };
  }

  private dns({ response, variant, qname, addresses }: DnsMessage): void {
    if (!response) return;
    const source = variant === 'nbns' ? 'netbios' : variant === 'mdns' || variant === 'llmnr' ? 'mdns' : 'dns';
    // A question for a service ("_ipp._tcp.local") is answered with addresses of hosts that have other names.
    if (/(^|\.)_(tcp|udp)(\.|$)/.test(qname)) return;
    for (const address of addresses) this.name(address, source, qname);
  }

  private dhcp({ type, clientMac, hostname, yourAddress }: DhcpMessage): void {
    if (type === DHCP_REQUEST && hostname !== '' && this.waiting.size < HOSTS) this.waiting.set(clientMac, hostname);
    if (type !== DHCP_ACK || yourAddress === '' || yourAddress === '0.0.0.0') return;
    this.name(yourAddress, 'dhcp', hostname || (this.waiting.get(clientMac) ?? ''));
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
}
