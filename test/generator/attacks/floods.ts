import { concat, u16, u32 } from '../bytes.ts';
import { ethernet, frame, icmpEcho, ipv4 } from '../frames.ts';
import { say } from '../protocols/apps.ts';
import { dnsMessage, txtRecord } from '../protocols/dns.ts';
import { snmp, ssdpReply, ssdpSearch } from '../protocols/lan.ts';
import type { Host } from '../sim/hosts.ts';
import { MS, SECOND } from '../sim/sim.ts';
import { connect, SYN, type Message } from '../sim/tcp.ts';
import { cast, insider, MSS_OPTION, outsider, probe, series, server, type Scenario, type Scene } from './context.ts';

const victimOf = (s: Scene): Host => server(s, s.heldOut ? 'files1' : 'intranet', 'nas');
const spoofed = (s: Scene, like: Host): Host => ({
  ...like,
  ip4: s.net.publicAddress(s.rng),
  ipId: s.rng.int(0, 65535),
  ttl: 40 + s.rng.int(0, 80),
});

function synFlood(how: 'one' | 'spoofed' | 'bots'): Scenario {
  return (s) => {
    const to = victimOf(s);
    const from = outsider(s);
    const bots =
      how === 'bots'
        ? Array.from({ length: Math.max(25, Math.round(150 * s.intensity)) }, (_, i) => outsider(s, `bot${i}`))
        : [from];
    const port = s.heldOut ? 443 : 80;
    const rate = (how === 'bots' ? 1500 : 2000) * s.intensity;
    const count = Math.round(rate * Math.min(s.length / SECOND, 20));
    cast(s, how === 'spoofed' ? [] : bots.slice(0, 1000), [to], `${count} SYNs to port ${port}`);
    series(
      s,
      count,
      () => s.rng.exp(SECOND / rate),
      (i) => {
        const source = how === 'spoofed' ? spoofed(s, from) : bots[i % bots.length]!;
        const sport = s.rng.int(1024, 65535);
        const seq = probe(s, source, to, port, {
          sport,
          flags: SYN,
          ...(i % 2 ? { options: MSS_OPTION } : {}),
          window: 512,
        });
        // The backlog fills: after the first second only one SYN in thirty is answered.
        if (s.sim.now - s.start < SECOND || i % 30 === 0) {
          const isn = s.rng.u32();
          s.sim.at(s.sim.now + to.rtt, () => {
            s.sim.wire.tcp(to, source, false, port, sport, isn, (seq + 1) >>> 0, 0x12, 64240, MSS_OPTION);
            s.sim.emit();
          });
        }
      },
    );
  };
}

function udpFlood(many: boolean): Scenario {
  return (s) => {
    const to = victimOf(s);
    const sources = many
      ? Array.from({ length: Math.max(25, Math.round(120 * s.intensity)) }, (_, i) => outsider(s, `bot${i}`))
      : [s.heldOut ? insider(s, 4) : outsider(s)];
    const rate = 2500 * s.intensity;
    const count = Math.round(rate * Math.min(s.length / SECOND, 15));
    cast(s, sources, [to], `${count} datagrams`);
    const ports = sources.map(() => s.rng.int(1024, 65535));
    const labelled = new Set<string>();
    const payload = new Uint8Array(s.heldOut ? 1400 : 512).fill(0x58);
    series(
      s,
      count,
      () => s.rng.exp(SECOND / rate),
      (i) => {
        const k = i % sources.length;
        const dport = s.heldOut ? 443 : 1 + (i % 7) * 1111;
        const key = `${k}:${dport}`;
        if (!labelled.has(key)) {
          labelled.add(key);
          s.sim.label(s.tag, 17, sources[k]!.ip4, to.ip4, ports[k]!, dport);
        }
        s.sim.udp(sources[k]!, to, false, ports[k]!, dport, payload);
      },
    );
  };
}

