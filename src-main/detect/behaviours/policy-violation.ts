/**
 * Against good practice: passwords and management that cross the network readable by anybody.
 *
 * A cleartext login inside the network is `info` (it is ordinary in many places and one should know); to or from
 * outside with a password that worked it is still `info` for one account, and a warning from `ACCOUNTS` accounts on:
 * then it is a service, not somebody's old habit. Confidence 0.9: the password was seen to be readable. Where the
 * protocol's answer is not read (`ClearMessage`) it is always `info`.
 * Default SNMP communities are `info` each. Anonymous logins carry no secret and are passed over.
 */
import { OPEN_ACCOUNTS } from '../../meter/protocols/login-form.ts';
import type { ClearMessage, LoginMessage, SnmpMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook } from './common/casebook.ts';
import { fact, factUnlessZero, makeFinding } from './common/finding.ts';
import { counted, formatList } from './common/words.ts';

const ACCOUNTS = 10;
/**
 * SNMP messages by which the client shows that it knows the community. Answers, and requests that a server sends back,
 * only repeat what somebody sent in the client's name.
 */
const REQUESTS = new Set(['get', 'get-next', 'get-bulk', 'set', 'trap', 'trap2', 'inform']);
const UNSEEN = 'an account that was not seen';
const RESPONSE = [
  'Move the service to its encrypted form and change the password that crossed the network.',
  'Mark it as expected if it has to stay.',
];
/** Names of protocols that are not just their inspectors' or logins' names in capitals. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['telnet', 'Telnet'],
  ['kerberos', 'Kerberos'],
  ['http-form', 'HTTP form'],
  ['mssql-tds', 'MS-SQL'],
  ['postgresql', 'PostgreSQL'],
  ['redis', 'Redis'],
  ['mysql', 'MySQL'],
  ['kafka', 'Kafka'],
  ['rexec', 'rexec'],
]);

/** One client and protocol, with all its servers. */
export class Readable extends Case {
  readonly client: number;
  readonly protocol: string;
  readonly servers = new BoundedSet<number>(1000);
  readonly ports = new BoundedSet<number>(64);
  readonly users = new BoundedSet<string>(100);
  succeeded = 0;
  /** Somebody logged in whose account was not seen. */
  unseen = false;

  constructor(time: PacketTime, client: number, protocol: string) {
    super(time);
    this.client = client;
    this.protocol = protocol;
  }
}

export class PolicyViolation implements Behaviour {
  readonly id = 'behaviour:policy-violation';
  private readonly cases = new CaseBook<Readable>({ ceiling: 10_000, lifetime: 86_400 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) {
      if (message.kind === 'login' && message.cleartext) this.login(message);
      else if (message.kind === 'clear') this.clear(message);
      else if (message.kind === 'snmp' && message.fromOrig && REQUESTS.has(message.pdu)) this.community(message);
    }
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private login(message: LoginMessage): void {
    if (OPEN_ACCOUNTS.has(message.user.toLowerCase()) && message.protocol !== 'telnet') return;
    const found = this.open(message, nameOf(message.protocol));
    if (message.outcome === 'succeeded') found.succeeded++;
    if (message.user === '') found.unseen = true;
    else found.users.add(message.user);
  }

  private clear(message: ClearMessage): void {
    if (OPEN_ACCOUNTS.has(message.user.toLowerCase())) return;
    const { users } = this.open(message, nameOf(message.protocol));
    if (message.user !== '') users.add(message.user);
  }

  private community(message: SnmpMessage): void {
    if (message.community !== 'public' && message.community !== 'private') return;
    const found = this.open(message, `SNMP community "${message.community}"`);
    found.users.add(message.community);
  }

  private open(message: ClearMessage | LoginMessage | SnmpMessage, protocol: string): Readable {
    const key = `readable|${protocol}|${message.orig}`;
    const found = this.cases.open(key, at(message), (time) => new Readable(time, message.orig, protocol));
    found.servers.add(message.resp);
    found.ports.add(message.respPort);
    found.saw(at(message), message.flow);
    found.decide();
    this.cases.change(key, found);
    return found;
  }

  private finding(found: Readable, context: BehaviourContext): Finding {
    const who = context.hosts.address(found.client);
    const servers = [...found.servers.members];
    const whom = formatList(
      servers.slice(0, 2).map((host) => context.hosts.address(host)),
      2,
      servers.length + found.servers.refused,
    );
    const users = [...found.users.members];
    const whose = [...(users.length > 0 ? [formatList(users)] : []), ...(found.unseen ? [UNSEEN] : [])].join(' and ');
    const outside = !context.network.isLocal(found.client) || servers.some((host) => !context.network.isLocal(host));
    const service = outside && found.succeeded > 0 && users.length >= ACCOUNTS;
    return makeFinding({
      detector: this.id,
      kind: 'policy-violation',
      severity: service ? 'warning' : 'info',
      confidence: 0.9,
      title: `${who} sent a password to ${whom} that anybody on the way can read (${found.protocol})`,
      summary:
        `${counted(found.count, 'message')} with readable credentials` +
        (whose === '' ? '' : ` of ${whose}`) +
        (outside ? ', across the border of the network.' : ', inside the network.'),
      sources: [found.client],
      targets: servers,
      targetsTotal: servers.length + found.servers.refused,
      ports: found.ports.members,
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact('Messages with readable credentials', found.count, 'messages'),
        ...factUnlessZero('Accounts', users.length, 'accounts'),
      ],
      flows: found.flows,
      technique: [],
      response: RESPONSE,
    });
  }
}

function nameOf(protocol: string): string {
  return NAMES.get(protocol) ?? protocol.toUpperCase();
}
