/**
 * Many accounts or devices registered from one source in a short time: sign-up forms of web sites, SIP registrars.
 *
 * A finding needs `SIGN_UPS` posts to the same sign-up path within `WINDOW` seconds with different names in them; or
 * `DEVICES` different SIP users from one source of which fewer than half get in. Confidence 0.65 at the floor, +0.1 a doubling, at most 0.95.
 * Ordinary: a person who corrects a form (the same name again), an office behind one address (slower than the window).
 */
import type { HttpMessage, LoginMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook, Burst } from './common/casebook.ts';
import { hashText } from './common/distinct.ts';
import { fact, makeFinding } from './common/finding.ts';
import { isSignUp } from './common/web-paths.ts';
import { counted, within } from './common/words.ts';

const NAME = /(?:^|[&"\s{,])"?(?:user(?:name)?|login|e-?mail|nick|name|account|phone)"?\s*[=:]\s*"?([^&"]{1,80})/i;
const SIGN_UPS = 15;
const DEVICES = 20;
const WINDOW = 600;

export class Registrations extends Case {
  readonly source: number;
  readonly target: number;
  readonly port: number;
  readonly what: string;
  readonly host: string;
  readonly names = new BoundedSet<number>(4096);
  readonly recent: Burst;
  /** Registrations came thick enough at some time; how many telephones were let in. */
  dense = false;
  accepted = 0;

  constructor(time: PacketTime, message: HttpMessage | LoginMessage, what: string, host: string, floor: number) {
    super(time);
    this.source = message.orig;
    this.target = message.resp;
    this.port = message.respPort;
    this.what = what;
    this.host = host;
    this.recent = new Burst(floor, WINDOW);
  }
}

function keyOf(message: HttpMessage | LoginMessage, what: string): string {
  return `register|${message.orig}|${message.resp}|${what}`;
}

export class MassRegistration implements Behaviour {
  readonly id = 'behaviour:mass-registration';
  private readonly cases = new CaseBook<Registrations>({ ceiling: 10_000, lifetime: 7200 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) {
      if (message.kind === 'http' && message.method === 'POST') this.form(message);
      else if (message.kind === 'login' && message.protocol === 'sip') this.device(message);
    }
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private form(message: HttpMessage): void {
    const path = message.uri.split('?', 1)[0]!;
    if (!isSignUp(path)) return;
    // Without a readable name the whole body stands for it: a corrected form differs, but rarely fifteen times.
    const name = NAME.exec(message.body)?.[1] ?? message.body;
    this.count(message, `the sign-up form ${path}`, message.host, name, SIGN_UPS);
  }

  /** Telephones of an office register through one address, too, but they get in. */
  private device(message: LoginMessage): void {
    const what = 'the telephone registrar (SIP)';
    if (message.outcome === 'succeeded') {
      const known = this.cases.find(keyOf(message, what));
      if (known) known.accepted++;
    } else this.count(message, what, '', message.user, DEVICES);
  }

  private count(message: HttpMessage | LoginMessage, what: string, host: string, name: string, floor: number): void {
    const key = keyOf(message, what);
    const found = this.cases.open(key, at(message), (time) => new Registrations(time, message, what, host, floor));
    found.saw(at(message), message.flow);
    if (!found.names.add(hashText(name))) return;
    if (found.recent.add(message.sec)) found.dense = true;
    if (found.dense && found.accepted * 2 < found.names.size) found.decide();
    if (found.decided) this.cases.change(key, found);
  }

  private finding(found: Registrations, context: BehaviourContext): Finding {
    const who = context.hosts.address(found.source);
    const whom = context.hosts.address(found.target);
    const names = found.names.size + found.names.refused;
    return makeFinding({
      detector: this.id,
      kind: 'mass-registration',
      confidence: Math.min(0.95, 0.65 + 0.1 * Math.log2(Math.max(1, names / SIGN_UPS))),
      title: `${who} registered ${counted(names, 'name')} at ${found.host || whom}`,
      summary: `${counted(found.count, 'registration')} at ${found.what}${within(found.seconds)}; a person makes one.`,
      sources: [found.source],
      targets: [found.target],
      ports: [found.port],
      domains: found.host === '' ? [] : [found.host],
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact(`Different names registered (alarm from ${SIGN_UPS})`, names, 'names'),
        fact('Registrations', found.count, 'requests'),
      ],
      flows: found.flows,
    });
  }
}
