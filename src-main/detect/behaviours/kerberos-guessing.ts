/**
 * Password spraying, user enumeration, and the collecting of tickets for guessing offline, over Kerberos.
 *
 * What the codes mean (RFC 4120 7.5.9): 6 the account does not exist, 18 it is locked, 24 the password was wrong,
 * 25 "send a password first" (ordinary: every first request gets it). Ordinary: a few wrong passwords of one account;
 * machines asking for service tickets one at a time with AES
 * (one with RC4 is `info`).
 *
 * Confidence: enumeration and spraying 0.75 at the floor, +0.1 a doubling; tickets for offline guessing 0.7.
 */
import type { KerberosMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook, Burst } from './common/casebook.ts';
import { fact, factUnlessZero, makeFinding } from './common/finding.ts';
import { GUESSING } from './common/message-thresholds.ts';
import { counted, formatDuration } from './common/words.ts';

const UNKNOWN_ACCOUNT = 6;
const LOCKED = 18;
const WRONG_PASSWORD = 24;
const RC4 = 23;
/** Different services for which one client took RC4 tickets within minutes: an ordinary session needs one or two. */
const ROAST_SERVICES = 5;
/** One such ticket is only worth knowing: the service should use AES. */
const WEAK_SERVICES = 1;
/** Accounts asked for whose names do not exist, where a person errs once or twice. */
const UNKNOWN_ACCOUNTS = 4;

export class Realm extends Case {
  readonly source: number;
  readonly target: number;
  readonly port: number;
  unknown = 0;
  wrong = 0;
  locked = 0;
  granted = 0;
  /** Accounts asked for; the clients of errors are usually not stated, so requests are remembered by flow. */
  readonly asked = new BoundedSet<string>(1024);
  readonly recentWrong = new Burst(GUESSING.FAILURES, GUESSING.WINDOW);
  readonly weakServices = new BoundedSet<string>(256);
  weakFirst: PacketTime | null = null;
  kind: '' | 'enumeration' | 'spraying' | 'guessing' | 'roasting' = '';

  constructor(time: PacketTime, source: number, target: number, port: number) {
    super(time);
    this.source = source;
    this.target = target;
    this.port = port;
  }
}

