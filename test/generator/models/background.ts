import { printScript } from './mail-and-files.ts';
import { concat } from '../bytes.ts';
import {
  ethernet,
  frame,
  hopByHop,
  icmp6,
  icmpEcho,
  igmp3Report,
  ipv4,
  ipv6,
  mld2Report,
  neighbourAdvertisement,
  neighbourSolicitation,
  ROUTER_ALERT,
} from '../frames.ts';
import { http, say } from '../protocols/apps.ts';
import {
  aRecord,
  dnsMessage,
  DNS_TYPE,
  nameRecord,
  nbnsQuery,
  reverseName,
  srvRecord,
  txtRecord,
} from '../protocols/dns.ts';
import { dhcp, DHCP, mqtt, ntp, routerAdvertisement, snmp, ssdpNotify, ssdpSearch } from '../protocols/lan.ts';
import type { Host } from '../sim/hosts.ts';
import { BENIGN, MS, SECOND, type Sim } from '../sim/sim.ts';
import { connect, type Message } from '../sim/tcp.ts';
import type { Tag } from '../sim/labels.ts';
import { sshScript, tlsTalk } from './apps.ts';
import { BROADCAST, LLMNR, MDNS, MDNS6, SSDP, udpPort, type Network, type Site } from './network.ts';

/** Calls `act` again and again with gaps drawn by `gap` (ns), from a random start. */
export function repeat(sim: Sim, first: number, gap: () => number, act: () => void): void {
  function* run(): Generator<number, void> {
    for (;;) {
      act();
      yield sim.now + Math.max(1, gap());
    }
  }
  sim.spawn(first, run());
}

/** ICMP echo and its answers. `size` payload bytes; `lost` leaves the answers out. */
export function ping(
  sim: Sim,
  from: Host,
  to: Host,
  time: number,
  count: number,
  o: {
    size?: number;
    gap?: number;
    lost?: boolean;
    tag?: Tag;
    payload?: (n: number, reply: boolean) => Uint8Array;
  } = {},
): void {
  sim.at(time, () => {
    const id = sim.rng.int(1, 65535);
    sim.label(o.tag ?? BENIGN, 1, from.ip4, to.ip4, 8, 0);
    for (let n = 0; n < count; n++) {
      sim.at(sim.now + n * (o.gap ?? SECOND), () => {
        const data =
          o.payload?.(n, false) ??
          Uint8Array.from({ length: o.size ?? 56 }, (_, i) => (i < 8 ? (sim.now / 2 ** (8 * i)) & 255 : i + 8));
        sim.emitFrame(
          frame(
            ethernet({ src: from.mac, dst: to.mac, pad: true }),
            ipv4({ src: from.ip4, dst: to.ip4, ttl: from.ttl, id: (from.ipId = (from.ipId + 1) & 0xffff) }),
            icmpEcho({ id, sequence: n + 1 }),
            data,
          ),
        );
        if (o.lost) return;
        const back = o.payload?.(n, true) ?? data;
        sim.at(sim.now + to.rtt, () =>
          sim.emitFrame(
            frame(
              ethernet({ src: to.mac, dst: from.mac, pad: true }),
              ipv4({ src: to.ip4, dst: from.ip4, ttl: to.ttl, id: (to.ipId = (to.ipId + 1) & 0xffff), df: false }),
              icmpEcho({ id, sequence: n + 1, reply: true }),
              back,
            ),
          ),
        );
      });
    }
  });
}

/** A clock that asks a time server on a beat. */
export function ntpClient(net: Network, h: Host, server: Host, first: number, every: number): void {
  const { sim } = net;
  repeat(
    sim,
    first,
    () => every * sim.rng.range(0.98, 1.02),
    () => {
      const sport = sim.rng.chance(0.5) ? 123 : udpPort(h);
      const seconds = sim.options.startSeconds + Math.floor(sim.now / SECOND);
      sim.label(BENIGN, 17, h.ip4, server.ip4, sport, 123);
      sim.udp(h, server, false, sport, 123, ntp(3, seconds));
      sim.at(sim.now + server.rtt + 0.1 * MS, () => sim.udp(server, h, false, 123, sport, ntp(4, seconds)));
    },
  );
}

