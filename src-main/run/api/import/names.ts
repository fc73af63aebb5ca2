/** Names that hosts were seen under, from messages of protocols: when, and who said so. Bounded. */
import { addressText } from '../../../../src-shared/domain/network.ts';
import { cut } from '../../../meter/protocols/bytes.ts';
import type { CaptureExtras, NameSource } from '../../../keep/store/types.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import type {
  DhcpMessage,
  DnsMessage,
  HttpMessage,
  ProtocolMessage,
  TlsMessage,
} from '../../../meter/protocols/types.ts';
import { NameTable } from './name-table.ts';

/** Clients whose DHCP server has not answered, and letters kept of the name that they say. */
const WAITING = 4096;
const WAITING_NAME = 64;
/** Questions whose answers are awaited: by flow, and by name of those that anyone may answer, whose answers come soon. */
const ASKED = 16_384;
const ASKED_OF_ALL = 4096;
const SOON = 10;
/** Flows that are remembered as tunnels: the oldest are forgotten. */
const TUNNELS = 10_000;
const DHCP = { REQUEST: 3, DECLINE: 4, ACK: 5, NAK: 6, INFORM: 8 } as const;
const A = 1;
const PTR = 12;
const AAAA = 28;
const REVERSE_4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/;
const REVERSE_6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/;
const COMMON_NAME = /(?:^|,)CN=((?:[^,\\]|\\.)+)/;
/** Labels with dots between them, the first of which may stand for any. */
const HOST_NAME = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i;
/** NetBIOS' sixteenth byte: of a host's own names. */
const OWN_SUFFIX = /<(?:00|03|20)>$/;
const SUFFIX = /<[0-9a-f]{2}>$/;
const SERVICE = /(^|\.)_(tcp|udp)(\.|$)/;

/** A client that has said its name, before its server has said which address it gets. */
interface Waiting {
  name: string;
  /** What it asked for, '' when nothing. */
  address: string;
  sec: number;
  by: string;
}

interface Question {
  by: string;
  sec: number;
}

/** Remembers the newest `most`; the oldest is returned as it gives way. */
function remember<K, V>(map: Map<K, V>, key: K, value: V, most: number): V | undefined {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return undefined;
  const [oldest, gone] = map.entries().next().value!;
  map.delete(oldest);
  return gone;
}

export class NameCollector {
  private readonly table = new NameTable();
  /** Questions by flow and number. */
  private readonly asked = new Set<number>();
  /** Questions by multicast and broadcast, by protocol and name. */
  private readonly askedOfAll = new Map<string, Question>();
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
          this.dhcp(message, hosts);
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

  /** Names that were refused or forgotten, as the memory for them is bounded. */
  get refused(): number {
    return this.table.refused;
  }

  result(): Pick<CaptureExtras, 'names'> {
    for (const waiting of this.waiting.values()) this.unanswered(waiting);
    this.waiting.clear();
    return { names: this.table.rows() };
  }

  /** The answer was not seen: a client mostly gets what it asks for. */
  private unanswered({ name, address, sec, by }: Waiting): void {
    this.table.add(address, 'claimed', name, sec, by);
  }

  private dns(message: DnsMessage, hosts: HostTable): void {
    const { response, variant, qname, qtype, addresses, owners, names, besides, sec } = message;
    const by = sender(message, hosts);
    if (!response) return this.question(message, by);
    const wanted = this.wasAsked(message, by);
    const say = (address: string, name: string): void =>
      this.table.add(address, wanted || address === by ? sourceOf(variant) : 'claimed', name, sec, by);
    const asked = reverseAddress(qname);
    if (asked !== '') {
      if (qtype === PTR && names[0] !== undefined) say(asked, names[0]);
      return;
    }
    const isHost = (name: string): boolean => !SERVICE.test(name) && (variant !== 'nbns' || OWN_SUFFIX.test(name));
    const known = (address: string, name: string): void => {
      if (isHost(name)) say(address, name.replace(SUFFIX, ''));
    };
    // The address of an alias' target is that of the name that was asked for; hosts that offer a service have names of their own.
    const isAlias = (owner: string): boolean =>
      isHost(qname) && (qtype === A || qtype === AAAA) && names.includes(owner);
    addresses.forEach((address, i) => {
      const owner = owners?.[i] ?? qname;
      known(address, isAlias(owner) ? qname : owner);
    });
    besides?.addresses.forEach((address, i) => known(address, besides.owners[i]!));
  }

