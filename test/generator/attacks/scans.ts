import { arp, ethernet, frame, icmp, ipv4 } from '../frames.ts';
import { ping } from '../models/background.ts';
import { say } from '../protocols/apps.ts';
import { dnsMessage } from '../protocols/dns.ts';
import { snmp } from '../protocols/lan.ts';
import type { Host } from '../sim/hosts.ts';
import { MS, SECOND } from '../sim/sim.ts';
import { ACK, connect, FIN, PSH, SYN, URG } from '../sim/tcp.ts';
import {
  absent,
  answer,
  cast,
  COMMON_PORTS,
  insider,
  MSS_OPTION,
  outsider,
  probe,
  series,
  server,
  type Scenario,
  type Scene,
} from './context.ts';

const portList = (s: Scene, count: number): number[] => {
  const ports = COMMON_PORTS.slice(0, count);
  for (let p = 1; ports.length < count && p < 65536; p++) if (!COMMON_PORTS.includes(p)) ports.push(p);
  return s.rng.shuffle(ports);
};

function openPorts(h: Host): readonly number[] {
  if (h.name === 'dc1') return [53, 88, 135, 139, 389, 445, 3389];
  if (h.name === 'files1') return [135, 139, 445, 3389];
  return h.os === 'embedded' ? [80, 515, 631, 9100] : [22, 80, 443];
}

function scan(flags: number, o: { slow?: boolean; inside?: boolean }): Scenario {
  return (s) => {
    const from = o.inside === false ? outsider(s) : insider(s, 1);
    const to = server(s, s.heldOut ? 'intranet' : 'files1', 'nas');
    const syn = flags === SYN;
    const count = Math.max(30, Math.round((o.slow ? 120 : s.heldOut ? 600 : 1000) * s.intensity));
    const ports = portList(s, count);
    const open = openPorts(to);
    cast(s, [from], [to], `${count} ports`);
    const base = s.rng.int(33000, 60000);
    const gap = o.slow ? (s.length * 0.95) / count : (s.heldOut ? 20 : 8) * MS;
    s.net.arpFor(from, to, s.start - MS);
    series(
      s,
      count,
      () => s.rng.range(0.5, 1.5) * gap,
      (i) => {
        const port = ports[i]!;
        const sport = s.heldOut ? base : base + (i % 3);
        const seq = probe(s, from, to, port, {
          sport,
          flags,
          ...(syn ? { options: MSS_OPTION } : {}),
          ttl: 37 + (i % 20),
        });
        if (syn) answer(s, from, to, sport, port, seq, open.includes(port) ? 'open' : 'closed');
        else if (flags === ACK || !open.includes(port)) {
          s.sim.at(s.sim.now + to.rtt, () => {
            if (flags === ACK) s.sim.wire.tcp(to, from, false, port, sport, 0, 0, 4, 0);
            else s.sim.wire.tcp(to, from, false, port, sport, 0, (seq + (flags & FIN ? 1 : 0)) >>> 0, 20, 0);
            s.sim.emit();
          });
        }
      },
    );
  };
}

const connectScan: Scenario = (s) => {
  const from = insider(s, 1);
  const to = server(s, 'intranet', 'nas');
  const count = Math.max(30, Math.round(500 * s.intensity));
  const ports = portList(s, count);
  const open = openPorts(to);
  cast(s, [from], [to], `${count} ports, full connections`);
  series(
    s,
    count,
    () => s.rng.exp(12) * MS,
    (i) => {
      const port = ports[i]!;
      connect(s.sim, s.sim.now, from, to, port, {
        tag: s.tag,
        opening: open.includes(port) ? 'accepted' : 'refused',
        ending: 'rst',
        tries: 1,
      });
    },
  );
};

