import { ftpScript } from '../models/mail-and-files.ts';
import { concat, u16 } from '../bytes.ts';
import { ping } from '../models/background.ts';
import { tlsTalk } from '../models/apps.ts';
import { http, say, send, withBulk } from '../protocols/apps.ts';
import { DNS_TYPE, nameRecord, txtRecord, type DnsRecord } from '../protocols/dns.ts';
import { certificate } from '../protocols/x509.ts';
import type { Host } from '../sim/hosts.ts';
import { MS, SECOND } from '../sim/sim.ts';
import { connect, type Message } from '../sim/tcp.ts';
import type { Site } from '../models/network.ts';
import { cast, insider, outsider, series, server, type Scenario, type Scene } from './context.ts';

/** A server of the attacker's: its own name and a certificate nobody issued. */
function lair(s: Scene): Site {
  const domain = s.heldOut ? 'update-sync-node.top' : 'cdn-telemetry-check.xyz';
  const remote = outsider(s, 'lair');
  return {
    domain,
    names: [domain],
    servers: [remote],
    chain: [certificate(s.rng, { cn: 'localhost', issuer: 'localhost', names: ['localhost'] })],
    tls13: false,
    cleartext: false,
  };
}

const httpsBeacon: Scenario = (s) => {
  const from = insider(s, 6);
  const site = lair(s);
  const period = (s.heldOut ? 90 : 60) / Math.max(0.25, Math.min(4, s.intensity));
  const jitter = s.heldOut ? 0.3 : 0.12;
  const count = Math.floor(s.length / SECOND / period);
  cast(s, [from], [site.servers[0]!], `beacon every ${Math.round(period)} s, jitter ${jitter}`);
  series(
    s,
    count,
    () => period * SECOND * (1 + s.rng.range(-jitter, jitter)),
    (i) => {
      const task = i > 0 && i % 17 === 0;
      tlsTalk(
        s.net,
        from,
        site,
        site.domain,
        site.servers[0]!,
        s.sim.now,
        'golang',
        [[s.heldOut ? 310 : 244, task ? 24_000 : 132, 2]],
        { tag: s.tag, ending: 'fin' },
      );
    },
  );
};

const httpBeacon: Scenario = (s) => {
  const from = insider(s, 6);
  const remote = outsider(s, 'lair');
  const period = (s.heldOut ? 45 : 30) / Math.max(0.25, Math.min(4, s.intensity));
  const count = Math.floor(s.length / SECOND / period);
  cast(s, [from], [remote], `beacon over HTTP every ${Math.round(period)} s to a bare address`);
  series(
    s,
    count,
    () => period * SECOND * s.rng.range(0.95, 1.05),
    () => {
      const script = http(s.sim, {
        method: 'POST',
        host: Array.from(remote.ip4).join('.'),
        path: s.heldOut ? '/gate.php' : '/submit.php?id=4242',
        agent: 'Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)',
        headers: ['Content-Type: application/octet-stream'],
        body: 96,
        responseType: 'text/html',
        responseBody: 'OK',
      });
      connect(s.sim, s.sim.now, from, remote, 80, { tag: s.tag, script, ending: 'server-fin' });
    },
  );
};

/** A raw connection on an odd port that stays open and says something on a beat. */
const tcpBeacon: Scenario = (s) => {
  const from = insider(s, 6);
  const remote = outsider(s, 'lair');
  const period = 20 / Math.max(0.25, s.intensity);
  cast(s, [from], [remote], 'one connection on an odd port, a few bytes on a beat');
  function* script(): Generator<Message, void> {
    for (let t = 0; t < s.length / SECOND; t += period) {
      yield send(0, s.sim.cipher(32), period * 1000 * s.rng.range(0.98, 1.02));
      yield send(1, s.sim.cipher(s.rng.chance(0.1) ? 900 : 16), 20);
    }
  }
  s.truth.end = s.start + s.length;
  connect(s.sim, s.start, from, remote, s.heldOut ? 8081 : 4444, { tag: s.tag, script: script(), ending: 'none' });
};

const EXFIL_BYTES = 60e6;

