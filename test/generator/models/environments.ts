import { smtpScript } from './mail-and-files.ts';
import type { Rng } from '../prng.ts';
import type { Host, Os } from '../sim/hosts.ts';
import { HOUR, MINUTE, MS, SECOND, type Sim } from '../sim/sim.ts';
import { connect } from '../sim/tcp.ts';
import {
  browserOf,
  kerberosScript,
  ldapScript,
  quicVisit,
  rdpScript,
  smbScript,
  sshScript,
  tlsTalk,
  videoCall,
  videoStream,
  visit,
} from './apps.ts';
import {
  backup,
  dhcpExchange,
  discovery,
  everydayFailures,
  iotDevice,
  ipv6Background,
  monitoring,
  ntpClient,
  printJob,
  repeat,
  reverseLookups,
  softwareUpdate,
} from './background.ts';
import { Network } from './network.ts';

export type EnvironmentName = 'office' | 'home' | 'enterprise';

export interface EnvironmentOptions {
  /** User machines (office, enterprise) or people (home). */
  hosts: number;
  /** How busy people are; 1 is ordinary. */
  activity: number;
  /** Multiplies the sizes of pages, files, videos and backups. */
  volume: number;
  /** Hour of day at which the capture starts, local time. */
  startHour: number;
  /** Variant of the template: another address plan, other proportions. */
  variant: 'tuning' | 'held-out';
  /** The machines are there and say nothing of their own accord. */
  quiet?: boolean;
}

/** Share of people active at an hour of the day. */
const OFFICE_DAY = [3, 2, 2, 2, 3, 5, 12, 35, 75, 100, 100, 95, 60, 75, 95, 95, 85, 60, 30, 15, 10, 8, 6, 4];
const HOME_DAY = [20, 10, 6, 4, 4, 6, 20, 40, 35, 30, 30, 30, 40, 35, 30, 35, 45, 60, 80, 95, 100, 95, 75, 45];

function diurnal(day: readonly number[], o: EnvironmentOptions, time: number): number {
  return (day[Math.floor(o.startHour + time / HOUR) % 24] ?? 50) / 100;
}

/** A person at a machine: sessions of page visits with reading between them, now and then something longer. */
function person(
  net: Network,
  h: Host,
  day: readonly number[],
  o: EnvironmentOptions,
  taste: { video: number; call: number; quic: number },
): void {
  const { sim } = net;
  const rng = sim.rng.fork(`person-${h.name}`);
  const browser = browserOf(h, rng);
  const favourites = Array.from({ length: 6 }, () => net.popular(rng));
  function* live(): Generator<number, void> {
    for (;;) {
      const busy = Math.max(0.02, diurnal(day, o, sim.now) * o.activity);
      const pages = 1 + Math.floor(rng.pareto(1, 1.2, 12));
      for (let i = 0; i < pages; i++) {
        const site = rng.chance(0.7) ? rng.pick(favourites) : net.popular(rng);
        if (rng.chance(taste.quic))
          quicVisit(net, h, site, sim.now, Math.ceil(rng.pareto(12, 1.2, 700) * o.volume), 180);
        else visit(net, h, site, sim.now, browser, o.volume);
        yield sim.now + rng.logNormal(14, 1) * SECOND;
      }
      if (rng.chance(taste.video))
        videoStream(
          net,
          h,
          net.sites[2]!,
          sim.now,
          rng.logNormal(240, 0.8) * Math.min(1, o.volume * 2),
          rng.pick([1200, 2500, 4500]) * o.volume,
        );
      if (rng.chance(taste.call))
        videoCall(
          net,
          h,
          net.sites[3]!.servers[0]!,
          sim.now,
          Math.min(1800, rng.logNormal(500, 0.7)) * Math.min(1, o.volume * 1.5),
          Math.max(12, 110 * o.volume),
        );
      yield sim.now + (rng.exp(75) / busy) * SECOND;
    }
  }
  sim.spawn(rng.range(0, 60) * SECOND, live());
}