/** A DHCP renewal (unicast request and acknowledgement), or the whole four-message exchange. */
export function dhcpExchange(net: Network, h: Host, server: Host, time: number, full: boolean): void {
  const { sim } = net;
  sim.at(time, () => {
    const xid = sim.rng.u32();
    const common = { xid, clientMac: h.mac, hostname: h.name };
    const answer = {
      ...common,
      yourIp: h.ip4,
      server: server.ip4,
      router: net.router.ip4,
      dns: net.resolver.ip4,
      leaseSeconds: 86400,
    };
    const parameters =
      h.os === 'windows'
        ? [1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252]
        : h.os === 'apple'
          ? [1, 121, 3, 6, 15, 108, 114, 119, 252]
          : [1, 28, 2, 3, 15, 6, 12];
    const vendor =
      h.os === 'windows' ? { vendorClass: 'MSFT 5.0' } : h.os === 'android' ? { vendorClass: 'android-dhcp-14' } : {};
    if (!full) {
      sim.label(BENIGN, 17, h.ip4, server.ip4, 68, 67);
      sim.udp(
        h,
        server,
        false,
        68,
        67,
        dhcp({ type: DHCP.REQUEST, ...common, clientIp: h.ip4, parameters, ...vendor }),
      );
      sim.at(sim.now + 1.5 * MS, () =>
        sim.udp(server, h, false, 67, 68, dhcp({ type: DHCP.ACK, ...answer, clientIp: h.ip4 })),
      );
      return;
    }
    const nobody: Host = { ...h, ip4: Uint8Array.of(0, 0, 0, 0) };
    sim.label(BENIGN, 17, nobody.ip4, BROADCAST.ip4, 68, 67);
    sim.udp(
      nobody,
      BROADCAST,
      false,
      68,
      67,
      dhcp({ type: DHCP.DISCOVER, ...common, requestedIp: h.ip4, parameters, ...vendor }),
    );
    sim.at(sim.now + 2 * MS, () => {
      sim.label(BENIGN, 17, server.ip4, h.ip4, 67, 68);
      sim.udp(server, h, false, 67, 68, dhcp({ type: DHCP.OFFER, ...answer }));
    });
    sim.at(sim.now + 4 * MS, () =>
      sim.udp(
        nobody,
        BROADCAST,
        false,
        68,
        67,
        dhcp({ type: DHCP.REQUEST, ...common, requestedIp: h.ip4, server: server.ip4, parameters, ...vendor }),
      ),
    );
    sim.at(sim.now + 6 * MS, () => sim.udp(server, h, false, 67, 68, dhcp({ type: DHCP.ACK, ...answer })));
  });
}

/** Router advertisements, neighbour discovery between machines and the router, MLD and IGMP joins. */
export function ipv6Background(net: Network): void {
  const { sim, router } = net;
  const rng = sim.rng;
  const allNodes = 'ff02::1';
  repeat(
    sim,
    rng.range(0, 200) * SECOND,
    () => rng.range(200, 600) * SECOND,
    () => {
      const ra = routerAdvertisement(concat(router.ip6!.subarray(0, 8), new Uint8Array(8)), router.mac);
      sim.label(BENIGN, 58, router.linkLocal!, Uint8Array.from([0xff, 2, ...Array<number>(13).fill(0), 1]), 134, 0);
      sim.emitFrame(
        frame(
          ethernet({ src: router.mac, dst: '33:33:00:00:00:01' }),
          ipv6({ src: router.linkLocal!, dst: allNodes, hopLimit: 255 }),
          icmp6({ type: 134, rest: ra.rest }),
          ra.body,
        ),
      );
    },
  );
  for (const h of net.hosts) {
    if (h === router || h.ip6 === undefined || h.linkLocal === undefined) continue;
    repeat(
      sim,
      rng.range(1, 120) * SECOND,
      () => rng.exp(90) * SECOND,
      () => {
        sim.label(BENIGN, 58, h.linkLocal!, router.linkLocal!, 135, 136);
        sim.emitFrame(
          frame(
            ethernet({ src: h.mac, dst: router.mac }),
            ipv6({ src: h.linkLocal!, dst: router.linkLocal!, hopLimit: 255 }),
            neighbourSolicitation(router.linkLocal!, h.mac),
          ),
        );
        sim.at(sim.now + router.rtt, () =>
          sim.emitFrame(
            frame(
              ethernet({ src: router.mac, dst: h.mac }),
              ipv6({ src: router.linkLocal!, dst: h.linkLocal!, hopLimit: 255 }),
              neighbourAdvertisement(router.linkLocal!, router.mac, { router: true, solicited: true }),
            ),
          ),
        );
      },
    );
    sim.at(rng.range(0, 300) * SECOND, () => {
      sim.label(BENIGN, 58, h.linkLocal!, Uint8Array.from([0xff, 2, ...Array<number>(13).fill(0), 0x16]), 143, 0);
      sim.emitFrame(
        frame(
          ethernet({ src: h.mac, dst: '33:33:00:00:00:16' }),
          ipv6({ src: h.linkLocal!, dst: 'ff02::16', hopLimit: 1 }),
          hopByHop({ options: ROUTER_ALERT }),
          mld2Report(['ff02::fb', 'ff02::1:3']),
        ),
      );
    });
    sim.at(rng.range(0, 300) * SECOND, () => {
      sim.label(BENIGN, 2, h.ip4, Uint8Array.of(224, 0, 0, 22), 0, 0);
      sim.emitFrame(
        frame(
          ethernet({ src: h.mac, dst: '01:00:5e:00:00:16', pad: true }),
          ipv4({ src: h.ip4, dst: '224.0.0.22', ttl: 1, options: [0x94, 4, 0, 0] }),
          igmp3Report(['224.0.0.251']),
        ),
      );
    });
  }
}

