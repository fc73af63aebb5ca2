/**
 * Password guessing where the outcome is encrypted: many short sessions at a login service, one after the other, of
 * nearly the same size. A program that fails says the same each time; people and jobs that get in do different things.
 *
 * Confidence: 0.55 at the floor, +0.1 a doubling of the sessions, at most 0.9. Fewer than `SESSIONS` within
 * `SESSION_WINDOW`, long sessions, or sizes that vary: no finding. Severity stays below the kind's default unless the
 * rate is beyond any job's (a session a second).
 */
import { CONN_STATES, type FlowBatch } from '../../meter/flows/types.ts';
import type { Behaviour, BehaviourContext, Observations, PacketTime } from '../types.ts';
import { Case, CaseBook, Burst } from './common/casebook.ts';
import { fact, makeFinding, timeOf } from './common/finding.ts';
import { GUESSING } from './common/message-thresholds.ts';
import { Recent, spreadOf } from './common/order-statistics.ts';
import { counted, formatBytes, formatDuration, within } from './common/words.ts';

const SERVICES: ReadonlyMap<string, string> = new Map([
  ['ssh', 'SSH'],
  ['rdp', 'Remote Desktop'],
  ['rfb', 'VNC'],
  ['ldap', 'LDAP'],
  ['mysql', 'MySQL'],
  ['postgresql', 'PostgreSQL'],
]);
/** Where inspectors have no name: ports at which every session starts with a login. */
const PORTS: ReadonlyMap<number, string> = new Map([
  [22, 'SSH'],
  [3389, 'Remote Desktop'],
  [5900, 'VNC'],
  [990, 'FTP over TLS'],
  [992, 'Telnet over TLS'],
  [993, 'IMAP over TLS'],
  [995, 'POP3 over TLS'],
  [1433, 'SQL Server'],
  [3306, 'MySQL'],
  [5432, 'PostgreSQL'],
  [636, 'LDAP over TLS'],
]);
/** A handshake and one refused password need at least this much from the client. */
const LEAST_BYTES = 200;
/** Sessions a second that no scheduled job makes. */
const FAST = 1;
/** A session with so many times the usual bytes was no refused login. */
const LARGE = 8;
const TCP = 6;

export class Sessions extends Case {
  readonly source: number;
  readonly target: number;
  readonly port: number;
  readonly service: string;
  readonly up = new Recent(128);
  readonly down = new Recent(128);
  readonly seconds128 = new Recent(128);
  readonly recent = new Burst(GUESSING.SESSIONS, GUESSING.SESSION_WINDOW);
  /** Sessions that are too long or too large to be a refused login, and the most bytes of one. */
  others = 0;
  otherBytes = 0;
  /** Bytes of the smallest short session. */
  least = Number.POSITIVE_INFINITY;

  constructor(time: PacketTime, source: number, target: number, port: number, service: string) {
    super(time);
    this.source = source;
    this.target = target;
    this.port = port;
    this.service = service;
  }
}

export class LoginFlows implements Behaviour {
  readonly id = 'behaviour:login-flows';
  private readonly cases = new CaseBook<Sessions>({ ceiling: 10_000, lifetime: 1800 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (let row = 0; row < seen.flows.count; row++) this.look(seen.flows, row);
    this.cases.flush((found, key) => this.judge(found, key, context));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => this.judge(found, key, context));
  }

