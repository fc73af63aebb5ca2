import { concat } from '../bytes.ts';
import type { Rng } from '../prng.ts';
import { ldap, kerberos, ntlm, rdp, Smb2, SMB2, STATUS } from '../protocols/ad.ts';
import {
  http,
  quicInitial,
  quicServerInitial,
  quicLong,
  quicShort,
  say,
  send,
  SSH_CLIENTS,
  sshOpen,
  sshPassword,
  tlsExchange,
  withBulk,
} from '../protocols/apps.ts';
import { TLS_CLIENTS, tlsHandshake, type TlsClient } from '../protocols/tls.ts';
import { certificate } from '../protocols/x509.ts';
import { Bytes, Joined, type Content } from '../sim/content.ts';
import type { Host } from '../sim/hosts.ts';
import type { Tag } from '../sim/labels.ts';
import type { Process } from '../sim/queue.ts';
import { BENIGN, MS, SECOND, type Sim } from '../sim/sim.ts';
import { connect, type Message, type TcpOptions } from '../sim/tcp.ts';
import { udpPort, type Network, type Site } from './network.ts';

export const AGENTS: Readonly<Record<string, string>> = {
  chromium:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
  safari:
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
  android:
    'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
};

/** The browser of a machine. */
export const browserOf = (h: Host, rng: Rng): string =>
  h.os === 'apple' ? 'safari' : h.os === 'android' ? 'android' : rng.chance(0.75) ? 'chromium' : 'firefox';

const lossOf = (rng: Rng): number => (rng.chance(0.15) ? 0.004 : 0);

/** One page: the document, then parallel connections for its parts; sizes heavy-tailed. */
export function visit(net: Network, client: Host, site: Site, time: number, browser: string, scale = 1): void {
  const { sim } = net;
  const rng = sim.rng;
  const tlsClient = TLS_CLIENTS[browser] ?? TLS_CLIENTS['chromium']!;
  let t = net.arpFor(client, net.router, time);
  site.names.forEach((name, k) => {
    if (k > 0 && rng.chance(0.35)) return;
    const server = site.servers[k]!;
    const at = net.resolve(client, name, server, t) + (k > 0 ? rng.exp(40) * MS : 0);
    if (k === 0) t = at + 60 * MS;
    const v6 = client.ip6 !== undefined && server.ip6 !== undefined && rng.chance(0.45);
    const requests = 1 + Math.floor(rng.pareto(1, 1.1, 14));
    if (site.cleartext) {
      connect(sim, at, client, server, 80, {
        v6,
        loss: lossOf(rng),
        script: pageScript(sim, name, AGENTS[browser] ?? 'Mozilla/5.0', requests, scale),
        ending: rng.pick(['fin', 'server-fin', 'fin4']),
      });
      return;
    }
    const turns = Array.from({ length: requests }, (_, i): [number, number, number] => [
      rng.int(90, 900),
      Math.floor(rng.pareto(1800, 1.15, 900_000) * scale),
      i === 0 ? 1 : rng.exp(350),
    ]);
    connect(sim, at, client, server, 443, {
      v6,
      loss: lossOf(rng),
      script: tlsExchange(
        sim,
        { client: tlsClient, sni: name, chain: site.chain, tls13: site.tls13, chosen: 'h2' },
        turns,
      ),
      ending: rng.weighted([
        ['fin', 60],
        ['fin4', 15],
        ['rst', 12],
        ['server-fin', 13],
      ]),
      linger: rng.exp(8) * SECOND,
    });
  });
}

