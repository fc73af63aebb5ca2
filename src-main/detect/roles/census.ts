/**
 * Counts what hosts of ours do, as flows end and DHCP is spoken, for the roles that follow from it (`judge.ts`). At most
 * `HOSTS` hosts are told apart, those that have been quiet longest are forgotten first. A flow costs two look-ups.
 */
import type { FlowBatch } from '../../meter/flows/types.ts';
import { contains, ourNetworks, parseAddress, type Network } from '../../../src-shared/domain/network.ts';
import { CONN_STATES } from '../../meter/flows/types.ts';
import type { HostTable } from '../../meter/hosts.ts';
import type { DhcpMessage } from '../../meter/protocols/types.ts';
import { BoundedMap, BoundedSet } from '../behaviours/common/bounded.ts';
import type { NetworkView, Observations } from '../types.ts';
import { networkOf } from './networks.ts';
import { HostWork, type Service } from './work.ts';

const HOSTS = 4096;
const ROUTERS = 64;
const CLIENTS = 1024;
const TCP = 6;
const UDP = 17;
const DHCP_ACK = 5;

/** Ports by IANA's registry; what a service says of itself counts beside. */
const BY_PORT: ReadonlyMap<number, Service> = new Map<number, Service>([
  [53, 'dns'],
  [853, 'dns'],
  ...[25, 110, 143, 465, 587, 993, 995].map((port) => [port, 'mail'] as const),
  [88, 'kerberos'],
  ...[389, 636, 3268, 3269].map((port) => [port, 'ldap'] as const),
  [1080, 'proxy'],
  [3128, 'proxy'],
]);
const BY_NAME: ReadonlyMap<string, Service> = new Map<string, Service>([
  ['dns', 'dns'],
  ['smtp', 'mail'],
  ['imap', 'mail'],
  ['pop3', 'mail'],
  ['ldap_tcp', 'ldap'],
  ['ldap_udp', 'ldap'],
  ['socks', 'proxy'],
]);
/** How nDPI's names call what goes through a proxy of the web. */
const BY_APP: ReadonlyMap<string, Service> = new Map([['HTTP_Connect', 'proxy' as const]]);
/**
 * SSH, SMB, NFS, AFP, rsync, NDMP and what Bacula, NetBackup, Veeam, Proxmox and UrBackup use by their manuals: how files
 * come to a backup server.
 */
const FILE_PORTS: ReadonlySet<number> = new Set([
  22, 139, 445, 548, 873, 1556, 2049, 2500, 6106, 8007, 9101, 9102, 9103, 9392, 10_000, 10_001, 13_724, 13_782, 55_414,
  55_415,
]);
/** Neighbours ask each other there by the same protocol as name servers: NetBIOS, mDNS, LLMNR. */
const NEIGHBOURLY: ReadonlySet<number> = new Set([137, 5353, 5355]);
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443, 8080, 8443]);

const UNANSWERED: ReadonlySet<string> = new Set(['REJ', 'RSTOS0', 'RSTRH', 'S0', 'SH', 'SHR']);
const ANSWERED = CONN_STATES.map((state) => !UNANSWERED.has(state));

export interface CensusOptions {
  hosts: HostTable;
  network: NetworkView;
  /** Named as ours; none: the private ones are. */
  networks?: readonly string[] | undefined;
}

export class RoleCensus {
  readonly hosts: HostTable;
  /** By host id. */
  readonly work = new BoundedMap<number, HostWork>({ ceiling: HOSTS });
  /** Clients, by their cards, that were told of this way out, by its address. */
  readonly routers = new Map<string, BoundedSet<string>>();
  /** As they were named. */
  readonly named: readonly string[];
  private readonly ours: readonly Network[];
  private readonly network: NetworkView;

  constructor({ hosts, network, networks = [] }: CensusOptions) {
    this.named = networks;
    this.ours = ourNetworks(networks);
    this.hosts = hosts;
    this.network = network;
  }

