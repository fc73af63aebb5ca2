/**
 * Generated domain names: a host asks for many names that nobody would choose and that mostly do not exist.
 *
 * Counted are registered domains (not subdomains: those are a tunnel or a content network). A name is improbable when
 * the letter pairs of its registered label surprise by `IMPROBABLE` bits or more on average (words of European
 * languages stay below 5), or when it is 16 characters or more of hexadecimal or without rhythm.
 * Confidence: 0.6 at the floor, +0.1 a doubling of the names, at most 0.95.
 * Ordinary: typing errors, search suffixes (one registered domain), a browser's start-up probes (no dot), mail servers
 * that look up what spammers invent (their names resolve or are words).
 */
import type { DnsMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook } from './common/casebook.ts';
import { hashText } from './common/distinct.ts';
import { fact, makeFinding } from './common/finding.ts';
import { surprise } from './common/letter-pairs.ts';
import { DGA } from './common/message-thresholds.ts';
import { registeredDomain } from './common/texts.ts';
import { counted, formatDuration, formatList } from './common/words.ts';

const IMPROBABLE = 5.6;
const SHORTEST = 6;
const NXDOMAIN = 3;
/** Improbable names whose answers cannot be seen: twice as many are asked for. */
const UNANSWERED = 30;

export class Generated extends Case {
  readonly client: number;
  readonly servers = new BoundedSet<number>(64);
  readonly seen = new BoundedSet<number>(4096);
  readonly failed = new BoundedSet<string>(1000);
  readonly resolved = new BoundedSet<string>(1000);
  asked = 0;
  answered = 0;

  constructor(time: PacketTime, client: number) {
    super(time);
    this.client = client;
  }
}

export class GeneratedNames implements Behaviour {
  readonly id = 'behaviour:dga';
  private readonly cases = new CaseBook<Generated>({ ceiling: 20_000, lifetime: 7200 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) if (message.kind === 'dns' && message.variant === 'dns') this.look(message);
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private look(message: DnsMessage): void {
    if (!message.qname.includes('.') || message.qname.endsWith('.arpa')) return;
    const domain = registeredDomain(message.qname);
    if (!improbable(domain.slice(0, domain.indexOf('.')))) return;
    const key = `dga|${message.orig}`;
    const found = this.cases.open(key, at(message), (time) => new Generated(time, message.orig));
    found.saw(at(message), message.flow);
    found.servers.add(message.resp);
    if (!message.response) {
      if (found.seen.add(hashText(domain))) found.asked++;
    } else if (message.rcode === NXDOMAIN) found.failed.add(domain);
    else if (message.rcode === 0 && message.addresses.length > 0) found.resolved.add(domain);
    const failed = found.failed.size;
    const known = failed + found.resolved.size;
    const failing = failed >= DGA.NAMES && failed >= known * DGA.FAILED;
    const silent = known === 0 && found.asked >= UNANSWERED;
    if (failing || silent) found.decide();
    if (found.decided) this.cases.change(key, found);
  }

  private finding(found: Generated, context: BehaviourContext): Finding {
    const who = context.hosts.address(found.client);
    const failed = [...found.failed.members];
    const resolved = [...found.resolved.members];
    const names = Math.max(found.asked, failed.length + resolved.length);
    return makeFinding({
      detector: this.id,
      kind: 'dga',
      confidence: Math.min(0.95, 0.6 + 0.1 * Math.log2(Math.max(1, names / DGA.NAMES))),
      title: `${who} looked for ${counted(names, 'domain')} that look generated`,
      summary:
        `${counted(failed.length, 'of these names does', 'of these names do')} not exist (such as ${formatList(failed)}); ` +
        `${resolved.length === 0 ? 'none was found' : `found: ${formatList(resolved)}`}, within ${formatDuration(found.seconds)}. ` +
        'Malware tries such names until one leads to its server.',
      sources: [found.client],
      targets: found.servers.members,
      ports: [53],
      domains: [...resolved, ...failed],
      domainsTotal: resolved.length + failed.length + found.failed.refused,
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact(`Improbable domains asked for (alarm from ${DGA.NAMES})`, names, 'domains'),
        fact('Of these, domains that do not exist', failed.length, 'domains'),
        fact('Of these, domains that were found', resolved.length, 'domains'),
      ],
      flows: found.flows,
      filter: 'dns.flags.rcode == 3',
    });
  }
}

/** Whether a registered label is one nobody would choose. Punycode stands for other scripts and is passed over. */
export function improbable(label: string): boolean {
  if (label.length < SHORTEST || label.startsWith('xn--')) return false;
  const letters = label.replaceAll(/[0-9-]/g, '').length;
  if (letters === 0) return false;
  if (/^[0-9a-f]{16,}$/.test(label) && /[0-9]/.test(label)) return true;
  // Short labels are often abbreviations: they have to surprise more.
  return surprise(label) >= IMPROBABLE + Math.max(0, 9 - label.length) * 0.25;
}