const tlsExfil: Scenario = (s) => {
  const from = insider(s, 7);
  const site = lair(s);
  const total = Math.floor(EXFIL_BYTES * s.intensity);
  const parts = s.heldOut ? 6 : 1;
  cast(s, [from], [site.servers[0]!], `${total} bytes out over TLS in ${parts} connections`);
  series(
    s,
    parts,
    () => 30 * SECOND,
    () => {
      const size = Math.floor(total / parts);
      s.truth.end = s.sim.now + (size * 8 * SECOND) / 20e6;
      tlsTalk(s.net, from, site, `files.${site.domain}`, site.servers[0]!, s.sim.now, 'python', [[size, 300, 4]], {
        tag: s.tag,
        rateUp: 25e6,
      });
    },
  );
};

const httpExfil: Scenario = (s) => {
  const from = insider(s, 7);
  const remote = outsider(s, 'drop');
  const total = Math.floor(EXFIL_BYTES * s.intensity);
  cast(s, [from], [remote], `${total} bytes out by HTTP POST`);
  function* script(): Generator<Message, void> {
    for (let left = total; left > 0; left -= 4e6) {
      yield* http(s.sim, {
        method: 'POST',
        host: Array.from(remote.ip4).join('.'),
        path: '/upload',
        agent: 'python-requests/2.31.0',
        headers: ['Content-Type: application/zip'],
        body: Math.floor(Math.min(left, 4e6)),
        responseBody: 'ok',
      });
      s.truth.end = s.sim.now;
    }
  }
  connect(s.sim, s.start, from, remote, s.heldOut ? 8080 : 80, { tag: s.tag, script: script(), rateUp: 25e6 });
};

const ftpExfil: Scenario = (s) => {
  const from = server(s, 'files1', 'nas');
  const remote = outsider(s, 'drop');
  const size = Math.floor(EXFIL_BYTES * s.intensity);
  cast(s, [from], [remote], `${size} bytes stored on an FTP server outside`);
  const openData = (port: number, n: number, time: number): void => {
    s.truth.end = time + (n * 8 * SECOND) / 25e6;
    connect(s.sim, time, from, remote, port, {
      tag: s.tag,
      script: [{ from: 0 as const, content: s.sim.cipher(n) }][Symbol.iterator](),
      rateUp: 25e6,
    });
  };
  connect(s.sim, s.start, from, remote, 21, {
    tag: s.tag,
    script: ftpScript(s.sim, {
      user: 'upload',
      password: 'Spring2026',
      address: remote.ip4,
      dataPort: s.rng.int(40000, 60000),
      size,
      file: 'archive.7z',
      store: true,
      openData,
    }),
  });
};

/** Data in labels of names below one domain; the resolver here passes them on. */
function dnsTunnel(type: number): Scenario {
  return (s) => {
    const from = insider(s, 8);
    const domain = s.heldOut ? 'q.cloudcdnsync.net' : 't.metric-sync.info';
    const count = Math.max(60, Math.round(1500 * s.intensity));
    const far = s.net.upstream;
    cast(s, [from], [s.net.resolver], `${count} long names below ${domain}`);
    const alphabet = s.heldOut ? '0123456789abcdef' : 'abcdefghijklmnopqrstuvwxyz234567';
    const gap = Math.min((s.length * 0.9) / count, 1.5 * SECOND);
    series(
      s,
      count,
      () => s.rng.exp(gap),
      () => {
        const name = `${s.rng.text(s.heldOut ? 50 : 60, alphabet)}.${s.rng.text(s.rng.int(20, 55), alphabet)}.${domain}`;
        const down = s.rng.chance(0.25);
        const text = s.rng.text(down ? 220 : 24, alphabet);
        const answers: DnsRecord[] =
          type === DNS_TYPE.CNAME
            ? [nameRecord(name, 5, `${text.slice(0, 55)}.${domain}`, 1)]
            : type === DNS_TYPE.NULL
              ? [{ name, type: 10, ttl: 0, data: s.rng.bytes(down ? 220 : 24) }]
              : [txtRecord(name, text, 1)];
        s.net.query(from, s.net.resolver, s.sim.now, name, type, answers, {
          tag: s.tag,
          delayMs: 45 + s.rng.exp(8),
          authority: [],
        });
        if (s.net.resolver.local)
          s.net.query(s.net.resolver, far, s.sim.now + 0.5 * MS, name, type, answers, {
            tag: s.tag,
            delayMs: 30,
            edns: 1232,
            authority: [],
          });
      },
    );
  };
}