function* pageScript(sim: Sim, name: string, agent: string, requests: number, scale: number): Generator<Message, void> {
  for (let i = 0; i < requests; i++) {
    const media = i > 0 && sim.rng.chance(0.6);
    const size = Math.floor(sim.rng.pareto(media ? 3000 : 1500, 1.2, 600_000) * scale);
    yield* http(sim, {
      host: name,
      path: i === 0 ? '/' : media ? `/img/${sim.rng.text(8)}.webp` : `/assets/${sim.rng.text(6)}.css`,
      agent,
      status: sim.rng.chance(0.03) ? '404 Not Found' : '200 OK',
      responseType: media ? 'image/webp' : 'text/html; charset=utf-8',
      responseBody: media
        ? size
        : '<!doctype html><html><head><title>Page</title></head><body>' +
          '<p>Lorem ipsum dolor sit amet</p>'.repeat(Math.min(400, size >> 5)) +
          '</body></html>',
      thinkMs: i === 0 ? 0.5 : sim.rng.exp(120),
      serverMs: 4 + sim.rng.exp(25),
    });
  }
}

/** A TLS conversation with a named service: turns of [up, down, wait ms]. */
export function tlsTalk(
  net: Network,
  client: Host,
  site: Site,
  name: string,
  server: Host,
  time: number,
  kind: string,
  turns: readonly (readonly [number, number, number])[],
  o: TcpOptions & { port?: number; resolve?: boolean; alpn?: readonly string[] } = {},
): void {
  const at = o.resolve === false ? time : net.resolve(client, name, server, time, o.tag ? { tag: o.tag } : {});
  const tlsClient: TlsClient = TLS_CLIENTS[kind] ?? TLS_CLIENTS['chromium']!;
  connect(net.sim, at, client, server, o.port ?? 443, {
    script: tlsExchange(
      net.sim,
      { client: tlsClient, sni: name, chain: site.chain, tls13: site.tls13, ...(o.alpn ? { alpn: o.alpn } : {}) },
      turns,
    ),
    ...o,
  });
}

/** Video over TLS: a segment of media every few seconds, fetched as fast as the line allows. */
export function videoStream(net: Network, client: Host, site: Site, time: number, seconds: number, kbps: number): void {
  const rng = net.sim.rng;
  const turns: [number, number, number][] = [];
  for (let s = 0; s < seconds; s += 5)
    turns.push([
      rng.int(400, 700),
      Math.floor(((kbps * 5 * 1000) / 8) * rng.range(0.6, 1.4)),
      s === 0 ? 5 : 4200 + rng.exp(500),
    ]);
  tlsTalk(net, client, site, site.names[0]!, site.servers[0]!, time, browserOf(client, rng), turns, {
    v6: rng.chance(0.5),
    rateDown: net.spec.lineMbps * 1e6 * 0.7,
  });
}

/** One side's RTP packets, each in the place of the last: four of video, one of audio. */
class RtpPacket implements Content {
  length = 0;
  private readonly sim: Sim;
  private readonly ssrc: Uint8Array;
  private n: number;

  constructor(sim: Sim) {
    this.sim = sim;
    this.ssrc = sim.rng.bytes(4);
    this.n = sim.rng.int(0, 30000);
  }

  next(): this {
    const n = (this.n = (this.n + 1) & 0xffff);
    this.length = 12 + (n % 5 === 0 ? 172 : 640 + ((n * 37) % 460));
    return this;
  }

  copyInto(target: Uint8Array, at: number, _from: number, count: number): void {
    const { n, ssrc } = this;
    const o = (n * 1237) % this.sim.pool.size;
    target.set(this.sim.pool.data.subarray(o, o + count - 12), at + 12);
    target[at] = 0x80;
    target[at + 1] = n % 5 === 0 ? 111 : 96;
    target[at + 2] = n >> 8;
    target[at + 3] = n & 255;
    target[at + 4] = 0;
    target[at + 5] = (n >> 4) & 255;
    target[at + 6] = (n << 4) & 255;
    target[at + 7] = 0;
    for (let i = 0; i < 4; i++) target[at + 8 + i] = ssrc[i]!;
  }
}

class MediaStream implements Process {
  private readonly sim: Sim;
  private readonly a: Host;
  private readonly b: Host;
  private readonly v6: boolean;
  private readonly sport: number;
  private readonly dport: number;
  private readonly until: number;
  private readonly make: (from: 0 | 1) => Content;
  private readonly gaps: readonly [number, number];
  private next: [number, number];