  private question(message: DnsMessage, by: string): void {
    const { variant, qname, sec } = message;
    if (variant === 'dns') {
      this.asked.add(askedBy(message));
      if (this.asked.size > ASKED) this.asked.delete(this.asked.values().next().value!);
    } else remember(this.askedOfAll, `${variant} ${cut(qname, WAITING_NAME)}`, { by, sec }, ASKED_OF_ALL);
  }

  /** Whether somebody else wanted to know; each question of a resolver is answered once. */
  private wasAsked(message: DnsMessage, by: string): boolean {
    const { variant, qname, sec } = message;
    if (variant === 'dns') return this.asked.delete(askedBy(message));
    const question = this.askedOfAll.get(`${variant} ${cut(qname, WAITING_NAME)}`);
    return question !== undefined && question.by !== by && Math.abs(sec - question.sec) <= SOON;
  }

  private dhcp(message: DhcpMessage, hosts: HostTable): void {
    const { type, clientMac, hostname, yourAddress, requested, sec } = message;
    const by = sender(message, hosts);
    const known = this.waiting.get(clientMac);
    if (type === DHCP.REQUEST) {
      const waiting = { name: cut(hostname, WAITING_NAME), address: requested, sec, by };
      const gone = remember(this.waiting, clientMac, waiting, WAITING);
      if (gone) this.unanswered(gone);
    }
    if (type === DHCP.INFORM) this.table.add(requested, requested === by ? 'dhcp' : 'claimed', hostname, sec, by);
    if (type === DHCP.NAK || type === DHCP.DECLINE) this.waiting.delete(clientMac);
    if (type !== DHCP.ACK) return;
    // What a client that has an address asks to be told is not answered with an address.
    const address = yourAddress || (known?.address ?? '');
    this.waiting.delete(clientMac);
    this.table.add(address, known ? 'dhcp' : 'claimed', hostname || (known?.name ?? ''), sec, by);
  }

  private tls(message: TlsMessage, hosts: HostTable): void {
    const { what, sni, subject, names = [], fromOrig, sec } = message;
    const server = hosts.address(message.resp);
    if (what === 'client-hello') this.table.add(server, 'tls', sni, sec, hosts.address(message.orig));
    if (what !== 'certificate' || fromOrig) return;
    const common = COMMON_NAME.exec(subject)?.[1] ?? '';
    for (const name of [common.toLowerCase(), ...names])
      if (HOST_NAME.test(name)) this.table.add(server, 'certificate', name, sec, server);
  }

  /** A proxy is asked with the whole address, or for a tunnel: what is asked for is not its own name. */
  private http(message: HttpMessage, hosts: HostTable): void {
    const { method, uri, host, flow, sec } = message;
    if (method === 'CONNECT') this.tunnel(flow);
    if (host === '' || this.tunnels.has(flow) || /^[a-z]{2,8}:\/\//i.test(uri)) return;
    this.table.add(hosts.address(message.resp), 'http', host.replace(/:\d+$/, ''), sec, hosts.address(message.orig));
  }

  private tunnel(flow: number): void {
    if (this.tunnels.size >= TUNNELS) this.tunnels.delete(this.tunnels.values().next().value ?? -1);
    this.tunnels.add(flow);
  }

  private named(address: string, source: 'ntlm' | 'netbios', { name, sec }: { name: string; sec: number }): void {
    if (source === 'netbios' && !OWN_SUFFIX.test(name)) return;
    this.table.add(address, source, name.replace(SUFFIX, ''), sec, address);
  }
}

/** The address that a name of reverse lookup stands for (RFC 1035, 3.5; RFC 3596, 2.5); '' where it is none. */
function reverseAddress(name: string): string {
  const [, a, b, c, d] = REVERSE_4.exec(name) ?? [];
  if (d !== undefined) return `${d}.${c}.${b}.${a}`;
  const digits = REVERSE_6.exec(name)?.[1];
  if (digits === undefined) return '';
  const hex = digits.split('.').reverse().join('');
  return addressText(Uint8Array.from({ length: 16 }, (_, i) => parseInt(hex.slice(i * 2, i * 2 + 2), 16)));
}

function sender({ fromOrig, orig, resp }: ProtocolMessage, hosts: HostTable): string {
  return hosts.address(fromOrig ? orig : resp);
}

function sourceOf(variant: DnsMessage['variant']): NameSource {
  return variant === 'nbns' ? 'netbios' : variant === 'dns' ? 'dns' : 'mdns';
}

/** One number for a flow's question. */
function askedBy({ flow, id }: DnsMessage): number {
  return flow * 65_536 + id;
}
