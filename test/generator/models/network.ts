import { concat, ip6, mac } from '../bytes.ts';
import { arp, ethernet } from '../frames.ts';
import { frame } from '../frames/stack.ts';
import type { Rng } from '../prng.ts';
import {
  aaaaRecord,
  aRecord,
  dnsMessage,
  DNS_TYPE,
  httpsRecord,
  nameRecord,
  soaRecord,
  type DnsRecord,
} from '../protocols/dns.ts';
import { certificate } from '../protocols/x509.ts';
import { ephemeral, host, type Host, type HostSpec, type Os } from '../sim/hosts.ts';
import type { Tag } from '../sim/labels.ts';
import { BENIGN, MS, SECOND, type Sim } from '../sim/sim.ts';

/** A service on the internet: its names, where it is and what its TLS looks like. */
export interface Site {
  readonly domain: string;
  readonly names: readonly string[];
  readonly servers: readonly Host[];
  readonly chain: readonly Uint8Array[];
  readonly tls13: boolean;
  readonly cleartext: boolean;
}

const WORDS_A =
  'harbor paper north silver maple river stone cloud bright green union metro market daily open prime summit cedar coral pixel'.split(
    ' ',
  );
const WORDS_B =
  'lane cast point works media press desk trade mail shop news cloud bank travel board store line space forge hub'.split(
    ' ',
  );
const ENDINGS = ['com', 'com', 'com', 'net', 'org', 'io', 'de', 'co.uk', 'eu'];
const PREFIXES = [
  ['www', 'cdn', 'api'],
  ['www', 'static'],
  ['www', 'img', 'api', 'metrics'],
  ['app', 'assets'],
  ['www'],
];
const FIRST_OCTETS = [
  13, 20, 23, 34, 35, 40, 44, 52, 54, 62, 65, 74, 78, 81, 85, 91, 93, 95, 104, 108, 138, 142, 151, 157, 162, 178, 185,
  188, 193, 195, 199, 204, 207, 212, 216,
];

export const OUI: Readonly<Record<string, string>> = {
  dell: 'd4:be:d9',
  hp: '3c:d9:2b',
  apple: 'a4:83:e7',
  lenovo: '54:ee:75',
  samsung: '8c:79:f5',
  espressif: '24:0a:c4',
  brother: '00:80:77',
  synology: '00:11:32',
  vmware: '00:50:56',
  ubiquiti: '24:a4:3c',
  avm: 'c8:0e:14',
  hikvision: '44:19:b6',
  raspberry: 'b8:27:eb',
  intel: '8c:16:45',
};

export interface NetworkSpec {
  /** First three octets of the local network. */
  prefix: string;
  /** First 64 bits of the IPv6 prefix, as text before `::`. */
  prefix6: string;
  domain: string;
  routerVendor: string;
  sites: number;
  /** Milliseconds from here to a near server. */
  baseRtt: number;
  /** Internet line, Mbit/s. */
  lineMbps: number;
}

/** A local network, its router, its resolver and the internet behind them. */
export class Network {
  readonly sim: Sim;
  readonly spec: NetworkSpec;
  readonly rng: Rng;
  readonly router: Host;
  readonly sites: Site[] = [];
  readonly hosts: Host[] = [];
  readonly byName = new Map<string, Host>();
  /** Who answers DNS for the local machines; the router unless a server takes over. */
  resolver: Host;
  readonly upstream: Host;
  private readonly caches = new Map<Host, Map<string, number>>();
  private readonly arpKnown = new Map<string, number>();
  private counter = 0;

  constructor(sim: Sim, spec: NetworkSpec) {
    this.sim = sim;
    this.spec = spec;
    this.rng = sim.rng.fork('network');
    this.router = this.add('router', 1, spec.routerVendor, 'linux');
    this.resolver = this.router;
    this.upstream = this.remote('resolver', { rttMs: 9 });
    for (let i = 0; i < spec.sites; i++) this.sites.push(this.makeSite(i));
  }

  /** Adds a local machine with the last octet given. */
  add(name: string, last: number, vendor: string, os: Os, o: Partial<HostSpec> = {}): Host {
    const n = ++this.counter;
    const tail = this.sim.rng.fork(`mac-${name}-${last}`).bytes(3);
    const address = mac(concat(mac(`${OUI[vendor] ?? '02:00:00'}:00:00:00`).subarray(0, 3), tail));
    const h = host({
      name,
      mac: address,
      ip4: `${this.spec.prefix}.${last}`,
      ip6:
        os === 'embedded'
          ? undefined
          : concat(ip6(`${this.spec.prefix6}::`).subarray(0, 8), [0, 0, 0, 0, 0, 0, last >> 8, last & 255]),
      os,
      rttMs: 0.15 + (n % 7) * 0.02,
      mbps: 940,
      seed: n * 131 + this.spec.sites,
      ...o,
    });
    this.hosts.push(h);
    this.byName.set(name, h);
    return h;
  }