  private look(flows: FlowBatch, row: number): void {
    const c = flows.columns;
    if (c.proto[row] !== TCP || c.origBytes[row]! < LEAST_BYTES || c.respBytes[row]! < LEAST_BYTES) return;
    const service = serviceOf(flows, row);
    if (service === '') return;
    const source = c.origHost[row]!;
    const target = c.respHost[row]!;
    const port = c.respPort[row]!;
    const start = timeOf(c, row);
    const key = `sessions|${source}|${target}|${port}`;
    const found = this.cases.open(key, start, (time) => new Sessions(time, source, target, port, service));
    const seconds = c.lastSec[row]! - c.sec[row]! + (c.lastNano[row]! - c.nano[row]!) / 1e9;
    const state = CONN_STATES[c.connState[row]!];
    const bytes = c.origBytes[row]! + c.respBytes[row]!;
    if (seconds > GUESSING.SESSION_SECONDS || state === 'S0' || state === 'REJ' || isLarge(found, bytes)) {
      found.others++;
      found.otherBytes = Math.max(found.otherBytes, bytes);
      // Sessions that follow belong into the report as well.
      if (found.decided) this.cases.change(key, found);
      return;
    }
    found.least = Math.min(found.least, bytes);
    found.saw({ sec: c.lastSec[row]!, nano: c.lastNano[row]! }, c.id[row]!);
    found.up.push(c.origBytes[row]!);
    found.down.push(c.respBytes[row]!);
    found.seconds128.push(seconds);
    if (found.recent.add(start.sec + start.nano / 1e9)) this.cases.change(key, found);
  }

  private judge(found: Sessions, key: string, context: BehaviourContext): void {
    const up = spreadOf(found.up.all());
    const down = spreadOf(found.down.all());
    const alike = up.mad <= up.median * GUESSING.SIZE_SPREAD && down.mad <= down.median * GUESSING.SIZE_SPREAD;
    // Whoever also has real sessions here, at least one in four, is a user with a busy program.
    if (!alike || found.others * 4 > found.count) return;
    found.decide();
    context.report(key, this.finding(found, up.median, down.median, context));
  }

  private finding(found: Sessions, up: number, down: number, context: BehaviourContext) {
    const who = context.hosts.address(found.source);
    const whom = context.hosts.address(found.target);
    const rate = found.count / Math.max(found.seconds, 1);
    return makeFinding({
      detector: this.id,
      kind: 'brute-force',
      ...(rate >= FAST ? {} : { severity: 'warning' as const }),
      confidence: Math.min(0.9, 0.55 + 0.1 * Math.log2(found.count / GUESSING.SESSIONS)),
      title: `${who} made ${counted(found.count, 'short login session')} to ${whom} (${found.service})${within(found.seconds)}`,
      summary:
        `All of about ${formatBytes(up)} out and ${formatBytes(down)} back: a program that is refused each time looks ` +
        'like this. The passwords and answers themselves are encrypted.',
      sources: [found.source],
      targets: [found.target],
      ports: [found.port],
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact(
          `Short sessions of the same size (alarm from ${GUESSING.SESSIONS} in ${formatDuration(GUESSING.SESSION_WINDOW)})`,
          found.count,
          'sessions',
        ),
        fact('Typical payload sent in a session', up, 'bytes'),
        fact('Typical length of a session', spreadOf(found.seconds128.all()).median, 's'),
        fact(
          found.others === 0
            ? 'Longer or larger sessions between the same hosts'
            : `Longer or larger sessions between the same hosts (the largest: ${formatBytes(found.otherBytes)})`,
          found.others,
          'sessions',
        ),
      ],
      flows: found.flows,
      technique: [{ id: 'T1110.001', name: 'Brute Force: Password Guessing' }],
    });
  }
}

/** Many times what the sessions before carried: somebody got in. */
function isLarge(found: Sessions, bytes: number): boolean {
  if (found.count < GUESSING.SESSIONS || bytes < found.least * LARGE) return false;
  return bytes >= (spreadOf(found.up.all()).median + spreadOf(found.down.all()).median) * LARGE;
}

function serviceOf(flows: FlowBatch, row: number): string {
  const service = flows.meta[row]?.service ?? '';
  if (service !== '') {
    for (const part of service.split(',')) {
      const known = SERVICES.get(part);
      if (known) return known;
    }
    if (service !== 'ssl' && service !== 'tls') return '';
  }
  return PORTS.get(flows.columns.respPort[row]!) ?? '';
}