  constructor(
    sim: Sim,
    a: Host,
    b: Host,
    v6: boolean,
    sport: number,
    dport: number,
    until: number,
    perSecond: readonly [number, number],
    make: (from: 0 | 1) => Content,
  ) {
    this.sim = sim;
    this.a = a;
    this.b = b;
    this.v6 = v6;
    this.sport = sport;
    this.dport = dport;
    this.until = until;
    this.make = make;
    this.gaps = [SECOND / perSecond[0], SECOND / perSecond[1]];
    this.next = [sim.now, sim.now + b.rtt];
  }

  step(): number {
    const side = this.next[0] <= this.next[1] ? 0 : 1;
    const payload = this.make(side);
    if (side === 0) this.sim.udp(this.a, this.b, this.v6, this.sport, this.dport, payload);
    else this.sim.udp(this.b, this.a, this.v6, this.dport, this.sport, payload);
    this.next[side] += this.gaps[side]! * this.sim.rng.range(0.9, 1.1);
    const t = Math.min(this.next[0], this.next[1]);
    return t > this.until ? -1 : t;
  }
}

/** A video call: RTP both ways over UDP. */
export function videoCall(
  net: Network,
  client: Host,
  server: Host,
  time: number,
  seconds: number,
  perSecond: number,
  tag: Tag = BENIGN,
): void {
  const { sim } = net;
  sim.at(time, () => {
    const sport = udpPort(client);
    sim.label(tag, 17, client.ip4, server.ip4, sport, 3478);
    const rtp = [new RtpPacket(sim), new RtpPacket(sim)] as const;
    const make = (from: 0 | 1): Content => rtp[from].next();
    sim.start(
      sim.now,
      new MediaStream(
        sim,
        client,
        server,
        false,
        sport,
        3478,
        sim.now + seconds * SECOND,
        [perSecond, perSecond * 1.3],
        make,
      ),
    );
  });
}

/** QUIC to a web site: Initial, server flight, then short-header packets. */
export function quicVisit(net: Network, client: Host, site: Site, time: number, packets: number, gapMs: number): void {
  const { sim } = net;
  const server = site.servers[0]!;
  const at = net.resolve(client, site.names[0]!, server, net.arpFor(client, net.router, time));
  sim.at(at, () => {
    const sport = udpPort(client);
    const v6 = client.ip6 !== undefined && sim.rng.chance(0.5);
    const [dcid, scid, other] = [sim.rng.bytes(8), sim.rng.bytes(8), sim.rng.bytes(8)];
    sim.label(BENIGN, 17, v6 ? client.ip6! : client.ip4, v6 ? server.ip6! : server.ip4, sport, 443);
    function* talk(): Generator<number, void> {
      sim.udp(client, server, v6, sport, 443, quicInitial(sim, site.names[0]!, dcid, scid));
      yield sim.now + server.rtt + 2 * MS;
      sim.udp(server, client, v6, 443, sport, quicServerInitial(sim, dcid, scid, other));
      sim.udp(server, client, v6, 443, sport, quicLong(sim, 2, scid, other, 1200));
      sim.udp(server, client, v6, 443, sport, quicLong(sim, 2, scid, other, 700));
      yield sim.now + client.rtt + 1 * MS;
      sim.udp(client, server, v6, sport, 443, quicLong(sim, 2, other, scid, 120));
      const up = quicShort(other);
      const down = quicShort(scid);
      for (let left = packets; left > 0;) {
        yield sim.now + sim.rng.exp(gapMs) * MS;
        sim.udp(client, server, v6, sport, 443, new Joined([new Bytes(up), sim.cipher(sim.rng.int(40, 320))]));
        const burst = Math.min(left, 1 + Math.floor(sim.rng.pareto(2, 1.2, 60)));
        yield sim.now + server.rtt + 4 * MS;
        for (let i = 0; i < burst; i++) {
          sim.udp(
            server,
            client,
            v6,
            443,
            sport,
            new Joined([new Bytes(down), sim.cipher(i === burst - 1 ? sim.rng.int(60, 1200) : 1240)]),
          );
          yield sim.now + (1260 * 8 * SECOND) / server.rate;
          if (i % 6 === 5) sim.udp(client, server, v6, sport, 443, new Joined([new Bytes(up), sim.cipher(28)]));
        }
        left -= burst;
      }
    }
    sim.spawn(sim.now, talk());
  });
}