  named(name: string): Host {
    const h = this.byName.get(name);
    if (h === undefined) throw new RangeError(`no host ${name}`);
    return h;
  }

  /** A random public address. */
  publicAddress(rng = this.rng): Uint8Array {
    return Uint8Array.of(rng.pick(FIRST_OCTETS), rng.int(1, 254), rng.int(0, 255), rng.int(1, 254));
  }

  /** A machine on the internet: seen with the router's MAC address. */
  remote(name: string, o: Partial<HostSpec> = {}, rng = this.rng): Host {
    const rtt = o.rttMs ?? this.spec.baseRtt + rng.exp(18);
    const six = concat(
      [0x2a, 0x00 + rng.int(1, 15), rng.int(0, 255), rng.int(0, 255)],
      [0, 0, 0, rng.int(0, 255), 0, 0, 0, 0],
      rng.bytes(4),
    );
    return host({
      name,
      mac: this.router.mac,
      ip4: this.publicAddress(rng),
      ip6: six,
      os: rng.chance(0.85) ? 'linux' : 'windows',
      rttMs: rtt,
      local: false,
      hops: rng.int(6, 16),
      mbps: this.spec.lineMbps,
      seed: rng.int(0, 60000),
      ...o,
    });
  }

  private makeSite(i: number): Site {
    const rng = this.rng.fork(`site-${i}`);
    const domain = `${rng.pick(WORDS_A)}${rng.pick(WORDS_B)}${i > 60 ? i : ''}.${rng.pick(ENDINGS)}`;
    const names = rng.pick(PREFIXES).map((p) => `${p}.${domain}`);
    const issuer = rng.pick(['R11', 'E6', 'WE1', 'Global TLS RSA4096 SHA256 2022 CA1', 'Trusted Server CA G2']);
    const intermediate = certificate(rng, {
      cn: issuer,
      organisation: 'Example Trust Services',
      issuer: 'Example Root X1',
      issuerOrganisation: 'Example Trust Services',
      ca: true,
    });
    return {
      domain,
      names,
      servers: names.map((n, k) => this.remote(n, {}, rng.fork(`server-${k}`))),
      chain: [
        certificate(rng, {
          cn: domain,
          names: [domain, `*.${domain}`],
          issuer,
          issuerOrganisation: 'Example Trust Services',
        }),
        intermediate,
      ],
      tls13: rng.chance(0.72),
      cleartext: rng.chance(0.06),
    };
  }

  /** A site by Zipf popularity. */
  popular(rng: Rng): Site {
    const n = this.sites.length;
    return (
      this.sites[Math.min(n - 1, Math.floor(n ** rng.float()) - (n > 1 && rng.chance(0.5) ? 1 : 0))] ?? this.sites[0]!
    );
  }

  /** ARP before talking to a neighbour, as caches expire. Returns when the answer is there. */
  arpFor(from: Host, to: Host, time: number): number {
    const key = `${from.name}>${to.name}`;
    const known = this.arpKnown.get(key);
    if (known !== undefined && known > time) return time;
    this.arpKnown.set(key, time + 60 * SECOND + (from.ipId % 240) * SECOND);
    this.sim.at(time, () => {
      this.sim.label(BENIGN, 0, from.ip4, to.ip4, 0, 0);
      this.sim.emitFrame(
        frame(
          ethernet({ src: from.mac, dst: 'ff:ff:ff:ff:ff:ff', pad: true }),
          arp({ op: 1, senderMac: from.mac, senderIp: from.ip4, targetIp: to.ip4 }),
        ),
      );
      this.sim.at(this.sim.now + to.rtt, () =>
        this.sim.emitFrame(
          frame(
            ethernet({ src: to.mac, dst: from.mac, pad: true }),
            arp({ op: 2, senderMac: to.mac, senderIp: to.ip4, targetMac: from.mac, targetIp: from.ip4 }),
          ),
        ),
      );
    });
    return time + to.rtt + 0.3 * MS;
  }