const udpScan: Scenario = (s) => {
  const from = insider(s, 1);
  const to = server(s, 'intranet', 'nas');
  const count = Math.max(30, Math.round(300 * s.intensity));
  const ports = portList(s, count);
  const sport = s.rng.int(40000, 60000);
  cast(s, [from], [to], `${count} UDP ports`);
  series(
    s,
    count,
    () => s.rng.range(0.6, 1.4) * 60 * MS,
    (i) => {
      const port = ports[i]!;
      s.sim.label(s.tag, 17, from.ip4, to.ip4, sport, port);
      const payload =
        port === 53
          ? dnsMessage({ id: 0, flags: 0x1000 })
          : port === 161
            ? snmp({ pdu: 0xa0, community: 'public', requestId: 1, count: 1 })
            : new Uint8Array(i % 2 ? 0 : 40);
      s.sim.udp(from, to, false, sport, port, payload);
      if (port === 53 || port === 161) return;
      const quoted = s.sim.wire.buffer.slice(14, Math.min(s.sim.wire.length, 14 + 20 + 8 + payload.length));
      s.sim.at(s.sim.now + to.rtt + MS, () => {
        s.sim.label(s.tag, 1, to.ip4, from.ip4, 3, 3);
        s.sim.emitFrame(
          frame(
            ethernet({ src: to.mac, dst: from.mac, pad: true }),
            ipv4({ src: to.ip4, dst: from.ip4, ttl: to.ttl, tos: 0xc0 }),
            icmp({ type: 3, code: 3 }),
            quoted,
          ),
        );
      });
    },
  );
};

/** Every address of the local network, in order or not, whoever is there answers. */
function sweepTargets(s: Scene): Host[] {
  const count = Math.max(12, Math.min(254, Math.round(254 * Math.min(1, s.intensity))));
  const known = new Map(s.net.hosts.map((h) => [h.ip4[3]!, h]));
  const all = Array.from({ length: count }, (_, i) => known.get(i + 1) ?? absent(s, i + 1));
  return s.heldOut ? s.rng.shuffle(all) : all;
}

const tcpSweep: Scenario = (s) => {
  const from = insider(s, 2);
  const targets = sweepTargets(s).filter((h) => h !== from);
  const port = s.heldOut ? 3389 : 445;
  cast(s, [from], [], `port ${port} on ${targets.length} addresses`);
  series(
    s,
    targets.length,
    () => s.rng.exp(40) * MS,
    (i) => {
      const to = targets[i]!;
      const there = !to.name.startsWith('absent');
      if (!there) {
        // An address nobody has is asked for by ARP and never reached.
        arpProbe(s, from, to);
        return;
      }
      connect(s.sim, s.sim.now, from, to, port, {
        tag: s.tag,
        opening: openPorts(to).includes(port) ? 'accepted' : 'refused',
        ending: 'rst',
        tries: 1,
      });
    },
  );
  // And many addresses elsewhere, by way of the router.
  series(
    s,
    Math.round(120 * s.intensity),
    () => s.rng.exp(60) * MS,
    () => {
      connect(s.sim, s.sim.now, from, s.net.remote('swept', {}, s.rng), port, {
        tag: s.tag,
        opening: s.rng.chance(0.9) ? 'dead' : 'refused',
        tries: 1,
      });
    },
  );
};

function arpProbe(s: Scene, from: Host, to: Host): void {
  s.sim.label(s.tag, 0, from.ip4, to.ip4, 0, 0);
  s.sim.emitFrame(
    frame(
      ethernet({ src: from.mac, dst: 'ff:ff:ff:ff:ff:ff', pad: true }),
      arp({ op: 1, senderMac: from.mac, senderIp: from.ip4, targetIp: to.ip4 }),
    ),
  );
}

