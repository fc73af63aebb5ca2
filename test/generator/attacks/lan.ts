import { concat } from '../bytes.ts';
import { arp, ethernet, fragments4, frame, ipv4, udp } from '../frames.ts';
import { ftpScript, pop3Script, smtpScript } from '../models/mail-and-files.ts';
import { BROADCAST } from '../models/network.ts';
import { http, say } from '../protocols/apps.ts';
import { aRecord, dnsMessage } from '../protocols/dns.ts';
import { dhcp, DHCP } from '../protocols/lan.ts';
import type { Host } from '../sim/hosts.ts';
import { BENIGN, MS, SECOND } from '../sim/sim.ts';
import { ACK, connect, FIN, RST, SYN, type Message } from '../sim/tcp.ts';
import { ownPorts, rawPort, sshPort } from './ports.ts';
import { cast, insider, outsider, probe, series, server, type Scenario, type Scene } from './context.ts';

const webServer = (s: Scene): Host => server(s, 'intranet', 'nas');

/** The gateway's address claimed for the attacker's card, again and again, to the victim and to the gateway. */
const arpSpoof: Scenario = (s) => {
  const from = insider(s, 12);
  const victims = s.heldOut ? [insider(s, 13), insider(s, 14)] : [insider(s, 13)];
  const gateway = s.net.router;
  const count = Math.max(10, Math.round(Math.min(s.length / SECOND / 2, 300) * s.intensity));
  cast(s, [from], [gateway, ...victims], 'false ARP answers for the gateway');
  series(
    s,
    count,
    () => 2 * SECOND * s.rng.range(0.95, 1.05),
    () => {
      for (const v of victims) {
        s.sim.label(s.tag, 0, gateway.ip4, v.ip4, 0, 0);
        s.sim.emitFrame(
          frame(
            ethernet({ src: from.mac, dst: v.mac, pad: true }),
            arp({ op: 2, senderMac: from.mac, senderIp: gateway.ip4, targetMac: v.mac, targetIp: v.ip4 }),
          ),
        );
        s.sim.at(s.sim.now + MS, () => {
          s.sim.label(s.tag, 0, v.ip4, gateway.ip4, 0, 0);
          s.sim.emitFrame(
            frame(
              ethernet({ src: from.mac, dst: gateway.mac, pad: true }),
              arp({ op: 2, senderMac: from.mac, senderIp: v.ip4, targetMac: gateway.mac, targetIp: gateway.ip4 }),
            ),
          );
        });
      }
    },
  );
};

/** A false answer that arrives before the true one, with the same id. */
const dnsSpoof: Scenario = (s) => {
  const client = insider(s, 13);
  const from = insider(s, 12);
  const resolver = s.net.resolver;
  const liar: Host = { ...resolver, mac: from.mac, ttl: from.ttl, ipId: 7 };
  const evil = outsider(s, 'false');
  const count = Math.max(4, Math.round(20 * s.intensity));
  cast(s, [from], [client], `${count} questions answered twice, differently`);
  series(
    s,
    count,
    () => s.rng.exp(15) * SECOND,
    () => {
      const site = s.rng.pick(s.net.sites);
      const name = `${s.heldOut ? 'login' : 'secure'}.${site.domain}`;
      const sport = s.rng.int(49200, 64900);
      const id = s.rng.int(0, 65535);
      const questions = [{ name, type: 1 }];
      s.sim.label(s.tag, 17, client.ip4, resolver.ip4, sport, 53);
      s.sim.udp(client, resolver, false, sport, 53, dnsMessage({ id, questions }));
      s.sim.at(s.sim.now + 0.4 * MS, () =>
        s.sim.udp(
          liar,
          client,
          false,
          53,
          sport,
          dnsMessage({ id, response: true, questions, answers: [aRecord(name, evil.ip4, s.heldOut ? 60 : 86400)] }),
        ),
      );
      s.sim.at(s.sim.now + 18 * MS, () =>
        s.sim.udp(
          resolver,
          client,
          false,
          53,
          sport,
          dnsMessage({ id, response: true, questions, answers: [aRecord(name, site.servers[0]!.ip4, 300)] }),
        ),
      );
    },
  );
};