/** Mail, time, leases, discovery and system services of a user machine. */
function machine(net: Network, h: Host, dhcpServer: Host, o: EnvironmentOptions): void {
  const { sim } = net;
  const rng = sim.rng.fork(`machine-${h.name}`);
  discovery(net, h);
  ntpClient(
    net,
    h,
    net.byName.get('dc1') && h.os === 'windows' ? net.named('dc1') : net.sites[4]!.servers[0]!,
    rng.range(1, 600) * SECOND,
    rng.pick([512, 1024, 1800]) * SECOND,
  );
  dhcpExchange(net, h, dhcpServer, rng.range(10, 3000) * SECOND, rng.chance(0.3));
  const mail = net.sites[5]!;
  if (h.os !== 'embedded') {
    repeat(
      sim,
      rng.range(1, 240) * SECOND,
      () => 300 * rng.range(0.9, 1.1) * SECOND,
      () =>
        tlsTalk(
          net,
          h,
          mail,
          `imap.${mail.domain}`,
          mail.servers[0]!,
          net.arpFor(h, net.router, sim.now),
          'python',
          [
            [60, 90, 5],
            [45, 300, 4],
            [90, Math.floor(rng.pareto(200, 1.1, 200_000) * o.volume), 4],
          ],
          { port: rng.chance(0.9) ? 993 : 995 },
        ),
    );
    repeat(
      sim,
      rng.range(60, 1500) * SECOND,
      () => rng.exp(1500 / o.activity) * SECOND,
      () => {
        const server = mail.servers[0]!;
        connect(sim, net.resolve(h, `smtp.${mail.domain}`, server, sim.now), h, server, 587, {
          script: smtpScript(sim, {
            from: `user@${net.spec.domain}`,
            to: `someone@${rng.pick(net.sites).domain}`,
            size: Math.floor(rng.pareto(2500, 1.1, 2e6) * o.volume) + 400,
            starttls: true,
            host: `smtp.${mail.domain}`,
          }),
        });
      },
    );
    // Telemetry of the system and of one or two applications: regular, small, to well-known places.
    const vendor = net.sites[6 + (h.ipId % 3)]!;
    repeat(
      sim,
      rng.range(1, 400) * SECOND,
      () => rng.range(500, 1400) * SECOND,
      () =>
        tlsTalk(
          net,
          h,
          vendor,
          `telemetry.${vendor.domain}`,
          vendor.servers[0]!,
          sim.now,
          h.os === 'windows' ? 'schannel' : 'curl',
          [[rng.int(800, 4000), rng.int(200, 700), 2]],
        ),
    );
    if (rng.chance(0.12))
      softwareUpdate(
        net,
        h,
        net.sites[6]!,
        rng.range(100, 3000) * SECOND,
        Math.max(0.5, rng.logNormal(40, 0.9) * o.volume),
      );
  }
}