const DOMAIN = 'CONTOSO-HQ';
const FILE_SERVER = 'FILESERVER';

/** SMB2: negotiate, NTLM logon, a share, then reads and writes of files. `ok: false` is a wrong password. */
export function* smbScript(
  sim: Sim,
  o: {
    user: string;
    workstation: string;
    share: string;
    ok?: boolean;
    files?: readonly { name: string; size: number; write?: boolean }[];
    pipe?: boolean;
    thinkMs?: number;
  },
): Generator<Message, void> {
  const smb = new Smb2(sim.rng);
  yield say(0, smb.negotiate(), 0.2);
  yield say(1, smb.negotiated(), 0.5);
  yield say(0, smb.setup(ntlm.negotiate()), 0.5);
  yield say(1, smb.setupReply(ntlm.challenge(sim.rng, DOMAIN, FILE_SERVER), STATUS.MORE_PROCESSING), 0.6);
  yield say(0, smb.setup(ntlm.authenticate(sim.rng, DOMAIN, o.user, o.workstation)), 0.7);
  if (o.ok === false) {
    yield say(1, smb.setupReply(new Uint8Array(0), STATUS.LOGON_FAILURE), 3);
    return;
  }
  yield say(1, smb.setupReply(new Uint8Array(0), 0), 2);
  yield say(0, smb.treeConnect(o.share), 0.4);
  yield say(1, smb.treeConnected(o.pipe), 0.5);
  for (const file of o.files ?? []) {
    yield say(0, smb.create(file.name), o.thinkMs ?? 20);
    yield say(1, smb.created(file.write ? 0 : file.size), 1);
    const block = 1048576;
    for (let at = 0; at < file.size; at += block) {
      const n = Math.min(block, file.size - at);
      if (file.write) {
        yield send(0, withBulk(sim, smb.writeHead(at, n), n), 0.3);
        yield say(1, smb.written(n), 2);
      } else {
        yield say(0, smb.read(at, n), 0.3);
        yield send(1, withBulk(sim, smb.readHead(n), n), 1.5);
      }
    }
    yield say(0, smb.close(), 3);
    yield say(1, smb.closed(), 0.4);
  }
  yield say(0, smb.logoff(), 200);
  yield say(1, smb.loggedOff(), 0.4);
}
export const SMB_COMMAND = SMB2;

const REALM = 'CONTOSO-HQ.LOCAL';
/** A Kerberos exchange over TCP: an AS (with its preauthentication round) or a TGS. */
export function* kerberosScript(
  sim: Sim,
  user: string,
  step: 'as-probe' | 'as' | 'as-wrong' | 'unknown-user' | 'tgs',
  service: readonly string[] = ['cifs', 'files'],
  etype = 18,
): Generator<Message, void> {
  const k = { realm: REALM, user };
  const time = '20260310090000Z';
  if (step === 'tgs') {
    yield say(0, kerberos.tgsRequest(sim.rng, k, service, etype === 23 ? [23] : [18, 17, 23]), 0.3);
    yield say(1, kerberos.tgsReply(sim.rng, k, service, etype), 1);
    return;
  }
  yield say(0, kerberos.asRequest(sim.rng, k, step === 'as' || step === 'as-wrong'), 0.3);
  if (step === 'as') yield say(1, kerberos.asReply(sim.rng, k), 1.5);
  else yield say(1, kerberos.error(sim.rng, k, step === 'as-probe' ? 25 : step === 'as-wrong' ? 24 : 6, time), 1);
}

