/** Names that hosts were seen under, from messages of protocols: when, and who said so. Bounded. */
import type { CaptureExtras, HostName, NameSource } from '../../../keep/store/types.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import type {
  DhcpMessage,
  DnsMessage,
  HttpMessage,
  ProtocolMessage,
  TlsMessage,
} from '../../../meter/protocols/types.ts';

/** Hosts that are remembered, names a host and source. */
const HOSTS = 50_000;
const NAMES = 8;
const LONGEST = 255;
/** Flows that are remembered as tunnels: the oldest are forgotten. */
const TUNNELS = 10_000;
const DHCP = { REQUEST: 3, DECLINE: 4, ACK: 5, NAK: 6, INFORM: 8 } as const;
const PTR = 12;
const REVERSE_4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/;
const COMMON_NAME = /(?:^|,)CN=((?:[^,\\]|\\.)+)/;
/** Labels with dots between them, the first of which may stand for any. */
const HOST_NAME = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
/** NetBIOS' sixteenth byte: of a host's own names. */
const OWN_SUFFIX = /<(?:00|03|20)>$/;
const SUFFIX = /<[0-9a-f]{2}>$/;

type Found = Pick<HostName, 'first' | 'last' | 'by'>;

/** A client that has said its name, before its server has said which address it gets. */
interface Waiting {
  name: string;
  /** What it asked for, '' when nothing. */
  address: string;
  sec: number;
}

export class NameCollector {
  private readonly names = new Map<string, Map<NameSource, Map<string, Found>>>();
  /** By hardware address. */
  private readonly waiting = new Map<string, Waiting>();
  /** Flows whose responder only passes on what is meant for others. */
  private readonly tunnels = new Set<number>();

  add(messages: readonly ProtocolMessage[], hosts: HostTable): void {
    for (const message of messages) {
      switch (message.kind) {
        case 'dns':
          this.dns(message, hosts);
          break;
        case 'dhcp':
          this.dhcp(message);
          break;
        case 'tls':
          if (!this.tunnels.has(message.flow)) this.tls(message, hosts);
          break;
        case 'http':
          this.http(message, hosts);
          break;
        case 'tunnel':
          this.tunnel(message.flow);
          break;
        case 'named':
          if (!this.tunnels.has(message.flow)) this.named(sender(message, hosts), message.source, message);
          break;
        default:
          break;
      }
    }
  }

  result(): Pick<CaptureExtras, 'names'> {
    // The answer was not seen: a client mostly gets what it asks for.
    for (const { name, address, sec } of this.waiting.values()) this.name(address, 'dhcp', name, sec, address);
    const names: CaptureExtras['names'] = [];
    for (const [address, sources] of this.names) {
      for (const [source, found] of sources)
        for (const [name, seen] of found) names.push({ address, source, name, ...seen });
    }
    return { names };
  }

  private dns(message: DnsMessage, hosts: HostTable): void {
    const { response, variant, qname, qtype, addresses, names, sec } = message;
    if (!response) return;
    const by = sender(message, hosts);
    if (qtype === PTR) {
      const [, a, b, c, d] = REVERSE_4.exec(qname) ?? [];
      if (d !== undefined && names[0] !== undefined)
        this.name(`${d}.${c}.${b}.${a}`, sourceOf(variant), names[0], sec, by);
      return;
    }
    // A question for a service ("_ipp._tcp.local") is answered with addresses of hosts that have other names.
    if (/(^|\.)_(tcp|udp)(\.|$)/.test(qname)) return;
    if (variant === 'nbns' && !OWN_SUFFIX.test(qname)) return;
    for (const address of addresses) this.name(address, sourceOf(variant), qname.replace(SUFFIX, ''), sec, by);
  }

  private dhcp({ type, clientMac, hostname, yourAddress, requested, serverId, sec }: DhcpMessage): void {
    const known = this.waiting.get(clientMac);
    if (type === DHCP.REQUEST && hostname !== '' && (known || this.waiting.size < HOSTS))
      this.waiting.set(clientMac, { name: hostname, address: requested, sec });
    if (type === DHCP.INFORM) this.name(requested, 'dhcp', hostname, sec, requested);
    if (type === DHCP.NAK || type === DHCP.DECLINE) this.waiting.delete(clientMac);
    if (type !== DHCP.ACK) return;
    // What a client that has an address asks to be told is not answered with an address.
    const address = yourAddress || (known?.address ?? '');
    this.waiting.delete(clientMac);
    this.name(address, 'dhcp', hostname || (known?.name ?? ''), sec, serverId);
  }

  private tls(message: TlsMessage, hosts: HostTable): void {
    const { what, sni, subject, names = [], fromOrig, sec } = message;
    const server = hosts.address(message.resp);
    if (what === 'client-hello') this.name(server, 'tls', sni, sec, hosts.address(message.orig));
    if (what !== 'certificate' || fromOrig) return;
    const common = COMMON_NAME.exec(subject)?.[1] ?? '';
    for (const name of [common.toLowerCase(), ...names])
      if (HOST_NAME.test(name)) this.name(server, 'certificate', name, sec, server);
  }

  /** A proxy is asked with the whole address, or for a tunnel: what is asked for is not its own name. */
  private http(message: HttpMessage, hosts: HostTable): void {
    const { method, uri, host, flow, sec } = message;
    if (method === 'CONNECT') this.tunnel(flow);
    if (host === '' || this.tunnels.has(flow) || /^[a-z]{2,8}:\/\//i.test(uri)) return;
    this.name(hosts.address(message.resp), 'http', host.replace(/:\d+$/, ''), sec, hosts.address(message.orig));
  }

  private tunnel(flow: number): void {
    if (this.tunnels.size >= TUNNELS) this.tunnels.delete(this.tunnels.values().next().value ?? -1);
    this.tunnels.add(flow);
  }

  private named(address: string, source: 'ntlm' | 'netbios', { name, sec }: { name: string; sec: number }): void {
    if (source === 'netbios' && !OWN_SUFFIX.test(name)) return;
    this.name(address, source, name.replace(SUFFIX, ''), sec, address);
  }

  private name(address: string, source: NameSource, name: string, sec: number, by: string): void {
    if (name === '' || name === '*' || name.length > LONGEST || name === address || IPV4.test(name)) return;
    if (address === '' || address === '0.0.0.0' || address === '::') return;
    let sources = this.names.get(address);
    if (!sources) {
      if (this.names.size >= HOSTS) return;
      this.names.set(address, (sources = new Map<NameSource, Map<string, Found>>()));
    }
    let known = sources.get(source);
    if (!known) sources.set(source, (known = new Map<string, Found>()));
    const seen = known.get(name);
    if (seen) {
      seen.first = Math.min(seen.first, sec);
      seen.last = Math.max(seen.last, sec);
    } else if (known.size < NAMES) known.set(name, { first: sec, last: sec, by });
  }
}

function sender({ fromOrig, orig, resp }: ProtocolMessage, hosts: HostTable): string {
  return hosts.address(fromOrig ? orig : resp);
}

function sourceOf(variant: DnsMessage['variant']): NameSource {
  return variant === 'nbns' ? 'netbios' : variant === 'dns' ? 'dns' : 'mdns';
}