/** mDNS, SSDP, LLMNR and NBNS chatter of a machine. */
export function discovery(net: Network, h: Host): void {
  const { sim } = net;
  const rng = sim.rng;
  const multicast = (group: Host, v6: boolean, port: number, payload: Uint8Array, sport = port): void => {
    sim.label(BENIGN, 17, v6 ? h.ip6! : h.ip4, v6 ? group.ip6! : group.ip4, sport, port);
    sim.udp(h, group, v6, sport, port, payload);
  };
  if (h.os === 'apple' || h.os === 'linux' || h.os === 'android' || h.os === 'embedded') {
    const service = rng.pick(['_airplay._tcp.local', '_ipp._tcp.local', '_googlecast._tcp.local', '_smb._tcp.local']);
    repeat(
      sim,
      rng.range(1, 300) * SECOND,
      () => rng.exp(240) * SECOND,
      () => {
        multicast(
          MDNS,
          false,
          5353,
          dnsMessage({
            id: 0,
            flags: 0,
            questions: [
              { name: service, type: DNS_TYPE.PTR },
              { name: `${h.name}.local`, type: 255 },
            ],
          }),
        );
        if (h.ip6)
          multicast(
            MDNS6,
            true,
            5353,
            dnsMessage({ id: 0, flags: 0, questions: [{ name: service, type: DNS_TYPE.PTR }] }),
          );
      },
    );
    if (h.os !== 'android') {
      repeat(
        sim,
        rng.range(1, 400) * SECOND,
        () => rng.exp(500) * SECOND,
        () =>
          multicast(
            MDNS,
            false,
            5353,
            dnsMessage({
              id: 0,
              flags: 0x8400,
              answers: [
                nameRecord(service, 12, `${h.name}.${service}`, 4500),
                srvRecord(`${h.name}.${service}`, 445, `${h.name}.local`),
                txtRecord(`${h.name}.${service}`, 'model=1', 4500),
                aRecord(`${h.name}.local`, h.ip4, 120),
              ],
            }),
          ),
      );
    }
  }
  if (h.os === 'windows') {
    repeat(
      sim,
      rng.range(1, 120) * SECOND,
      () => rng.exp(180) * SECOND,
      () => {
        const sport = udpPort(h);
        for (let i = 0; i < 4; i++)
          sim.at(sim.now + i * SECOND, () =>
            i === 0
              ? multicast(SSDP, false, 1900, ssdpSearch(), sport)
              : sim.udp(h, SSDP, false, sport, 1900, ssdpSearch()),
          );
      },
    );
    repeat(
      sim,
      rng.range(1, 400) * SECOND,
      () => rng.exp(500) * SECOND,
      () => {
        const name = rng.pick(['wpad', 'printer', 'oldserver', `desktop-${rng.text(5)}`]);
        const sport = udpPort(h);
        multicast(
          LLMNR,
          false,
          5355,
          dnsMessage({ id: rng.int(0, 65535), flags: 0, questions: [{ name, type: 1 }] }),
          sport,
        );
        const broadcast: Host = { ...BROADCAST, ip4: Uint8Array.of(...h.ip4.subarray(0, 3), 255) };
        sim.label(BENIGN, 17, h.ip4, broadcast.ip4, 137, 137);
        for (let i = 0; i < 3; i++)
          sim.at(sim.now + i * 750 * MS, () => sim.udp(h, broadcast, false, 137, 137, nbnsQuery(0x8000 + i, name)));
      },
    );
  }
  if (h.os === 'embedded') {
    repeat(
      sim,
      rng.range(1, 600) * SECOND,
      () => 900 * SECOND,
      () => multicast(SSDP, false, 1900, ssdpNotify(`http://${h.ip4.join('.')}:80/desc.xml`), udpPort(h)),
    );
  }
}

