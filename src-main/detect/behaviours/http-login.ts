/**
 * Guessing at web logins: refused HTTP authentication (401, 407), and login forms posted over and over; stuffing when
 * many accounts are tried.
 *
 * Confidence: 0.7 at the floor for refusals, 0.6 for forms (whose answer must look the same each time), +0.1 a
 * doubling. Ordinary: a 401 first and a 200 after it (every Basic login begins so), single sign-on (NTLM and Negotiate
 * answer 401 twice for each success), a program polling with an old password at a slow pace.
 */
import { userOf } from '../../meter/protocols/login-form.ts';
import { passwordIn } from '../../meter/protocols/secrets.ts';
import type { HttpMessage, LoginMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook, Burst } from './common/casebook.ts';
import { hashText } from './common/distinct.ts';
import { fact, factUnlessZero, makeFinding } from './common/finding.ts';
import { Exchanges } from './common/exchanges.ts';
import { GUESSING } from './common/message-thresholds.ts';
import { Recent, spreadOf } from './common/order-statistics.ts';
import { hostName, namedByClient } from './common/texts.ts';
import { isSignUp } from './common/web-paths.ts';
import { counted, formatDuration, within } from './common/words.ts';

const LOGIN_PATH = /log-?in|sign-?in|auth|session|account|user|admin|wp-login|xmlrpc|token|passw/i;
/** Posts of a password to one form within the window: people need a handful at most. */
const FORM_POSTS = 10;
/** Characters of a path in a title. */
const PATH_SHOWN = 80;

/** A request that carried credentials. */
interface Pending {
  form: boolean;
  key: string;
}

export class WebLogin extends Case {
  readonly source: number;
  readonly target: number;
  readonly port: number;
  readonly path: string;
  readonly host: string;
  refused = 0;
  accepted = 0;
  posts = 0;
  readonly users = new BoundedSet<string>(1024);
  readonly passwords = new BoundedSet<number>(1024);
  readonly lengths = new Recent(64);
  readonly statuses = new Map<number, number>();
  readonly recentRefused = new Burst(GUESSING.FAILURES, GUESSING.WINDOW);
  readonly recentPosts = new Burst(FORM_POSTS, GUESSING.WINDOW);
  /** Refusals or posts were dense enough at some time. */
  dense: '' | 'refusals' | 'posts' = '';

  constructor(time: PacketTime, message: HttpMessage | LoginMessage, path: string, host: string) {
    super(time);
    this.source = message.orig;
    this.target = message.resp;
    this.port = message.respPort;
    this.path = path;
    this.host = host;
  }
}

export class HttpLogin implements Behaviour {
  readonly id = 'behaviour:http-login';
  private readonly cases = new CaseBook<WebLogin>({ ceiling: 10_000, lifetime: 1800 });
  private readonly exchanges = new Exchanges<Pending>();

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) {
      if (message.kind !== 'http') continue;
      if (message.method !== '') this.request(message);
      else this.response(message);
    }
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private request(message: HttpMessage): void {
    const path = message.uri.split('?', 1)[0] ?? '';
    const query = message.uri.slice(path.length + 1);
    const fields = message.method === 'POST' || message.method === 'PUT' ? message.body : query;
    const password = passwordIn(fields);
    const basic = message.authorization === 'basic' || message.authorization === 'digest';
    // Forms named like a login without a visible password field (encrypted by script) count as forms, too.
    const form =
      !isSignUp(path) &&
      (password !== null || (message.method === 'POST' && LOGIN_PATH.test(path) && message.body.length > 0));
    if (!form && !basic) return this.exchanges.ask(message, undefined);
    const key = `weblogin|${message.orig}|${message.resp}|${message.respPort}|${basic ? '' : path}`;
    const found = this.cases.open(
      key,
      at(message),
      (time) => new WebLogin(time, message, path, hostName(message.host)),
    );
    found.saw(at(message), message.flow);
    const user = userOf(fields).toLowerCase();
    if (user !== '') found.users.add(user);
    if (password !== null) found.passwords.add(hashText(password));
    if (form) {
      found.posts++;
      const now = message.sec + message.nano / 1e9;
      if (found.recentPosts.add(now)) found.dense ||= 'posts';
    }
    this.exchanges.ask(message, { form, key });
    this.judge(found, key);
  }

  private response(message: HttpMessage): void {
    const asked = this.exchanges.answered(message);
    const found = asked && this.cases.find(asked.key);
    if (!found) return;
    found.statuses.set(message.status, (found.statuses.get(message.status) ?? 0) + 1);
    if (message.length >= 0) found.lengths.push(message.length);
    if (message.status === 401 || message.status === 407 || (asked.form && message.status === 403)) {
      found.refused++;
      if (found.recentRefused.add(message.sec + message.nano / 1e9)) found.dense = 'refusals';
    } else if (!asked.form) {
      found.accepted++;
    }
    this.judge(found, asked.key);
  }

  private judge(found: WebLogin, key: string): void {
    if (found.dense === '') return;
    if (found.dense === 'refusals' && found.accepted * 2 > found.refused) return;
    if (found.dense === 'posts' && !this.guessing(found)) return;
    found.decide();
    this.cases.change(key, found);
  }

  /** Posts that carry ever new passwords or accounts and are answered alike: search boxes and chats are not. */
  private guessing(found: WebLogin): boolean {
    const varied = Math.max(found.passwords.size, found.users.size) >= FORM_POSTS / 2;
    if (!varied) return false;
    const sizes = spreadOf(found.lengths.all());
    return found.lengths.size < 5 || sizes.mad <= Math.max(16, sizes.median * GUESSING.SIZE_SPREAD);
  }

  private finding(found: WebLogin, context: BehaviourContext): Finding {
    const who = context.hosts.address(found.source);
    const whom = context.hosts.address(found.target);
    const tries = Math.max(found.refused, found.posts);
    const stuffing = found.users.size >= GUESSING.STUFFING_ACCOUNTS && found.posts <= found.users.size * 3;
    const login = `"${found.path.slice(0, PATH_SHOWN).replaceAll('"', "'")}" of ${namedByClient(whom, found.host)}`;
    const refusals = found.dense === 'refusals';
    return makeFinding({
      detector: this.id,
      kind: stuffing ? 'credential-stuffing' : 'brute-force',
      confidence: Math.min(0.97, (refusals ? 0.7 : 0.6) + 0.1 * Math.log2(Math.max(1, tries / GUESSING.FAILURES))),
      title: stuffing
        ? `${who} tried ${counted(found.users.size, 'account')} at the web login ${login}`
        : `${who} tried ${counted(tries, 'password')} at the web login ${login}`,
      summary:
        `${counted(tries, 'login')}${within(found.seconds)}, ${counted(found.refused, 'refusal')}; ` +
        'people need a few at most.',
      sources: [found.source],
      targets: [found.target],
      ports: [found.port],
      domains: found.host === '' ? [] : [found.host],
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact(
          `Logins tried (alarm from ${GUESSING.FAILURES} refused in ${formatDuration(GUESSING.WINDOW)})`,
          tries,
          'logins',
        ),
        ...factUnlessZero('Logins refused', found.refused, 'answers'),
        fact('Accounts tried', found.users.size + found.users.refused, 'accounts'),
        fact('Different passwords', found.passwords.size + found.passwords.refused, 'passwords'),
      ],
      flows: found.flows,
      technique: stuffing
        ? [{ id: 'T1110.004', name: 'Brute Force: Credential Stuffing' }]
        : [{ id: 'T1110.001', name: 'Brute Force: Password Guessing' }],
    });
  }
}
