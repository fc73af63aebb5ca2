import { say, send, withBulk } from '../protocols/apps.ts';
import { TLS_CLIENTS, tlsHandshake } from '../protocols/tls.ts';
import { certificate } from '../protocols/x509.ts';
import type { Sim } from '../sim/sim.ts';
import type { Message } from '../sim/tcp.ts';

/** SMTP submission with STARTTLS, or to the MX without it. */
export function* smtpScript(
  sim: Sim,
  o: { from: string; to: string; size: number; starttls: boolean; host: string; auth?: string },
): Generator<Message, void> {
  yield say(1, `220 ${o.host} ESMTP ready\r\n`, 8);
  yield say(0, `EHLO client.${o.from.split('@')[1] ?? 'example.net'}\r\n`, 1);
  yield say(
    1,
    `250-${o.host}\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n${o.starttls ? '250-STARTTLS\r\n' : '250-AUTH PLAIN LOGIN\r\n'}250 HELP\r\n`,
    2,
  );
  if (o.starttls) {
    yield say(0, 'STARTTLS\r\n', 1);
    yield say(1, '220 2.0.0 Ready to start TLS\r\n', 2);
    const chain = [
      certificate(sim.rng.fork('mail'), { cn: o.host, issuer: 'R11', issuerOrganisation: 'Example Trust Services' }),
    ];
    const tls13 = yield* tlsHandshake(sim, { client: TLS_CLIENTS['python']!, sni: o.host, chain, tls13: true });
    for (const [up, down] of [
      [40, 120],
      [60, 40],
      [45, 40],
      [40, 40],
      [8, 50],
      [o.size, 60],
      [8, 40],
    ] as const) {
      yield send(0, sim.tlsData(up, tls13), 3);
      yield send(1, sim.tlsData(down, tls13), 12);
    }
    return;
  }
  if (o.auth) {
    yield say(0, `AUTH PLAIN ${o.auth}\r\n`, 2);
    yield say(1, '235 2.7.0 Authentication successful\r\n', 12);
  }
  for (const [c, s] of [
    [`MAIL FROM:<${o.from}>`, '250 2.1.0 Ok'],
    [`RCPT TO:<${o.to}>`, '250 2.1.5 Ok'],
    ['DATA', '354 End data with <CR><LF>.<CR><LF>'],
  ] as const) {
    yield say(0, `${c}\r\n`, 2);
    yield say(1, `${s}\r\n`, 9);
  }
  const body = 'Please find the figures for this week below.\r\n'.repeat(Math.max(1, Math.floor(o.size / 46)));
  yield say(
    0,
    `From: <${o.from}>\r\nTo: <${o.to}>\r\nSubject: Weekly figures\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n${body}.\r\n`,
    3,
  );
  yield say(1, '250 2.0.0 Ok: queued\r\n', 30);
  yield say(0, 'QUIT\r\n', 2);
  yield say(1, '221 2.0.0 Bye\r\n', 2);
}

/** FTP control connection; the data connection is opened beside it. `ok` false for wrong passwords. */
export function* ftpScript(
  sim: Sim,
  o: {
    user: string;
    password: string;
    ok?: boolean;
    address: Uint8Array;
    dataPort?: number;
    size?: number;
    file?: string;
    banner?: string;
    openData?: (port: number, size: number, time: number) => void;
    store?: boolean;
    linesMs?: number;
  },
): Generator<Message, void> {
  const pause = o.linesMs ?? 200;
  yield say(1, `220 ${o.banner ?? '(vsFTPd 3.0.5)'}\r\n`, 4);
  yield say(0, `USER ${o.user}\r\n`, pause);
  yield say(1, '331 Please specify the password.\r\n', 1);
  yield say(0, `PASS ${o.password}\r\n`, pause);
  if (o.ok === false) {
    yield say(1, '530 Login incorrect.\r\n', 900);
    return;
  }
  yield say(1, '230 Login successful.\r\n', 15);
  const pairs: [string, string][] = [
    ['SYST', '215 UNIX Type: L8'],
    ['TYPE I', '200 Switching to Binary mode.'],
  ];
  for (const [c, s] of pairs) {
    yield say(0, `${c}\r\n`, pause);
    yield say(1, `${s}\r\n`, 1);
  }
  if (o.dataPort && o.openData) {
    yield say(0, 'PASV\r\n', pause);
    yield say(
      1,
      `227 Entering Passive Mode (${Array.from(o.address).join(',')},${o.dataPort >> 8},${o.dataPort & 255}).\r\n`,
      1,
    );
    const size = o.size ?? 20_000;
    yield say(0, `${o.store ? 'STOR' : 'RETR'} ${o.file ?? 'report.pdf'}\r\n`, 20);
    o.openData(o.dataPort, size, sim.now);
    yield say(1, `150 Opening BINARY mode data connection for ${o.file ?? 'report.pdf'} (${size} bytes).\r\n`, 3);
    yield say(1, '226 Transfer complete.\r\n', 40 + (size * 8) / 50_000);
  }
  yield say(0, 'QUIT\r\n', pause * 2);
  yield say(1, '221 Goodbye.\r\n', 1);
}

/** IMAP or POP3 over TLS is `tlsTalk` with ports 993 or 995; this is POP3 in the clear. */
export function* pop3Script(user: string, password: string, messages: number): Generator<Message, void> {
  yield say(1, '+OK POP3 ready\r\n', 4);
  yield say(0, `USER ${user}\r\n`, 3);
  yield say(1, '+OK\r\n', 1);
  yield say(0, `PASS ${password}\r\n`, 3);
  yield say(1, '+OK Logged in.\r\n', 8);
  yield say(0, 'STAT\r\n', 1);
  yield say(1, `+OK ${messages} ${messages * 2100}\r\n`, 1);
  yield say(0, 'QUIT\r\n', 3);
  yield say(1, '+OK Bye-bye.\r\n', 2);
}

/** A print job to port 9100. */
export function* printScript(sim: Sim, size: number): Generator<Message, void> {
  yield send(0, withBulk(sim, '\x1b%-12345X@PJL JOB NAME="Document"\r\n@PJL ENTER LANGUAGE=PCL\r\n', size), 5);
  yield say(1, '@PJL USTATUS JOB\r\nEND\r\n\f', 300);
}