/** LDAP: SASL bind, a few searches, unbind. */
export function* ldapScript(sim: Sim, searches: number): Generator<Message, void> {
  let id = 1;
  yield say(0, ldap.search(id, '', 'objectClass', undefined), 0.3);
  yield say(
    1,
    concat(
      ldap.entry(id, '', { defaultNamingContext: 'DC=contoso-hq,DC=local', dnsHostName: 'dc1.contoso-hq.local' }),
      ldap.done(id),
    ),
    0.5,
  );
  yield say(0, ldap.saslBind(++id, ntlm.negotiate()), 0.5);
  yield say(1, ldap.bindResponse(id), 1);
  for (let i = 0; i < searches; i++) {
    yield say(
      0,
      ldap.search(++id, 'DC=contoso-hq,DC=local', 'sAMAccountName', `user${sim.rng.int(1, 60)}`),
      sim.rng.exp(30),
    );
    yield say(
      1,
      concat(
        ldap.entry(id, `CN=User ${id},OU=Staff,DC=contoso-hq,DC=local`, {
          cn: `User ${id}`,
          mail: `user${id}@contoso-hq.local`,
        }),
        ldap.done(id),
      ),
      1,
    );
  }
  yield say(0, ldap.unbind(++id), 5);
}

/** RDP: negotiation, TLS, then screen updates and keystrokes for `seconds`. `tries`: NLA failures end it at once. */
export function* rdpScript(
  sim: Sim,
  user: string,
  o: { seconds?: number; ok?: boolean; name?: string },
): Generator<Message, void> {
  yield say(0, rdp.request(user), 0.4);
  yield say(1, rdp.confirm(), 3);
  const chain = [
    certificate(sim.rng.fork('rdp'), { cn: o.name ?? 'SRV1', issuer: o.name ?? 'SRV1', names: [o.name ?? 'SRV1'] }),
  ];
  const tls13 = yield* tlsHandshake(sim, {
    client: TLS_CLIENTS['schannel']!,
    sni: o.name ?? '',
    chain,
    tls13: false,
    alpn: [],
  });
  // CredSSP: three messages, then a session or a refusal.
  yield send(0, sim.tlsData(57, tls13), 1);
  yield send(1, sim.tlsData(230, tls13), 1);
  yield send(0, sim.tlsData(560, tls13), 1);
  if (o.ok === false) {
    yield send(1, sim.tlsData(30, tls13), 8);
    return;
  }
  yield send(1, sim.tlsData(90, tls13), 8);
  yield send(0, sim.tlsData(420, tls13), 2);
  yield send(1, sim.tlsData(600, tls13), 30);
  for (let t = 0; t < (o.seconds ?? 60);) {
    const gap = sim.rng.exp(0.9);
    t += gap;
    yield send(0, sim.tlsData(sim.rng.int(20, 80), tls13), gap * 1000);
    yield send(1, sim.tlsData(Math.floor(sim.rng.pareto(300, 1.2, 30_000)), tls13), 20);
  }
}

/** SSH: interactive keystrokes for `seconds`, or a copy of `upload` bytes. */
export function* sshScript(
  sim: Sim,
  client: string,
  o: { seconds?: number; upload?: number; wrong?: number },
): Generator<Message, void> {
  yield* sshOpen(sim, SSH_CLIENTS[client] ?? SSH_CLIENTS['openssh']!);
  for (let i = 0; i < (o.wrong ?? 0); i++) yield* sshPassword(sim, false, 3000);
  yield* sshPassword(sim, true, 8);
  yield send(0, sim.cipher(112), 3);
  yield send(1, sim.cipher(500), 6);
  if (o.upload) {
    for (let left = o.upload; left > 0; left -= 2_000_000) {
      yield send(0, sim.cipher(Math.min(left, 2_000_000)), 1);
      yield send(1, sim.cipher(36), 1);
    }
    return;
  }
  for (let t = 0; t < (o.seconds ?? 60);) {
    const gap = sim.rng.chance(0.06) ? sim.rng.exp(8) : 0.08 + sim.rng.exp(0.14);
    t += gap;
    yield send(0, sim.cipher(36), gap * 1000);
    yield send(1, sim.cipher(sim.rng.chance(0.08) ? Math.floor(sim.rng.pareto(200, 1.1, 12_000)) : 36), 0.6);
  }
}