/** Logons, files and directory lookups of a domain member. */
function domainMember(net: Network, h: Host, user: string, o: EnvironmentOptions): void {
  const { sim } = net;
  const rng = sim.rng.fork(`domain-${h.name}`);
  const dc = net.named('dc1');
  const files = net.named('files1');
  const logon = rng.range(5, 900) * SECOND;
  const wrong = rng.chance(0.12);
  const steps = [...(wrong ? (['as-wrong'] as const) : []), 'as-probe', 'as', 'tgs', 'tgs'] as const;
  steps.forEach((step, i) =>
    connect(sim, net.arpFor(h, dc, logon) + i * 25 * MS + (i > 0 && wrong ? 6 * SECOND : 0), h, dc, 88, {
      script: kerberosScript(sim, user, step, i % 2 ? ['ldap', 'dc1'] : ['cifs', 'files1']),
    }),
  );
  repeat(
    sim,
    logon + 300 * MS,
    () => rng.exp(900) * SECOND,
    () => connect(sim, sim.now, h, dc, 389, { script: ldapScript(sim, rng.int(1, 5)) }),
  );
  repeat(
    sim,
    logon + rng.range(2, 60) * SECOND,
    () => rng.exp(420 / o.activity) * SECOND,
    () => {
      const list = Array.from({ length: rng.int(1, 5) }, () => ({
        name: `projects\\${rng.pick(['plan', 'budget', 'minutes', 'drawing', 'offer'])}-${rng.int(1, 400)}.${rng.pick(['docx', 'xlsx', 'pdf', 'pptx'])}`,
        size: Math.floor(rng.pareto(12_000, 0.9, 8e6) * o.volume) + 500,
        write: rng.chance(0.3),
      }));
      connect(sim, net.arpFor(h, files, sim.now), h, files, 445, {
        script: smbScript(sim, {
          user,
          workstation: h.name.toUpperCase(),
          share: '\\\\files1\\staff',
          files: list,
          thinkMs: rng.exp(900),
        }),
        ending: rng.pick(['fin', 'rst']),
      });
    },
  );
  repeat(
    sim,
    rng.range(60, 1800) * SECOND,
    () => rng.exp(2700) * SECOND,
    () => {
      const share = rng.pick(['\\\\files1\\public', '\\\\dc1\\SYSVOL']);
      connect(sim, sim.now, h, share.includes('dc1') ? dc : files, 445, {
        script: smbScript(sim, {
          user,
          workstation: h.name.toUpperCase(),
          share,
          ok: !rng.chance(0.04),
          files: [{ name: 'Policies\\gpt.ini', size: 24 }],
        }),
      });
    },
  );
}

const OFFICE_OS: readonly (readonly [Os, string, number])[] = [
  ['windows', 'dell', 50],
  ['windows', 'lenovo', 20],
  ['apple', 'apple', 20],
  ['linux', 'intel', 10],
];