  /** One DNS question to a server and its answer; returns when it is answered. */
  query(
    client: Host,
    server: Host,
    time: number,
    name: string,
    type: number,
    answers: readonly DnsRecord[],
    o: {
      rcode?: number;
      tag?: Tag;
      delayMs?: number;
      edns?: number;
      v6?: boolean;
      authority?: readonly DnsRecord[];
      lost?: boolean;
    } = {},
  ): number {
    const { sim } = this;
    const delay = (o.delayMs ?? 0.4) * MS;
    const v6 = (o.v6 ?? false) && client.ip6 !== undefined && server.ip6 !== undefined;
    sim.at(time, () => {
      const sport = sim.rng.int(49200, 64900);
      const id = sim.rng.int(0, 65535);
      const questions = [{ name, type }];
      sim.label(o.tag ?? BENIGN, 17, v6 ? client.ip6! : client.ip4, v6 ? server.ip6! : server.ip4, sport, 53);
      sim.udp(client, server, v6, sport, 53, dnsMessage({ id, questions, ...(o.edns ? { edns: o.edns } : {}) }));
      if (o.lost) return;
      sim.at(sim.now + server.rtt + delay, () => {
        const authority = o.authority ?? (answers.length === 0 ? [soaRecord(name.split('.').slice(-2).join('.'))] : []);
        sim.udp(
          server,
          client,
          v6,
          53,
          sport,
          dnsMessage({
            id,
            response: true,
            rcode: o.rcode ?? 0,
            questions,
            answers,
            authority,
            ...(o.edns ? { edns: o.edns } : {}),
          }),
        );
      });
    });
    return time + server.rtt + delay;
  }

  /** Resolves as a client does, with caches at the client and the resolver. Returns when the address is known. */
  resolve(
    client: Host,
    name: string,
    target: Host | undefined,
    time: number,
    o: { tag?: Tag; ttl?: number } = {},
  ): number {
    const { sim } = this;
    const cache = this.cacheOf(client);
    if ((cache.get(name) ?? -1) > time) return time;
    const ttl = o.ttl ?? sim.rng.pick([60, 120, 300, 300, 600, 3600]);
    cache.set(name, time + ttl * SECOND);
    let delay = 0.3 + sim.rng.exp(0.3);
    let ready = this.resolver.local ? this.arpFor(client, this.resolver, time) : time;
    const shared = this.cacheOf(this.resolver);
    const answers: DnsRecord[] = target === undefined ? [] : [aRecord(name, target.ip4, ttl)];
    if (target !== undefined && !target.local && sim.rng.chance(0.3)) {
      const alias = `${name.split('.').slice(-2)[0]!}-edge.${this.sites[0]?.domain ?? 'example.net'}`;
      answers.unshift(nameRecord(name, DNS_TYPE.CNAME, alias, 300));
      answers[1] = aRecord(alias, target.ip4, ttl);
    }
    const rcode = target === undefined ? 3 : 0;
    if (this.resolver.local && !(target?.local ?? false) && !((shared.get(name) ?? -1) > time)) {
      shared.set(name, time + ttl * SECOND);
      const asked = ready + this.resolver.rtt + 0.2 * MS;
      const upstreamDelay = 1 + sim.rng.exp(20);
      this.query(this.resolver, this.upstream, asked, name, 1, answers, {
        delayMs: upstreamDelay,
        edns: 1232,
        rcode,
        ...(o.tag ? { tag: o.tag } : {}),
      });
      delay += (this.upstream.rtt + upstreamDelay * MS) / MS + 0.5;
    }
    const options = { delayMs: delay, rcode, ...(o.tag ? { tag: o.tag } : {}), v6: client.os === 'apple' };
    const answered = this.query(client, this.resolver, ready, name, DNS_TYPE.A, answers, options);
    if (target !== undefined && client.os !== 'embedded') {
      const six = target.ip6 !== undefined && !target.local ? [aaaaRecord(name, target.ip6, ttl)] : [];
      this.query(client, this.resolver, ready + 0.15 * MS, name, DNS_TYPE.AAAA, six, options);
      if ((client.os === 'apple' || client.os === 'android') && !target.local)
        this.query(
          client,
          this.resolver,
          ready + 0.2 * MS,
          name,
          DNS_TYPE.HTTPS,
          six.length ? [httpsRecord(name, ['h3', 'h2'])] : [],
          options,
        );
    }
    ready = answered + client.rtt;
    return ready + 0.3 * MS;
  }

  private cacheOf(h: Host): Map<string, number> {
    let cache = this.caches.get(h);
    if (cache === undefined) {
      cache = new Map();
      this.caches.set(h, cache);
    }
    if (cache.size > 4000) cache.clear();
    return cache;
  }
}

/** An ephemeral UDP port; multicast groups as pseudo-hosts. */
export const udpPort = (h: Host): number => ephemeral(h);
export const groupHost = (address: string, group: string): Host =>
  host({
    name: address,
    mac: group,
    ip4: address.includes(':') ? '0.0.0.0' : address,
    ...(address.includes(':') ? { ip6: address } : {}),
    rttMs: 0,
  });
export const BROADCAST = host({ name: 'broadcast', mac: 'ff:ff:ff:ff:ff:ff', ip4: '255.255.255.255', rttMs: 0 });
export const MDNS = groupHost('224.0.0.251', '01:00:5e:00:00:fb');
export const MDNS6 = groupHost('ff02::fb', '33:33:00:00:00:fb');
export const SSDP = groupHost('239.255.255.250', '01:00:5e:7f:ff:fa');
export const LLMNR = groupHost('224.0.0.252', '01:00:5e:00:00:fc');