/** Every address of the pool asked for by made-up cards. */
const starvation: Scenario = (s) => {
  const from = insider(s, 12);
  const dhcpServer = server(s, 'dc1', 'router');
  const count = Math.max(40, Math.round(400 * s.intensity));
  cast(s, [from], [dhcpServer], `${count} leases asked for by as many cards`);
  s.sim.at(s.start, () => s.sim.label(s.tag, 17, Uint8Array.of(0, 0, 0, 0), BROADCAST.ip4, 68, 67));
  s.sim.at(s.start + 2 * MS, () => s.sim.label(s.tag, 17, dhcpServer.ip4, BROADCAST.ip4, 67, 68));
  series(
    s,
    count,
    () => s.rng.exp(25) * MS,
    (i) => {
      const card = concat([0x02 | (s.rng.int(0, 63) << 2)], s.rng.bytes(5));
      const nobody: Host = { ...from, ip4: Uint8Array.of(0, 0, 0, 0), mac: s.heldOut ? from.mac : card, ipId: i };
      const xid = s.rng.u32();
      s.sim.udp(
        nobody,
        BROADCAST,
        false,
        68,
        67,
        dhcp({ type: DHCP.DISCOVER, xid, clientMac: card, parameters: [1, 3, 6] }),
      );
      if (i < 120) {
        const offer = dhcp({
          type: DHCP.OFFER,
          xid,
          clientMac: card,
          yourIp: Uint8Array.of(...dhcpServer.ip4.subarray(0, 3), 120 + i),
          server: dhcpServer.ip4,
          router: s.net.router.ip4,
          leaseSeconds: 3600,
        });
        s.sim.at(s.sim.now + 2 * MS, () => s.sim.udp(dhcpServer, BROADCAST, false, 67, 68, offer));
      }
    },
  );
};

/** A second DHCP server that names itself as gateway and resolver. */
const rogueDhcp: Scenario = (s) => {
  const rogue = insider(s, 12);
  const dhcpServer = server(s, 'dc1', 'router');
  const clients = s.net.hosts.filter((h) => /^(pc|mac|laptop|phone)/.test(h.name) && h !== rogue);
  const count = Math.max(4, Math.round(15 * s.intensity));
  cast(s, [rogue], clients.slice(0, count), 'a second DHCP server answers first');
  series(
    s,
    count,
    () => s.rng.exp(20) * SECOND,
    (i) => {
      const c = clients[i % clients.length]!;
      const xid = s.rng.u32();
      const nobody: Host = { ...c, ip4: Uint8Array.of(0, 0, 0, 0) };
      s.sim.label(s.tag, 17, nobody.ip4, BROADCAST.ip4, 68, 67);
      s.sim.udp(
        nobody,
        BROADCAST,
        false,
        68,
        67,
        dhcp({ type: DHCP.DISCOVER, xid, clientMac: c.mac, hostname: c.name, parameters: [1, 3, 6] }),
      );
      const reply = (who: Host, type: number): Uint8Array =>
        dhcp({
          type,
          xid,
          clientMac: c.mac,
          yourIp: c.ip4,
          server: who.ip4,
          router: who === rogue ? rogue.ip4 : s.net.router.ip4,
          dns: who === rogue ? rogue.ip4 : s.net.resolver.ip4,
          leaseSeconds: 600,
        });
      s.sim.at(s.sim.now + MS, () => {
        s.sim.label(s.tag, 17, rogue.ip4, BROADCAST.ip4, 67, 68);
        s.sim.udp(rogue, BROADCAST, false, 67, 68, reply(rogue, DHCP.OFFER));
      });
      s.sim.at(s.sim.now + 3 * MS, () => {
        s.sim.label(BENIGN, 17, dhcpServer.ip4, BROADCAST.ip4, 67, 68);
        s.sim.udp(dhcpServer, BROADCAST, false, 67, 68, reply(dhcpServer, DHCP.OFFER));
      });
      s.sim.at(s.sim.now + 5 * MS, () =>
        s.sim.udp(
          nobody,
          BROADCAST,
          false,
          68,
          67,
          dhcp({ type: DHCP.REQUEST, xid, clientMac: c.mac, requestedIp: c.ip4, server: rogue.ip4 }),
        ),
      );
      s.sim.at(s.sim.now + 6 * MS, () => s.sim.udp(rogue, BROADCAST, false, 67, 68, reply(rogue, DHCP.ACK)));
    },
  );
};