/** A small device that reports home: TLS, MQTT or HTTP on a steady beat to one or two peers. */
export function iotDevice(net: Network, h: Host, site: Site, style: 'tls' | 'mqtt' | 'http', seconds: number): void {
  const { sim } = net;
  const rng = sim.rng;
  const server = site.servers[0]!;
  const name = `iot.${site.domain}`;
  if (style === 'mqtt') {
    connect(sim, net.resolve(h, name, server, rng.range(1, 30) * SECOND), h, server, 1883, {
      script: mqttScript(sim, h.name, seconds),
      ending: 'none',
    });
    return;
  }
  repeat(
    sim,
    rng.range(1, seconds) * SECOND,
    () => seconds * rng.range(0.97, 1.03) * SECOND,
    () => {
      const at = net.resolve(h, name, server, net.arpFor(h, net.router, sim.now), { ttl: 300 });
      if (style === 'tls')
        tlsTalk(net, h, site, name, server, at, 'mbedtls', [[rng.int(180, 260), rng.int(120, 200), 3]], {
          resolve: false,
          ending: 'fin',
        });
      else
        connect(sim, at, h, server, 80, {
          script: http(sim, {
            method: 'POST',
            host: name,
            path: '/v1/telemetry',
            agent: 'esp-http-client/1.0',
            headers: ['Content-Type: application/json'],
            body: `{"id":"${h.name}","t":${rng.int(180, 260) / 10},"rssi":-${rng.int(40, 80)}}`,
            responseType: 'application/json',
            responseBody: '{"ok":true}',
          }),
          ending: 'fin',
        });
    },
  );
}

function* mqttScript(sim: Sim, name: string, seconds: number): Generator<Message, void> {
  yield say(0, mqtt.connect(name), 5);
  yield say(1, mqtt.connack(), 8);
  for (;;) {
    yield say(
      0,
      mqtt.publish(`home/${name}/state`, `{"v":${sim.rng.int(100, 999)}}`),
      seconds * 1000 * sim.rng.range(0.98, 1.02),
    );
    if (sim.rng.chance(0.5)) {
      yield say(0, mqtt.ping(), 500);
      yield say(1, mqtt.pong(), 2);
    }
  }
}

/** One monitor polls everybody: an SNMP read and an echo each minute. Looks like a sweep and is not one. */
export function monitoring(net: Network, monitor: Host, targets: readonly Host[], every: number): void {
  const { sim } = net;
  const sport = udpPort(monitor);
  targets.forEach((t, i) => {
    repeat(
      sim,
      sim.rng.range(0, 5) * SECOND + i * 200 * MS,
      () => every,
      () => {
        ping(sim, monitor, t, net.arpFor(monitor, t, sim.now), 2);
        if (t.os !== 'embedded' && t.os !== 'linux') return;
        const id = sim.rng.int(1, 1e9);
        sim.label(BENIGN, 17, monitor.ip4, t.ip4, sport + i, 161);
        sim.udp(
          monitor,
          t,
          false,
          sport + i,
          161,
          snmp({ pdu: 0xa0, community: 'office-ro', requestId: id, count: 9 }),
        );
        sim.at(sim.now + t.rtt + 2 * MS, () =>
          sim.udp(
            t,
            monitor,
            false,
            161,
            sport + i,
            snmp({ pdu: 0xa2, community: 'office-ro', requestId: id, count: 9 }),
          ),
        );
      },
    );
  });
}