const icmpTunnel: Scenario = (s) => {
  const from = insider(s, 8);
  const to = outsider(s, 'tunnel');
  const count = Math.max(50, Math.round(900 * s.intensity));
  cast(s, [from], [to], `${count} echo requests that carry data`);
  const gap = Math.min((s.length * 0.9) / count, 0.4 * SECOND);
  ping(s.sim, from, to, s.start, count, {
    gap,
    tag: s.tag,
    payload: (n, reply) =>
      concat(u16(n), withTunnel(s, reply ? s.rng.int(80, 900) : s.rng.int(200, s.heldOut ? 900 : 1300))),
  });
  s.truth.end = s.start + count * gap;
};

function withTunnel(s: Scene, n: number): Uint8Array {
  const out = new Uint8Array(n);
  s.sim.cipher(n).copyInto(out, 0, 0, n);
  return out;
}

/** Names made by an algorithm, nearly all unknown; at last one that answers, and is then talked to. */
const dga: Scenario = (s) => {
  const from = insider(s, 9);
  const count = Math.max(30, Math.round(250 * s.intensity));
  const site = lair(s);
  cast(s, [from], [], `${count} generated names`);
  const consonants = 'bcdfghjklmnpqrstvwxz';
  series(
    s,
    count,
    () => s.rng.exp(Math.min(4 * SECOND, (s.length * 0.9) / count)),
    (i) => {
      const name = s.heldOut
        ? `${s.rng.text(s.rng.int(14, 22), `${consonants}aeiou`)}.${s.rng.pick(['info', 'biz', 'ru'])}`
        : `${s.rng.text(s.rng.int(11, 17), `${consonants}aeiouy0123`)}.${s.rng.pick(['com', 'net', 'top'])}`;
      const hit = i === count - 1;
      s.net.resolve(from, name, hit ? site.servers[0]! : undefined, s.sim.now, { tag: s.tag });
      if (hit)
        tlsTalk(s.net, from, site, name, site.servers[0]!, s.sim.now + 100 * MS, 'curl', [[300, 200, 5]], {
          tag: s.tag,
          resolve: false,
        });
    },
  );
};

/** A machine that never spoke to anybody abroad talks to one odd address and port. */
const unusualDestination: Scenario = (s) => {
  const from = server(s, 'files1', 'tv');
  const to = outsider(s, 'elsewhere');
  const far: Host = { ...to, rtt: 280 * MS, ip4: Uint8Array.of(41, 223, s.rng.int(0, 255), s.rng.int(1, 254)) };
  cast(s, [from], [far], 'a server speaks to an address and port it never used');
  series(
    s,
    Math.max(2, Math.round(6 * s.intensity)),
    () => s.rng.exp(90) * SECOND,
    () => {
      function* script(): Generator<Message, void> {
        yield say(0, withTunnel(s, 180), 2);
        yield send(1, withBulk(s.sim, '', 40_000), 50);
      }
      connect(s.sim, s.sim.now, from, far, s.heldOut ? 6697 : 7547, { tag: s.tag, script: script() });
    },
  );
};

/** A printer or camera that begins to copy files from others: not what it is there for. */
const behaviour: Scenario = (s) => {
  const from = server(s, s.heldOut ? 'printer1' : 'camera1', 'iot1');
  const targets = s.net.hosts.filter((h) => h !== from && h.os !== 'embedded').slice(0, 12);
  cast(s, [from], targets, 'a device that only reported home opens SSH and web sessions with its neighbours');
  series(
    s,
    Math.max(4, Math.round(targets.length * Math.min(1, s.intensity))),
    () => s.rng.exp(20) * SECOND,
    (i) => {
      const to = targets[i % targets.length]!;
      connect(s.sim, s.net.arpFor(from, to, s.sim.now), from, to, i % 2 ? 22 : 443, {
        tag: s.tag,
        opening: s.rng.chance(0.5) ? 'refused' : 'accepted',
        ending: 'rst',
      });
    },
  );
};

