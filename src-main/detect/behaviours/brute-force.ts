/**
 * Password guessing seen in login messages: many failures from one source at one service; many accounts with few
 * failures each (spraying); attempts without visible outcome in greater number.
 *
 * Confidence: 0.7 at the floor, rising with the logarithm of the failures to 0.97; success after failures adds 0.02.
 * Ordinary: a person who mistypes (a few failures), a mail client with an old password (one account, slow: it stays
 * below the floor within the window or is a single account at a steady slow pace).
 */
import type { LoginMessage, ProtocolMessage, SshMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Observations, PacketTime } from '../types.ts';
import { BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook, Burst } from './common/casebook.ts';
import { fact, makeFinding } from './common/finding.ts';
import { GUESSING } from './common/message-thresholds.ts';
import { counted, formatDuration, within } from './common/words.ts';

type Protocol = LoginMessage['protocol'] | 'ssh';

const NAMES: Readonly<Record<Protocol, string>> = {
  ftp: 'FTP',
  smtp: 'SMTP',
  smb: 'Windows file sharing (SMB)',
  kerberos: 'Kerberos',
  ldap: 'LDAP',
  http: 'HTTP',
  pop3: 'POP3',
  imap: 'IMAP',
  telnet: 'Telnet',
  rdp: 'Remote Desktop',
  snmp: 'SNMP',
  sip: 'SIP (telephony)',
  ssh: 'SSH',
};

export class Guessing extends Case {
  readonly protocol: Protocol;
  readonly source: number;
  readonly target: number;
  readonly port: number;
  failures = 0;
  attempts = 0;
  successes = 0;
  successAfter = 0;
  readonly users = new BoundedSet<string>(512);
  readonly failedUsers = new BoundedSet<string>(512);
  readonly recentFailures = new Burst(GUESSING.FAILURES, GUESSING.WINDOW);
  readonly recentAttempts = new Burst(GUESSING.ATTEMPTS, GUESSING.WINDOW);

  constructor(time: PacketTime, protocol: Protocol, source: number, target: number, port: number) {
    super(time);
    this.protocol = protocol;
    this.source = source;
    this.target = target;
    this.port = port;
  }

  get spraying(): boolean {
    return this.failedUsers.size >= GUESSING.SPRAY_ACCOUNTS && this.failures <= this.failedUsers.size * 3;
  }
}

/** Names that programs send when they have no account: they are not guessed. */
const NOBODY = new Set(['', 'anonymous', 'ftp', 'guest', '-']);

export class BruteForce implements Behaviour {
  readonly id = 'behaviour:brute-force';
  private readonly cases = new CaseBook<Guessing>({ ceiling: 20_000, lifetime: 1800 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) this.look(message);
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private look(message: ProtocolMessage): void {
    if (message.kind === 'login') {
      // Kerberos and web logins have behaviours of their own, which know what their codes mean.
      if (message.protocol === 'kerberos' || message.protocol === 'http') return;
      this.login(message, message.protocol, message.outcome, message.user);
    } else if (message.kind === 'ssh' && message.what !== 'banner') {
      this.login(message, 'ssh', message.what === 'auth-failed' ? 'failed' : 'succeeded', '');
    }
  }

  private login(
    message: LoginMessage | SshMessage,
    protocol: Protocol,
    outcome: LoginMessage['outcome'],
    user: string,
  ): void {
    const key = `${protocol}|${message.orig}|${message.resp}|${message.respPort}`;
    const found = this.cases.open(
      key,
      at(message),
      (time) => new Guessing(time, protocol, message.orig, message.resp, message.respPort),
    );
    found.saw(at(message), message.flow);
    const name = user.toLowerCase();
    if (outcome === 'succeeded') {
      found.successes++;
      if (found.decided) {
        found.successAfter++;
        this.cases.change(key, found);
      }
      return;
    }
    found.users.add(name);
    const now = message.sec + message.nano / 1e9;
    if (outcome === 'failed') {
      found.failures++;
      if (!NOBODY.has(name)) found.failedUsers.add(name);
      if (found.recentFailures.add(now) || found.spraying) found.decide();
    } else {
      found.attempts++;
      const enough = found.recentAttempts.add(now);
      // Attempts that are followed by success, session after session, are a program at work; a telephone number each is
      // registration (`mass-registration`).
      const registering = protocol === 'sip' && found.users.size * 2 > found.attempts;
      if (enough && !registering && found.successes * 4 < found.attempts) found.decide();
    }
    if (found.decided) this.cases.change(key, found);
  }

  private finding(found: Guessing, context: BehaviourContext) {
    const who = context.hosts.address(found.source);
    const whom = context.hosts.address(found.target);
    const tries = Math.max(found.failures, found.attempts);
    const visible = found.failures > 0;
    const spray = found.spraying;
    const confidence = Math.min(
      0.97,
      (visible ? 0.7 : 0.6) +
        0.1 * Math.log2(Math.max(1, tries / GUESSING.FAILURES)) +
        (found.successAfter > 0 ? 0.02 : 0),
    );
    const service = NAMES[found.protocol];
    // SSH is encrypted: the meter tells refusals from the sizes of the packets.
    const judged = found.protocol === 'ssh';
    const about = judged ? 'about ' : '';
    const title = spray
      ? `${who} tried passwords on ${counted(found.failedUsers.size, 'account')} of ${whom} over ${service}`
      : `${who} guessed passwords at ${whom} over ${service}: ${about}${counted(tries, visible ? 'failure' : 'attempt')}${within(found.seconds)}`;
    return makeFinding({
      detector: this.id,
      kind: 'brute-force',
      confidence,
      title,
      summary:
        `${service} logins from ${who} to ${whom} port ${found.port} ${visible ? 'failed' : 'were tried'} ` +
        `${about}${counted(tries, 'time')}${within(found.seconds)}${judged ? ', judged from packet sizes, since SSH is encrypted' : ''}; a person who mistypes gives up after a few.` +
        (found.successAfter > 0
          ? ` A login ${judged ? 'seems to have succeeded' : 'succeeded'} afterwards: the password may have been found.`
          : ''),
      sources: [found.source],
      targets: [found.target],
      ports: [found.port],
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact(
          (visible
            ? `Failed logins${judged ? ', judged from packet sizes' : ''}`
            : 'Logins tried without visible success') +
            ` (alarm from ${visible ? GUESSING.FAILURES : GUESSING.ATTEMPTS} in ${formatDuration(GUESSING.WINDOW)})`,
          tries,
          'logins',
        ),
        // The names of accounts cannot be seen in SSH.
        ...(judged ? [] : [fact('Accounts tried', found.users.size + found.users.refused, 'accounts')]),
        fact(`Logins that ${judged ? 'seem to have succeeded' : 'succeeded'}`, found.successes, 'logins'),
        fact('Failures a minute', tries / Math.max(found.seconds / 60, 1 / 60), 'logins/min'),
      ],
      flows: found.flows,
      technique: spray
        ? [{ id: 'T1110.003', name: 'Brute Force: Password Spraying' }]
        : [{ id: 'T1110.001', name: 'Brute Force: Password Guessing' }],
      ...(found.successAfter > 0
        ? {
            response: [
              `A login ${judged ? 'seems to have succeeded' : 'succeeded'} after the guessing: lock the account, end its sessions and look at what was done.`,
              'Block the source and turn on lock-out or key-only login for this service.',
            ],
          }
        : {}),
    });
  }
}