/** A system update: a few large downloads over HTTP in ranges, as update services do. */
export function softwareUpdate(net: Network, h: Host, site: Site, time: number, megabytes: number): void {
  const { sim } = net;
  const name = `download.${site.domain}`;
  const server = site.servers[0]!;
  function* script(): Generator<Message, void> {
    for (let left = Math.floor(megabytes * 1e6); left > 0; left -= 4_000_000) {
      yield* http(sim, {
        host: name,
        path: `/filestreaming/${sim.rng.text(16)}?P1=${sim.rng.int(1e8, 9e8)}`,
        agent: 'Microsoft-Delivery-Optimization/10.1',
        headers: [`Range: bytes=0-${Math.min(left, 4e6) - 1}`],
        status: '206 Partial Content',
        responseType: 'application/octet-stream',
        responseBody: Math.min(left, 4_000_000),
        thinkMs: 30,
      });
    }
  }
  connect(sim, net.resolve(h, name, server, net.arpFor(h, net.router, time)), h, server, 80, {
    script: script(),
    ending: 'fin',
  });
}

/** Reverse lookups of a machine that writes logs, some without an answer. */
export function reverseLookups(net: Network, h: Host, every: number): void {
  const { sim } = net;
  repeat(
    sim,
    sim.rng.range(1, 30) * SECOND,
    () => sim.rng.exp(every),
    () => {
      const address = sim.rng.chance(0.5) ? net.publicAddress(sim.rng) : sim.rng.pick(net.hosts).ip4;
      const name = reverseName(address);
      const known = sim.rng.chance(0.6);
      net.query(
        h,
        net.resolver,
        sim.now,
        name,
        DNS_TYPE.PTR,
        known ? [nameRecord(name, DNS_TYPE.PTR, `host-${address.join('-')}.${net.sites[0]!.domain}`)] : [],
        { rcode: known ? 0 : 3, delayMs: 8 + sim.rng.exp(20) },
      );
    },
  );
}

/** Failures of every day: a dead server tried again, a closed port, a name mistyped, a lost DNS answer, a traceroute hop. */
export function everydayFailures(net: Network, hosts: readonly Host[], every: number): void {
  const { sim } = net;
  const rng = sim.rng;
  const gone: Host = { ...net.remote('gone'), rtt: 30 * MS };
  const closed = net.remote('closed');
  repeat(
    sim,
    rng.range(5, 60) * SECOND,
    () => rng.exp(every),
    () => {
      const h = rng.pick(hosts);
      const which = rng.int(0, 4);
      if (which === 0)
        connect(sim, sim.now, h, gone, rng.pick([443, 8443, 5222]), { opening: 'dead', tries: rng.int(3, 5) });
      else if (which === 1) connect(sim, sim.now, h, closed, rng.pick([443, 5228]), { opening: 'refused' });
      else if (which === 2)
        net.resolve(h, `${rng.pick(['ww', 'wwww', 'mial', 'web'])}.${rng.pick(net.sites).domain}`, undefined, sim.now);
      else if (which === 3) {
        const name = rng.pick(net.sites).names[0]!;
        net.query(h, net.resolver, sim.now, name, 1, [], { lost: true });
        net.query(h, net.resolver, sim.now + 2 * SECOND, name, 1, [aRecord(name, net.publicAddress(rng))]);
      } else ping(sim, h, rng.pick(net.sites).servers[0]!, sim.now, rng.int(1, 4), { lost: rng.chance(0.4) });
    },
  );
}

/** A print job, an SSH session, a backup: named so that the models read plainly. */
export const printJob = (net: Network, h: Host, printer: Host, time: number, size: number): void =>
  connect(net.sim, net.arpFor(h, printer, time), h, printer, 9100, {
    script: printScript(net.sim, size),
    ending: 'fin',
  });
export const backup = (net: Network, from: Host, to: Host, time: number, bytes: number): void =>
  connect(net.sim, net.arpFor(from, to, time), from, to, 22, {
    script: sshScript(net.sim, 'openssh', { upload: bytes }),
    ending: 'fin',
  });