export class KerberosGuessing implements Behaviour {
  readonly id = 'behaviour:kerberos-guessing';
  private readonly cases = new CaseBook<Realm>({ ceiling: 10_000, lifetime: 1800 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) if (message.kind === 'kerberos') this.look(message);
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private look(message: KerberosMessage): void {
    const key = `kerberos|${message.orig}|${message.resp}`;
    const found = this.cases.open(
      key,
      at(message),
      (time) => new Realm(time, message.orig, message.resp, message.respPort),
    );
    found.saw(at(message), message.flow);
    if (message.type === 'as-req') found.asked.add(message.client.toLowerCase());
    else if (message.type === 'as-rep') found.granted++;
    else if (message.type === 'error') this.error(found, message);
    else if (message.type === 'tgs-rep') this.ticket(found, message);
    if (this.judge(found)) this.cases.change(key, found);
  }

  private error(found: Realm, message: KerberosMessage): void {
    if (message.error === UNKNOWN_ACCOUNT) found.unknown++;
    else if (message.error === LOCKED) found.locked++;
    else if (message.error === WRONG_PASSWORD) {
      found.wrong++;
      if (found.recentWrong.add(message.sec)) found.kind ||= 'guessing';
    }
  }

  /** A ticket encrypted with RC4 for a service account can be cracked at home; computers' own accounts cannot. */
  private ticket(found: Realm, message: KerberosMessage): void {
    const service = message.service.toLowerCase();
    if (!message.etypes.includes(RC4) || service.startsWith('krbtgt') || service.endsWith('$')) return;
    found.weakServices.add(service);
  }

  /** Decides at most once a kind; true when the case is to be reported (again). */
  private judge(found: Realm): boolean {
    const accounts = found.asked.size;
    const bad = found.unknown + found.wrong + found.locked;
    if (found.kind === '' || found.kind === 'guessing' || found.kind === 'roasting') {
      if (found.unknown >= UNKNOWN_ACCOUNTS && accounts >= GUESSING.SPRAY_ACCOUNTS) found.kind = 'enumeration';
      if (found.wrong >= 2 && bad >= GUESSING.SPRAY_ACCOUNTS && accounts >= GUESSING.SPRAY_ACCOUNTS)
        found.kind = 'spraying';
      else if (found.kind === '' && found.weakServices.size >= WEAK_SERVICES) found.kind = 'roasting';
    }
    if (found.kind === 'enumeration' && found.wrong >= 2) found.kind = 'spraying';
    if (found.kind === '') return false;
    found.decide();
    return true;
  }

  private finding(found: Realm, context: BehaviourContext): Finding {
    const who = context.hosts.address(found.source);
    const whom = context.hosts.address(found.target);
    const bad = found.unknown + found.wrong + found.locked;
    const roasting = found.kind === 'roasting';
    const few = roasting && found.weakServices.size < ROAST_SERVICES;
    const words = {
      enumeration: `${who} tried ${counted(found.asked.size, 'account name')} at the Kerberos server ${whom}`,
      spraying: `${who} tried passwords on ${counted(found.asked.size, 'account')} at the Kerberos server ${whom}`,
      guessing: `${who} sent ${counted(found.wrong, 'wrong password')} to the Kerberos server ${whom}`,
      roasting: `${who} collected weakly encrypted tickets of ${counted(found.weakServices.size, 'service')} from ${whom}`,
      '': '',
    };
    const technique = {
      enumeration: [
        { id: 'T1110.003', name: 'Brute Force: Password Spraying' },
        { id: 'T1087.002', name: 'Account Discovery: Domain Account' },
      ],
      spraying: [{ id: 'T1110.003', name: 'Brute Force: Password Spraying' }],
      guessing: [{ id: 'T1110.001', name: 'Brute Force: Password Guessing' }],
      roasting: [{ id: 'T1558.003', name: 'Kerberoasting' }],
      '': [],
    };
    return makeFinding({
      detector: this.id,
      kind: 'brute-force',
      ...(few ? { severity: 'info' as const } : {}),
      confidence: few
        ? 0.35
        : roasting
          ? 0.7
          : Math.min(0.97, 0.75 + 0.1 * Math.log2(Math.max(1, bad / GUESSING.SPRAY_ACCOUNTS))),
      title: words[found.kind],
      summary: roasting
        ? 'Tickets with RC4 can be cracked offline to the passwords of the service accounts; ordinary sessions need one or two services.'
        : `In ${formatDuration(found.seconds)} the server answered that ${counted(found.unknown, 'account')} did not exist and ` +
          `${counted(found.wrong, 'password')} were wrong; ordinary machines know their user.`,
      sources: [found.source],
      targets: [found.target],
      ports: [found.port],
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: roasting
        ? [fact('Services with RC4 tickets', found.weakServices.size, 'services')]
        : [
            fact(`Accounts asked for (alarm from ${GUESSING.SPRAY_ACCOUNTS} that fail)`, found.asked.size, 'accounts'),
            ...factUnlessZero('Answers "no such account"', found.unknown, 'answers'),
            ...factUnlessZero('Answers "wrong password"', found.wrong, 'answers'),
            ...factUnlessZero('Answers "account locked"', found.locked, 'answers'),
            fact('Logins that succeeded', found.granted, 'logins'),
          ],
      flows: found.flows,
      technique: technique[found.kind],
      response: roasting
        ? [
            'Give the service accounts long random passwords or managed accounts and turn RC4 off.',
            'Find the program on the source that asked for the tickets.',
          ]
        : [
            'Find the program on the source and check which accounts answered; reset those whose login succeeded.',
            'Turn on lock-out and look for the same source elsewhere.',
          ],
    });
  }
}