  observe({ messages, flows, now }: Observations): void {
    for (const message of messages) if (message.kind === 'dhcp' && message.type === DHCP_ACK) this.leased(message, now);
    this.ended(flows, now);
  }

  /** A machine of ours: no group of them, and none without an address. */
  isOurs(host: number): boolean {
    const { network } = this;
    return host !== 0 && network.isLocal(host) && !network.isMulticast(host) && !network.isBroadcast(host);
  }

  /** Of an address that may not have spoken: a way out is often known by name alone. */
  private isOurAddress(address: string): boolean {
    const bytes = networkOf(address) === null ? null : parseAddress(address);
    return bytes !== null && this.ours.some((network) => contains(network, bytes));
  }

  private of(host: number, now: number): HostWork {
    return this.work.obtain(host, now, () => new HostWork());
  }

  /** Clients are counted by their cards: they have no address before. */
  private leased({ fromOrig, orig, resp, clientMac, routers }: DhcpMessage, now: number): void {
    const sender = fromOrig ? orig : resp;
    const card = Number.parseInt(clientMac.replaceAll(':', ''), 16);
    if (!Number.isSafeInteger(card)) return;
    if (this.isOurs(sender)) this.of(sender, now).serve('dhcp', card);
    for (const address of routers) {
      // Whoever hands out addresses may name anything.
      if (!this.isOurAddress(address)) continue;
      let told = this.routers.get(address);
      if (!told && this.routers.size < ROUTERS) this.routers.set(address, (told = new BoundedSet(CLIENTS)));
      told?.add(clientMac);
    }
  }

  private ended(flows: FlowBatch, now: number): void {
    const c = flows.columns;
    for (let row = 0; row < flows.count; row++) {
      const [orig, resp] = [c.origHost[row]!, c.respHost[row]!];
      if (orig === 0 || resp === 0) continue;
      const [from, to] = [this.isOurs(orig), this.isOurs(resp)];
      const heard = c.respPkts[row]! > 0 && ANSWERED[c.connState[row]!]!;
      if (to && heard) this.served(flows, row, now);
      if (from && to) this.between(flows, row, heard, now);
      else if (from && heard && c.proto[row] === TCP && WEB_PORTS.has(c.respPort[row]!) && this.isOutside(resp))
        this.of(orig, now).outside.add(resp);
    }
  }

  private isOutside(host: number): boolean {
    return !this.network.isLocal(host) && !this.network.isMulticast(host);
  }

  private served({ columns: c, meta }: FlowBatch, row: number, now: number): void {
    const proto = c.proto[row]!;
    if ((proto !== TCP && proto !== UDP) || NEIGHBOURLY.has(c.respPort[row]!)) return;
    const { service = '', app = '' } = meta[row] ?? {};
    const named = service
      .split(',')
      .map((name) => BY_NAME.get(name))
      .find((each) => each !== undefined);
    const known = BY_APP.get(app) ?? named ?? BY_PORT.get(c.respPort[row]!);
    if (known === undefined) return;
    // Of UDP each answer is a datagram; a connection counts once.
    const count = known === 'dns' && proto === UDP ? c.respPkts[row]! : 1;
    this.of(c.respHost[row]!, now).serve(known, c.origHost[row]!, count);
  }

  private between({ columns: c }: FlowBatch, row: number, heard: boolean, now: number): void {
    const [orig, resp, port] = [c.origHost[row]!, c.respHost[row]!, c.respPort[row]!];
    const bytes = c.origIpBytes[row]! + c.respIpBytes[row]!;
    this.of(orig, now).ask(resp, port, c.sec[row]!, heard, bytes);
    if (!heard || c.proto[row] !== TCP || !FILE_PORTS.has(port)) return;
    const [out, back] = [c.origIpBytes[row]!, c.respIpBytes[row]!];
    this.of(orig, now).move(resp, back, out);
    this.of(resp, now).move(orig, out, back);
  }
}