/** The usual upload of a device, many times its usual size. */
const size: Scenario = (s) => {
  const from = server(s, 'camera1', 'iot1');
  const site = s.net.sites[8]!;
  cast(s, [from], [site.servers[0]!], 'a report of some hundred bytes is suddenly megabytes');
  tlsTalk(
    s.net,
    from,
    site,
    `iot.${site.domain}`,
    site.servers[0]!,
    s.start,
    'mbedtls',
    [[Math.floor((s.heldOut ? 4e6 : 8e6) * s.intensity), 160, 3]],
    { tag: s.tag },
  );
};

/** A device whose beat was a minute reports every two seconds for a while. */
const timing: Scenario = (s) => {
  const from = server(s, 'camera1', 'iot1');
  const site = s.net.sites[8]!;
  cast(s, [from], [site.servers[0]!], 'a beat of a minute becomes seconds');
  series(
    s,
    Math.max(15, Math.round(90 * s.intensity)),
    () => (s.heldOut ? 4 : 2) * SECOND * s.rng.range(0.9, 1.1),
    () =>
      tlsTalk(s.net, from, site, `iot.${site.domain}`, site.servers[0]!, s.sim.now, 'mbedtls', [[220, 160, 3]], {
        tag: s.tag,
        resolve: false,
      }),
  );
};

/** A resolver that asks a great deal for others: busy, not a tunnel. */
const busyResolver: Scenario = (s) => {
  const from = s.net.resolver.local ? s.net.resolver : server(s, 'intranet');
  const count = Math.round(2500 * s.intensity);
  cast(s, [from], [s.net.upstream], 'a resolver with many clients');
  series(
    s,
    count,
    () => s.rng.exp((s.length * 0.9) / count),
    () => {
      const site = s.rng.pick(s.net.sites);
      const name = `${s.rng.pick(['www', 'api', 'img', 'cdn', 'm', 'static', `e${s.rng.int(1000, 9999)}`, `a${s.rng.int(10, 999)}`])}.${site.domain}`;
      s.net.query(
        from,
        s.net.upstream,
        s.sim.now,
        name,
        s.rng.pick([1, 1, 28]),
        s.rng.chance(0.06) ? [] : [nameRecord(name, 5, `edge.${site.domain}`, 60)],
        { tag: s.tag, delayMs: 5 + s.rng.exp(15), edns: 1232, rcode: 0 },
      );
    },
  );
};

/** A large upload to where this house always backs up. */
const nightlyBackup: Scenario = (s) => {
  const from = server(s, 'files1', 'nas');
  const site = s.net.sites[10]!;
  cast(s, [from], [site.servers[0]!], 'the backup to the usual place');
  const total = Math.floor(50e6 * s.intensity);
  tlsTalk(
    s.net,
    from,
    site,
    `backup.${site.domain}`,
    site.servers[0]!,
    s.start,
    'golang',
    Array.from({ length: 10 }, (): [number, number, number] => [Math.floor(total / 10), 300, 200]),
    { tag: s.tag, rateUp: 40e6 },
  );
};

export const COVERT: Readonly<Record<string, Readonly<Record<string, Scenario>>>> = {
  'command-and-control': { https: httpsBeacon, http: httpBeacon, tcp: tcpBeacon },
  'data-exfiltration': { tls: tlsExfil, http: httpExfil, ftp: ftpExfil },
  'dns-tunnel': { txt: dnsTunnel(DNS_TYPE.TXT), null: dnsTunnel(DNS_TYPE.NULL), cname: dnsTunnel(DNS_TYPE.CNAME) },
  'icmp-tunnel': { echo: icmpTunnel },
  dga: { names: dga },
  'unusual-destination': { abroad: unusualDestination },
  'behavioural-anomaly': { device: behaviour },
  'size-anomaly': { report: size },
  'timing-anomaly': { beat: timing },
};
export const COVERT_LOOKALIKES: Readonly<Record<string, Scenario>> = {
  'busy-resolver': busyResolver,
  'nightly-backup': nightlyBackup,
};
