/**
 * Break-in attempts visible in HTTP requests: SQL injection, path traversal, script and command injection, Log4Shell,
 * Shellshock, web shells, template injection, deserialisation and other exploits of known shape.
 *
 * Patterns and their weights stand in `common/web-patterns.ts`, matched on target, body, agent and host after
 * repeated percent, plus, HTML and Unicode decoding. A request scores the weights of the families it shows; a case is
 * one source and one target. An attempt is decided when a request reaches 10 (unmistakable by itself), or several
 * reach 10 together with at least two different requests.
 * Confidence 0.5 + 0.03 a point, at most 0.97. Severity: critical when a single request is unmistakable, else warning.
 */
import { withoutSecrets } from '../../meter/protocols/secrets.ts';
import type { HttpMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook } from './common/casebook.ts';
import { hashText } from './common/distinct.ts';
import { Exchanges } from './common/exchanges.ts';
import { fact, makeFinding } from './common/finding.ts';
import { hostName, namedByClient } from './common/texts.ts';
import { judgeRequest } from './common/web-patterns.ts';
import { counted, formatList, within } from './common/words.ts';

const ENOUGH = 10;
const SAMPLE = 160;

export class WebAttack extends Case {
  readonly source: number;
  readonly target: number;
  readonly families = new Map<string, number>();
  readonly different = new BoundedSet<number>(1000);
  readonly hosts = new BoundedSet<string>(32);
  readonly ports = new BoundedSet<number>(32);
  score = 0;
  strongest = 0;
  sample = '';
  accepted = 0;
  refused = 0;

  constructor(time: PacketTime, source: number, target: number) {
    super(time);
    this.source = source;
    this.target = target;
  }
}

/** What of the headers can carry code: the content type, the host, and a line that visibly does. */
function headersOf(message: HttpMessage): string {
  return message.oddHeader === undefined
    ? `${message.contentType} ${message.host}`
    : `${message.oddHeader} ${message.contentType} ${message.host}`;
}

export class WebAttacks implements Behaviour {
  readonly id = 'behaviour:web-attack';
  private readonly cases = new CaseBook<WebAttack>({ ceiling: 20_000, lifetime: 7200 });
  /** Requests that were attacks, by the keys of their cases: the answer says how it went. */
  private readonly exchanges = new Exchanges<string>();

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) if (message.kind === 'http') this.look(message);
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private look(message: HttpMessage): void {
    if (message.method === '') {
      this.answer(message);
      return;
    }
    const verdict = judgeRequest(message.uri, message.body, message.agent, headersOf(message), message.method);
    if (verdict.score === 0) return this.exchanges.ask(message, undefined);
    const key = `webattack|${message.orig}|${message.resp}`;
    this.exchanges.ask(message, key);
    const found = this.cases.open(key, at(message), (time) => new WebAttack(time, message.orig, message.resp));
    found.saw(at(message), message.flow);
    found.ports.add(message.respPort);
    const name = hostName(message.host);
    if (name !== '') found.hosts.add(name);
    for (const family of verdict.families) found.families.set(family, (found.families.get(family) ?? 0) + 1);
    if (found.different.add(hashText(message.uri + message.body))) found.score += verdict.score;
    if (verdict.score > found.strongest) {
      found.strongest = verdict.score;
      found.sample = `${message.method} ${withoutSecrets(message.uri)}`.slice(0, SAMPLE);
    }
    if (found.strongest >= ENOUGH || (found.score >= ENOUGH && found.different.size >= 2)) found.decide();
    if (found.decided) this.cases.change(key, found);
  }

  private answer(message: HttpMessage): void {
    const key = this.exchanges.answered(message);
    const found = key === undefined ? undefined : this.cases.find(key);
    if (key === undefined || !found) return;
    if (message.status < 400) found.accepted++;
    else found.refused++;
    if (found.decided) this.cases.change(key, found);
  }

  private finding(found: WebAttack, context: BehaviourContext): Finding {
    const who = context.hosts.address(found.source);
    const whom = context.hosts.address(found.target);
    const families = [...found.families].sort((a, b) => b[1] - a[1]).map(([name]) => name);
    return makeFinding({
      detector: this.id,
      kind: 'intrusion-attempt',
      ...(found.strongest >= ENOUGH ? {} : { severity: 'warning' as const }),
      confidence: Math.min(0.97, 0.5 + 0.03 * found.score),
      title: `${who} tried ${formatList(families)} at ${namedByClient(whom, [...found.hosts.members][0] ?? '')}`,
      summary:
        `${counted(found.count, 'request')}${within(found.seconds)} carried code where data belongs, such as ` +
        `"${found.sample}"; the server accepted ${counted(found.accepted, 'one', 'of them')} and refused ${counted(found.refused, 'one', 'of them')}.`,
      sources: [found.source],
      targets: [found.target],
      ports: found.ports.members,
      domains: [...found.hosts.members],
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact('Requests with attack patterns', found.count, 'requests'),
        fact('Different requests among them', found.different.size + found.different.refused, 'requests'),
        fact('Kinds of attack', families.length, 'kinds'),
        fact('Requests the server accepted (status below 400)', found.accepted, 'requests'),
      ],
      flows: found.flows,
      filter: `http.request && ip.addr == ${who} && ip.addr == ${whom}`,
      ...(families.length === 1 && families[0] === 'a web shell'
        ? { technique: [{ id: 'T1505.003', name: 'Server Software Component: Web Shell' }] }
        : {}),
    });
  }
}