function officeCore(net: Network, o: EnvironmentOptions, rng: Rng): void {
  const { sim } = net;
  const dc = net.add('dc1', 10, 'vmware', 'windows');
  const files = net.add('files1', 11, 'vmware', 'windows');
  const nas = net.add('backup1', 12, 'synology', 'linux');
  const web = net.add('intranet', 13, 'vmware', 'linux');
  const printer = net.add('printer1', 20, 'brother', 'embedded');
  const monitor = net.add('monitor1', 14, 'vmware', 'linux');
  const camera = net.add('camera1', 30, 'hikvision', 'embedded');
  net.resolver = dc;
  const users: Host[] = [];
  for (let i = 0; i < o.hosts; i++) {
    const shape = rng.weighted(OFFICE_OS.map(([os, vendor, w]): [readonly [Os, string], number] => [[os, vendor], w]));
    users.push(net.add(`${shape[0] === 'apple' ? 'mac' : 'pc'}${i + 1}`, 50 + i, shape[1], shape[0]));
  }
  if (o.quiet) return;
  users.forEach((h, i) => {
    person(net, h, OFFICE_DAY, o, { video: 0.03, call: 0.05, quic: 0.12 });
    machine(net, h, dc, o);
    if (h.os === 'windows') domainMember(net, h, `user${i + 1}`, o);
    repeat(
      sim,
      rng.range(60, 1800) * SECOND,
      () => rng.exp(1800) * SECOND,
      () => printJob(net, h, printer, sim.now, Math.floor(rng.pareto(30_000, 1.1, 5e6) * o.volume)),
    );
    repeat(
      sim,
      rng.range(10, 900) * SECOND,
      () => rng.exp(700) * SECOND,
      () => {
        const at = net.resolve(h, `intranet.${net.spec.domain}`, web, net.arpFor(h, web, sim.now));
        tlsTalk(
          net,
          h,
          net.sites[7]!,
          `intranet.${net.spec.domain}`,
          web,
          at,
          browserOf(h, rng),
          [
            [400, Math.floor(9000 * o.volume) + 800, 2],
            [500, Math.floor(30_000 * o.volume) + 500, 200],
          ],
          { resolve: false },
        );
      },
    );
  });
  const admin = users[0]!;
  repeat(
    sim,
    rng.range(100, 900) * SECOND,
    () => rng.exp(2400) * SECOND,
    () =>
      connect(sim, net.arpFor(admin, files, sim.now), admin, files, 3389, {
        script: rdpScript(sim, 'admin', {
          seconds: rng.logNormal(120, 0.6) * Math.min(1, o.volume * 2),
          name: 'FILES1',
        }),
        ending: 'rst',
      }),
  );
  repeat(
    sim,
    rng.range(100, 900) * SECOND,
    () => rng.exp(1500) * SECOND,
    () =>
      connect(sim, net.arpFor(admin, web, sim.now), admin, web, 22, {
        script: sshScript(sim, 'openssh', { seconds: rng.logNormal(90, 0.8), wrong: rng.chance(0.15) ? 1 : 0 }),
      }),
  );
  backup(net, files, nas, rng.range(300, 1500) * SECOND, Math.floor(120e6 * o.volume));
  connect(sim, rng.range(900, 2400) * SECOND, dc, nas, 445, {
    script: smbScript(sim, {
      user: 'backup',
      workstation: 'DC1',
      share: '\\\\backup1\\nightly',
      files: [{ name: 'dc1.vhdx', size: Math.floor(60e6 * o.volume), write: true }],
    }),
  });
  monitoring(net, monitor, net.hosts.filter((h) => h !== monitor && h.name !== 'router').slice(0, 60), MINUTE);
  reverseLookups(net, monitor, 12 * SECOND);
  iotDevice(net, camera, net.sites[8]!, 'tls', 60);
  iotDevice(net, printer, net.sites[9]!, 'http', 600);
  for (const h of [dc, files, web, nas])
    ntpClient(net, h, net.sites[4]!.servers[0]!, rng.range(1, 60) * SECOND, 256 * SECOND);
  mailServer(net, web, rng, o);
  everydayFailures(net, users, (90 * SECOND) / Math.max(1, o.hosts / 15));
  ipv6Background(net);
  for (const h of [dc, files, nas, web]) discovery(net, h);
}

/** Visitors from the internet to the public web server, one of them a crawler that asks a lot: busy, not hostile. */
function mailServer(net: Network, web: Host, rng: Rng, o: EnvironmentOptions): void {
  const { sim } = net;
  const crawler = net.remote('crawler');
  const site = net.sites[7]!;
  repeat(
    sim,
    rng.range(1, 60) * SECOND,
    () => rng.exp(40 / o.activity) * SECOND,
    () => {
      const visitor = net.remote('visitor', {}, rng);
      tlsTalk(
        net,
        visitor,
        site,
        `www.${net.spec.domain}`,
        web,
        sim.now,
        rng.pick(['chromium', 'safari', 'firefox', 'android']),
        [
          [450, Math.floor(12_000 * o.volume) + 600, 2],
          [380, Math.floor(40_000 * o.volume) + 300, 300],
        ],
        { resolve: false },
      );
    },
  );
  repeat(
    sim,
    rng.range(30, 600) * SECOND,
    () => rng.exp(20) * SECOND,
    () => {
      tlsTalk(
        net,
        crawler,
        site,
        `www.${net.spec.domain}`,
        web,
        sim.now,
        'golang',
        [[280, Math.floor(15_000 * o.volume) + 300, 2]],
        { resolve: false },
      );
    },
  );
}