function icmpFlood(many: boolean): Scenario {
  return (s) => {
    const to = victimOf(s);
    const sources = many ? Array.from({ length: 40 }, (_, i) => outsider(s, `bot${i}`)) : [outsider(s)];
    const rate = 2000 * s.intensity;
    const count = Math.round(rate * Math.min(s.length / SECOND, 15));
    const data = new Uint8Array(s.heldOut ? 1400 : 512).fill(0x61);
    cast(s, sources, [to], `${count} echo requests`);
    for (const from of sources) s.sim.at(s.start, () => s.sim.label(s.tag, 1, from.ip4, to.ip4, 8, 0));
    series(
      s,
      count,
      () => s.rng.exp(SECOND / rate),
      (i) => {
        const from = sources[i % sources.length]!;
        const id = 0x200 + (i % sources.length);
        s.sim.emitFrame(
          frame(
            ethernet({ src: from.mac, dst: to.mac, pad: true }),
            ipv4({ src: from.ip4, dst: to.ip4, ttl: from.ttl, id: i & 0xffff }),
            icmpEcho({ id, sequence: i & 0xffff }),
            data,
          ),
        );
        if (i % 4 !== 0) return;
        s.sim.at(s.sim.now + to.rtt, () =>
          s.sim.emitFrame(
            frame(
              ethernet({ src: to.mac, dst: from.mac, pad: true }),
              ipv4({ src: to.ip4, dst: from.ip4, ttl: to.ttl, id: i & 0xffff }),
              icmpEcho({ id, sequence: i & 0xffff, reply: true }),
              data,
            ),
          ),
        );
      },
    );
  };
}