const udpSweep: Scenario = (s) => {
  const from = outsider(s);
  const known = new Map(s.net.hosts.map((h) => [h.ip4[3]!, h]));
  const count = Math.round(254 * Math.min(1, Math.max(0.1, s.intensity)));
  const port = s.heldOut ? 5060 : 161;
  const sport = s.rng.int(30000, 60000);
  cast(s, [from], [], `UDP ${port} on ${count} addresses`);
  const payload =
    port === 161
      ? snmp({ pdu: 0xa0, community: 'public', requestId: 77, count: 1 })
      : new TextEncoder().encode(
          'OPTIONS sip:100@1.1.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:100@1.1.1.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n',
        );
  series(
    s,
    count,
    () => s.rng.exp(30) * MS,
    (i) => {
      const to = known.get(i + 1) ?? absent(s, i + 1);
      s.sim.label(s.tag, 17, from.ip4, to.ip4, sport, port);
      s.sim.udp(from, to, false, sport, port, payload);
    },
  );
};

const icmpSweep: Scenario = (s) => {
  const from = insider(s, 2);
  const targets = sweepTargets(s).filter((h) => h !== from);
  cast(s, [from], [], `${targets.length} addresses pinged`);
  series(
    s,
    targets.length,
    () => s.rng.exp(15) * MS,
    (i) => {
      const to = targets[i]!;
      const there = !to.name.startsWith('absent');
      if (!there && i % 2 === 0) arpProbe(s, from, to);
      else ping(s.sim, from, to, s.sim.now, 1, { size: 0, lost: !there, tag: s.tag });
    },
  );
};

const arpSweep: Scenario = (s) => {
  const from = insider(s, 2);
  const targets = sweepTargets(s).filter((h) => h !== from);
  cast(s, [from], [], `${targets.length} addresses asked for by ARP`);
  series(
    s,
    targets.length,
    () => s.rng.exp(8) * MS,
    (i) => {
      const to = targets[i]!;
      arpProbe(s, from, to);
      if (to.name.startsWith('absent')) return;
      s.sim.at(s.sim.now + to.rtt, () =>
        s.sim.emitFrame(
          frame(
            ethernet({ src: to.mac, dst: from.mac, pad: true }),
            arp({ op: 2, senderMac: to.mac, senderIp: to.ip4, targetMac: from.mac, targetIp: from.ip4 }),
          ),
        ),
      );
    },
  );
};

/** Operating-system probes: odd flag combinations and echo requests at one open and one closed port. */
const osProbes: Scenario = (s) => {
  const from = insider(s, 3);
  const to = server(s, 'intranet', 'nas');
  cast(s, [from], [to], 'operating-system probes');
  const sets = [
    MSS_OPTION,
    Uint8Array.of(3, 3, 10, 1, 2, 4, 5, 0xb4, 8, 10, 255, 255, 255, 255, 0, 0, 0, 0, 4, 2),
    Uint8Array.of(2, 4, 5, 0x78, 3, 3, 0, 4, 2, 8, 10, 255, 255, 255, 255, 0, 0, 0, 0, 0),
  ];
  const flags = [SYN, SYN, SYN, SYN | 64 | 128, 0, SYN | FIN | PSH | URG, ACK, SYN, ACK, FIN | PSH | URG];
  const rounds = Math.max(1, Math.round(3 * s.intensity));
  series(
    s,
    rounds * flags.length,
    () => 100 * MS * s.rng.range(0.8, 1.2),
    (i) => {
      const f = flags[i % flags.length]!;
      const port = i % flags.length >= 7 ? 1 : 443;
      const sport = 40000 + i;
      const seq = probe(s, from, to, port, {
        sport,
        flags: f,
        options: sets[i % 3]!,
        window: [1, 63, 4, 4, 128, 256, 1024, 31337, 32768, 65535][i % 10]!,
      });
      if (f & SYN && !(f & FIN)) answer(s, from, to, sport, port, seq, port === 443 ? 'open' : 'closed');
      if (i % flags.length === 4) ping(s.sim, from, to, s.sim.now + MS, 1, { size: 120, tag: s.tag });
    },
  );
};