function homeCore(net: Network, o: EnvironmentOptions, rng: Rng): void {
  const { sim } = net;
  const people = Math.max(1, o.hosts);
  for (let i = 0; i < people; i++) {
    const phone = net.add(
      `phone${i + 1}`,
      30 + i,
      rng.chance(0.5) ? 'apple' : 'samsung',
      rng.chance(0.5) ? 'apple' : 'android',
    );
    const laptop = net.add(
      `laptop${i + 1}`,
      60 + i,
      rng.pick(['lenovo', 'apple', 'hp']),
      rng.pick(['windows', 'apple', 'windows', 'linux']),
    );
    for (const h of [phone, laptop]) {
      person(net, h, HOME_DAY, o, { video: 0.12, call: 0.03, quic: 0.3 });
      machine(net, h, net.router, o);
    }
  }
  const tv = net.add('tv', 100, 'samsung', 'linux');
  const nas = net.add('nas', 101, 'synology', 'linux');
  repeat(
    sim,
    rng.range(1, 600) * SECOND,
    () => rng.logNormal(2400, 0.4) * SECOND,
    () =>
      videoStream(
        net,
        tv,
        net.sites[2]!,
        sim.now,
        rng.logNormal(1500, 0.4) * Math.min(1, o.volume * 2),
        6000 * o.volume,
      ),
  );
  const styles = ['tls', 'mqtt', 'http', 'tls', 'tls', 'mqtt'] as const;
  styles.forEach((style, i) =>
    iotDevice(
      net,
      net.add(`iot${i + 1}`, 120 + i, rng.pick(['espressif', 'hikvision', 'raspberry']), 'embedded'),
      net.sites[8 + i]!,
      style,
      [60, 30, 300, 120, 900, 45][i]!,
    ),
  );
  for (const h of net.hosts.slice(-8)) discovery(net, h);
  backup(net, net.named('laptop1'), nas, rng.range(200, 2500) * SECOND, Math.floor(80e6 * o.volume));
  // Cloud backup of photographs: steady and large, to a place this house always uses.
  repeat(
    sim,
    rng.range(60, 900) * SECOND,
    () => rng.exp(1500) * SECOND,
    () =>
      tlsTalk(
        net,
        net.named('phone1'),
        net.sites[10]!,
        `upload.${net.sites[10]!.domain}`,
        net.sites[10]!.servers[0]!,
        sim.now,
        'safari',
        [
          [Math.floor(rng.pareto(400_000, 1.1, 20e6) * o.volume), 400, 5],
          [Math.floor(rng.pareto(400_000, 1.1, 20e6) * o.volume), 400, 50],
        ],
      ),
  );
  // A game: small datagrams both ways, many a second.
  repeat(
    sim,
    rng.range(300, 1800) * SECOND,
    () => rng.exp(3600) * SECOND,
    () =>
      videoCall(
        net,
        net.named('laptop1'),
        net.sites[11]!.servers[0]!,
        sim.now,
        rng.range(300, 900) * Math.min(1, o.volume),
        30,
      ),
  );
  everydayFailures(
    net,
    net.hosts.filter((h) => h.os !== 'embedded' && h !== net.router),
    120 * SECOND,
  );
  ipv6Background(net);
}

/** Builds an environment on a simulation and returns its network, ready for scenarios to be added. */
export function environment(sim: Sim, name: EnvironmentName, o: EnvironmentOptions): Network {
  const held = o.variant === 'held-out';
  const rng = sim.rng.fork(`environment-${name}`);
  const plan = {
    office: ['192.168.10', '10.20.30'],
    home: ['192.168.178', '10.0.0'],
    enterprise: ['10.11.12', '172.20.4'],
  }[name];
  const net = new Network(sim, {
    prefix: plan[held ? 1 : 0]!,
    prefix6: held ? '2a0d:5600:41:7' : '2a0d:3344:5:10',
    domain: held ? 'lindenworks.net' : 'contoso-hq.net',
    routerVendor: name === 'home' ? 'avm' : 'ubiquiti',
    sites: held ? 70 : 50,
    baseRtt: held ? 12 : 6,
    lineMbps: name === 'home' ? (held ? 50 : 100) : held ? 200 : 500,
  });
  if (name === 'home') homeCore(net, o, rng);
  else officeCore(net, name === 'enterprise' ? { ...o, activity: o.activity * 1.3 } : o, rng);
  return net;
}