/** Packets no honest stack sends: impossible flags, overlapping fragments, a sender that is its own receiver. */
const violation: Scenario = (s) => {
  const from = outsider(s);
  const to = webServer(s);
  const count = Math.max(8, Math.round(60 * s.intensity));
  cast(s, [from], [to], `${count} impossible packets`);
  const body = frame(
    ipv4({ src: from.ip4, dst: to.ip4 }),
    udp({ sport: 4000, dport: 4001 }),
    new Uint8Array(1200),
  ).subarray(20);
  series(
    s,
    count,
    () => s.rng.exp(800) * MS,
    (i) => {
      const which = i % (s.heldOut ? 3 : 4);
      if (which === 0) probe(s, from, to, 80, { sport: 5000 + i, flags: SYN | FIN });
      else if (which === 1) probe(s, from, to, 80, { sport: 6000 + i, flags: SYN | RST | ACK });
      else if (which === 2) {
        s.sim.label(s.tag, 17, from.ip4, to.ip4, 4000, 4001);
        const parts = fragments4(
          [ethernet({ src: from.mac, dst: to.mac })],
          { src: from.ip4, dst: to.ip4, ttl: from.ttl, id: 3000 + i },
          body,
          17,
          400,
          frame,
        );
        for (const p of parts) s.sim.emitFrame(p);
        s.sim.emitFrame(
          frame(
            ethernet({ src: from.mac, dst: to.mac }),
            ipv4({
              src: from.ip4,
              dst: to.ip4,
              ttl: from.ttl,
              id: 3000 + i,
              protocol: 17,
              offset: 200,
              mf: true,
              df: false,
            }),
            new Uint8Array(400).fill(0x58),
          ),
        );
      } else probe(s, { ...to, mac: from.mac, rtt: to.rtt }, to, 139, { sport: 139, flags: SYN });
    },
  );
};

/** Passwords in the clear: FTP, POP3, SMTP AUTH, HTTP basic, Telnet. */
function cleartext(which: 'ftp' | 'mail' | 'http' | 'telnet'): Scenario {
  return (s) => {
    const from = insider(s, 15);
    const to = server(s, 'backup1', 'nas');
    const times = Math.max(1, Math.round(3 * s.intensity));
    cast(s, [from], [to], `a password in the clear (${which})`);
    series(
      s,
      times,
      () => s.rng.exp(60) * SECOND,
      () => {
        if (which === 'ftp') {
          connect(s.sim, s.net.arpFor(from, to, s.sim.now), from, to, 21, {
            tag: s.tag,
            script: ftpScript(s.sim, {
              user: s.heldOut ? 'scanner' : 'jmeyer',
              password: 'Sommer2025!',
              address: to.ip4,
              dataPort: s.rng.int(40000, 60000),
              size: 90_000,
              openData: (port, n, time) =>
                connect(s.sim, time, from, to, port, {
                  tag: s.tag,
                  script: [{ from: 1 as const, content: s.sim.cipher(n) }][Symbol.iterator](),
                  ending: 'server-fin',
                }),
            }),
          });
          return;
        }
        const mail = outsider(s, 'oldmail');
        if (which === 'mail')
          connect(s.sim, s.sim.now, from, mail, s.heldOut ? 25 : 110, {
            tag: s.tag,
            script: s.heldOut
              ? smtpScript(s.sim, {
                  from: 'a@b.example',
                  to: 'c@d.example',
                  size: 900,
                  starttls: false,
                  host: 'mail.b.example',
                  auth: Buffer.from('\0jmeyer\0Sommer2025!').toString('base64'),
                })
              : pop3Script('jmeyer', 'Sommer2025!', 4),
          });
        else if (which === 'http')
          connect(s.sim, s.sim.now, from, mail, 80, {
            tag: s.tag,
            script: http(s.sim, {
              host: 'old.b.example',
              path: '/private/',
              agent: 'Mozilla/5.0',
              headers: [`Authorization: Basic ${Buffer.from('jmeyer:Sommer2025!').toString('base64')}`],
              responseBody: 'hello',
            }),
          });
        else connect(s.sim, s.sim.now, from, to, 23, { tag: s.tag, script: telnet(s) });
      },
    );
  };
}

function* telnet(s: Scene): Generator<Message, void> {
  yield say(1, concat([255, 253, 24, 255, 253, 32, 255, 251, 1], '\r\nlogin: '), 20);
  yield say(0, concat([255, 251, 24, 255, 252, 32, 255, 253, 1]), 5);
  for (const [text, echo] of [
    ['jmeyer', true],
    ['Sommer2025!', false],
    ['uptime', true],
  ] as const) {
    for (const c of `${text}\r\n`) {
      yield say(0, c, s.rng.range(60, 200));
      if (echo) yield say(1, c, 1);
    }
    yield say(1, text === 'jmeyer' ? 'Password: ' : '\r\n$ ', 5);
  }
}

export const LAN: Readonly<Record<string, Readonly<Record<string, Scenario>>>> = {
  'arp-spoofing': { gateway: arpSpoof },
  'dns-spoofing': { race: dnsSpoof },
  'dhcp-abuse': { starvation, rogue: rogueDhcp },
  'protocol-violation': { packets: violation, raw: rawPort },
  'policy-violation': {
    ftp: cleartext('ftp'),
    mail: cleartext('mail'),
    http: cleartext('http'),
    telnet: cleartext('telnet'),
    ssh: sshPort,
  },
};

export const LAN_LOOKALIKES: Readonly<Record<string, Scenario>> = { 'own-ports': ownPorts };