/** Service probes: banners grabbed and protocols tried on every open port of several machines. */
const serviceProbes: Scenario = (s) => {
  const from = s.heldOut ? outsider(s) : insider(s, 3);
  const targets = ['dc1', 'files1', 'intranet', 'backup1', 'nas', 'tv'].flatMap((n) =>
    s.net.byName.has(n) ? [s.net.named(n)] : [],
  );
  cast(s, [from], targets, 'banner grabbing');
  const texts = [
    'GET / HTTP/1.0\r\n\r\n',
    'OPTIONS / HTTP/1.0\r\n\r\n',
    '\r\n\r\n',
    'HELP\r\n',
    'OPTIONS / RTSP/1.0\r\n\r\n',
    'EHLO probe\r\n',
  ];
  const list = targets.flatMap((to) => openPorts(to).flatMap((port) => texts.map((text) => ({ to, port, text }))));
  const count = Math.max(8, Math.round(list.length * Math.min(1, s.intensity)));
  series(
    s,
    Math.min(count, list.length),
    () => s.rng.exp(180) * MS,
    (i) => {
      const { to, port, text } = list[i]!;
      function* script(): Generator<ReturnType<typeof say>, void> {
        yield say(0, text, 2);
        if (port === 22)
          yield say(1, 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2\r\nInvalid SSH identification string.\r\n', 3);
        else if (port === 80)
          yield say(
            1,
            'HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
            3,
          );
      }
      connect(s.sim, s.sim.now, from, to, port, {
        tag: s.tag,
        script: script(),
        ending: s.rng.pick(['server-fin', 'rst', 'server-rst']),
        linger: 200 * MS,
      });
    },
  );
};

/** The answers of a server flooded elsewhere by packets that claimed our addresses: nobody here or there attacks us. */
const backscatter: Scenario = (s) => {
  const victim = s.net.remote('flooded', {}, s.rng);
  cast(s, [], [victim], 'answers to a flood that claimed our addresses');
  const count = Math.round(900 * s.intensity);
  series(
    s,
    count,
    () => s.rng.exp((s.length / count) * 0.8),
    () => {
      const to = absent(s, s.rng.int(1, 254));
      const from = { ...victim };
      const sport = s.rng.pick([80, 443, 80]);
      const flags = s.rng.weighted([
        [SYN | ACK, 60],
        [20, 40],
      ]);
      probe(s, from, to, s.rng.int(1024, 65535), {
        sport,
        flags,
        ack: s.rng.u32(),
        window: flags & SYN ? 64240 : 0,
        ...(flags & SYN ? { options: MSS_OPTION } : {}),
      });
    },
  );
};

/** A second monitor that checks every host each minute: regular and known, not hostile. */
const monitorSweep: Scenario = (s) => {
  const from = server(s, 'monitor1', 'nas');
  const targets = s.net.hosts.filter((h) => h !== from);
  cast(s, [from], [], 'monitoring of every host');
  const rounds = Math.max(1, Math.floor(s.length / (60 * SECOND)));
  series(
    s,
    rounds,
    () => 60 * SECOND,
    () => {
      targets.forEach((to, i) =>
        s.sim.at(s.sim.now + i * 150 * MS, () => {
          ping(s.sim, from, to, s.sim.now, 1, { tag: s.tag });
          if (openPorts(to).includes(443))
            connect(s.sim, s.sim.now + 20 * MS, from, to, 443, { tag: s.tag, ending: 'fin' });
        }),
      );
    },
  );
};

export const SCANS: Readonly<Record<string, Readonly<Record<string, Scenario>>>> = {
  'port-scan': {
    syn: scan(SYN, {}),
    'syn-outside': scan(SYN, { inside: false }),
    'syn-slow': scan(SYN, { slow: true }),
    connect: connectScan,
    fin: scan(FIN, {}),
    null: scan(0, {}),
    xmas: scan(FIN | PSH | URG, {}),
    ack: scan(ACK, {}),
    udp: udpScan,
  },
  'host-sweep': { tcp: tcpSweep, udp: udpSweep, icmp: icmpSweep, arp: arpSweep },
  fingerprinting: { os: osProbes, service: serviceProbes },
};

export const SCAN_LOOKALIKES: Readonly<Record<string, Scenario>> = { backscatter, 'monitor-sweep': monitorSweep };