/** Connections that all open properly and ask for a page: a botnet against a web server. */
const httpBots: Scenario = (s) => {
  const to = victimOf(s);
  const bots = Array.from({ length: Math.max(30, Math.round(100 * s.intensity)) }, (_, i) => outsider(s, `bot${i}`));
  const count = Math.round(4000 * s.intensity);
  cast(s, bots, [to], `${count} page requests from ${bots.length} machines`);
  series(
    s,
    count,
    () => s.rng.exp((20 * SECOND) / count),
    (i) => {
      function* script(): Generator<Message, void> {
        yield say(
          0,
          `GET /?${s.rng.text(8)} HTTP/1.1\r\nHost: www.${s.net.spec.domain}\r\nUser-Agent: Mozilla/5.0\r\nCache-Control: no-cache\r\n\r\n`,
          1,
        );
        if (s.rng.chance(0.4)) yield say(1, 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n', 400);
      }
      connect(s.sim, s.sim.now, bots[i % bots.length]!, to, 80, {
        tag: s.tag,
        script: script(),
        ending: s.rng.pick(['rst', 'server-rst', 'none']),
      });
    },
  );
};

interface Reflector {
  port: number;
  request: () => Uint8Array;
  answer: () => Uint8Array[];
}

/** Many reflectors send large answers to a machine here that asked nothing; some of the forged questions pass here too. */
function amplification(make: (s: Scene) => Reflector): Scenario {
  return (s) => {
    const r = make(s);
    const to = victimOf(s);
    const reflectors = Array.from({ length: Math.max(12, Math.round((s.heldOut ? 25 : 60) * s.intensity)) }, (_, i) =>
      outsider(s, `reflector${i}`),
    );
    const count = Math.round(2500 * s.intensity);
    cast(s, reflectors, [to], `${count} answers from ${reflectors.length} reflectors, port ${r.port}`);
    const dport = s.heldOut ? 80 : s.rng.int(1024, 65000);
    const labelled = new Set<Host>();
    series(
      s,
      count,
      () => s.rng.exp((20 * SECOND) / count),
      () => {
        const from = s.rng.pick(reflectors);
        if (!labelled.has(from)) {
          labelled.add(from);
          s.sim.label(s.tag, 17, from.ip4, to.ip4, r.port, dport);
        }
        for (const payload of r.answer()) s.sim.udp(from, to, false, r.port, dport, payload);
      },
    );
  };
}

/** A resolver here misused as a reflector: forged questions come in, large answers go out to the victim. */
const reflectorHere: Scenario = (s) => {
  const victim = s.net.remote('victim', {}, s.rng);
  const resolver = server(s, 'dc1', 'nas');
  const count = Math.round(2500 * s.intensity);
  cast(s, [resolver], [victim], `${count} forged ANY questions`);
  const sport = s.rng.int(1024, 65000);
  s.sim.at(s.start, () => s.sim.label(s.tag, 17, victim.ip4, resolver.ip4, sport, 53));
  series(
    s,
    count,
    () => s.rng.exp((30 * SECOND) / count),
    () => {
      const id = s.rng.int(0, 65535);
      const questions = [{ name: 'isc-big.example.org', type: 255 }];
      s.sim.udp(victim, resolver, false, sport, 53, dnsMessage({ id, questions, edns: 4096 }));
      s.sim.at(s.sim.now + resolver.rtt, () =>
        s.sim.udp(
          resolver,
          victim,
          false,
          53,
          sport,
          dnsMessage({
            id,
            response: true,
            questions,
            answers: Array.from({ length: 4 }, () => txtRecord('isc-big.example.org', s.rng.text(250))),
            edns: 4096,
          }),
        ),
      );
    },
  );
};

const dnsReflector = (s: Scene): Reflector => {
  const questions = [{ name: 'big.example.org', type: 255 }];
  return {
    port: 53,
    request: () => dnsMessage({ id: 1, questions, edns: 4096 }),
    answer: () => [
      dnsMessage({
        id: s.rng.int(0, 65535),
        response: true,
        questions,
        answers: Array.from({ length: 5 }, () => txtRecord('big.example.org', s.rng.text(240))),
        edns: 4096,
      }),
    ],
  };
};
const ntpReflector = (s: Scene): Reflector => ({
  port: 123,
  request: () => concat([0x17, 0, 3, 0x2a], new Uint8Array(44)),
  answer: () =>
    Array.from({ length: 3 }, (_, i) =>
      concat(
        [0xd7, i & 0x7f, 3, 0x2a],
        u16(6),
        u16(72),
        ...Array.from({ length: 6 }, () =>
          concat(
            u32(10),
            u32(1),
            u32(0),
            u32(s.rng.int(1, 9999)),
            s.rng.bytes(4),
            s.rng.bytes(4),
            u32(1),
            [0, 123, 7, 4],
            u32(0),
            new Uint8Array(36),
          ),
        ),
      ),
    ),
});
const snmpReflector = (s: Scene): Reflector => ({
  port: 161,
  request: () => snmp({ pdu: 0xa5, community: 'public', requestId: 1, count: 1 }),
  answer: () => [
    snmp({ pdu: 0xa2, community: 'public', requestId: s.rng.int(1, 1e6), count: 40, value: 'x'.repeat(12) }),
  ],
});
const ssdpReflector = (s: Scene): Reflector => ({
  port: 1900,
  request: () => ssdpSearch('ssdp:all'),
  answer: () =>
    Array.from({ length: 4 }, () =>
      ssdpReply(
        `http://192.168.1.${s.rng.int(1, 254)}:49152/rootDesc.xml`,
        s.rng.pick(['upnp:rootdevice', 'urn:schemas-upnp-org:service:WANIPConnection:1']),
      ),
    ),
});
const memcachedReflector = (s: Scene): Reflector => ({
  port: 11211,
  request: () => concat([0, 1, 0, 0, 0, 1, 0, 0], 'stats\r\n'),
  answer: () =>
    Array.from({ length: 5 }, (_, i) =>
      concat(
        u16(s.rng.int(0, 0x7fff)),
        u16(i),
        u16(5),
        u16(0),
        i === 0 ? 'VALUE a 0 1048576\r\n' : '',
        'A'.repeat(1350),
      ),
    ),
});

/** Many connections held open by a header that never ends. */
const slowloris: Scenario = (s) => {
  const from = outsider(s);
  const to = victimOf(s);
  const count = Math.max(40, Math.round(200 * s.intensity));
  cast(s, [from], [to], `${count} connections held`);
  s.truth.end = s.start + s.length;
  series(
    s,
    count,
    () => s.rng.exp(60) * MS,
    () => {
      function* script(): Generator<Message, void> {
        yield say(
          0,
          `GET /?${s.rng.int(1, 9999)} HTTP/1.1\r\nHost: www.${s.net.spec.domain}\r\nUser-Agent: Mozilla/5.0\r\nAccept-language: en-US\r\n`,
          1,
        );
        for (let t = 0; t < s.length / SECOND; t += 12)
          yield say(0, `X-a: ${s.rng.int(1, 5000)}\r\n`, (s.heldOut ? 9000 : 14_000) * s.rng.range(0.9, 1.1));
      }
      connect(s.sim, s.sim.now, from, to, 80, { tag: s.tag, script: script(), ending: 'server-fin' });
    },
  );
};

/** Bodies announced large and sent a byte at a time. */
const slowPost: Scenario = (s) => {
  const from = outsider(s);
  const to = victimOf(s);
  const count = Math.max(40, Math.round(150 * s.intensity));
  cast(s, [from], [to], `${count} bodies a byte at a time`);
  s.truth.end = s.start + s.length;
  series(
    s,
    count,
    () => s.rng.exp(80) * MS,
    () => {
      function* script(): Generator<Message, void> {
        yield say(
          0,
          `POST /login HTTP/1.1\r\nHost: www.${s.net.spec.domain}\r\nUser-Agent: Mozilla/5.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000000\r\n\r\n`,
          1,
        );
        for (let t = 0; t < s.length / SECOND; t += 8) yield say(0, s.rng.text(1), 8000 * s.rng.range(0.8, 1.2));
      }
      connect(s.sim, s.sim.now, from, to, 80, { tag: s.tag, script: script(), ending: 'none' });
    },
  );
};

/** Bulk transfers of a peer-to-peer kind: one machine fills the line. */
const excessive: Scenario = (s) => {
  const from = insider(s, 5);
  const peers = Array.from({ length: s.heldOut ? 12 : 40 }, (_, i) => outsider(s, `peer${i}`));
  cast(s, [from], peers, 'one machine takes most of the line');
  const each = Math.floor((40e6 * s.intensity) / peers.length);
  series(
    s,
    peers.length,
    () => s.rng.exp(2 * SECOND),
    (i) => {
      function* script(): Generator<Message, void> {
        yield say(
          0,
          concat([19], 'BitTorrent protocol', new Uint8Array(8), s.rng.bytes(20), '-qB4650-', s.rng.bytes(12)),
          1,
        );
        yield say(
          1,
          concat([19], 'BitTorrent protocol', new Uint8Array(8), s.rng.bytes(20), '-TR4040-', s.rng.bytes(12)),
          30,
        );
        yield { from: 1, content: s.sim.cipher(each), think: 20 * MS };
        yield { from: 0, content: s.sim.cipher(Math.floor(each / 3)), think: 20 * MS };
      }
      connect(s.sim, s.sim.now, from, peers[i]!, s.rng.int(10000, 60000), {
        tag: s.tag,
        script: script(),
        rateDown: 20e6,
        ending: 'rst',
      });
    },
  );
};

export const FLOODS: Readonly<Record<string, Readonly<Record<string, Scenario>>>> = {
  'dos-flood': {
    syn: synFlood('one'),
    'syn-spoofed': synFlood('spoofed'),
    udp: udpFlood(false),
    icmp: icmpFlood(false),
  },
  ddos: { syn: synFlood('bots'), udp: udpFlood(true), icmp: icmpFlood(true), http: httpBots },
  amplification: {
    dns: amplification(dnsReflector),
    ntp: amplification(ntpReflector),
    snmp: amplification(snmpReflector),
    ssdp: amplification(ssdpReflector),
    memcached: amplification(memcachedReflector),
    'resolver-here': reflectorHere,
  },
  'slow-dos': { slowloris, 'slow-post': slowPost },
  'excessive-traffic': { p2p: excessive },
};
