/**
 * DNS spoofing: two answers to one question that contradict each other, floods of answers with guessed ids, names of
 * the whole world that lead to one machine inside, and a machine that answers for everybody's name (LLMNR).
 *
 * Confidence: 0.6 for one contradiction, 0.75 for two, up to 0.95; 0.8 when the two answers also differ in time to
 * live (hop count cannot be seen here) or one is from a private network. Ordinary: a retransmitted question answered
 * twice from a rotating pool (same network or an overlap), and answers to several questions with the same id of
 * different names; a firm's own names that lead inside (one registered domain); a machine that answers for its own name.
 */
import type { DnsMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedMap, BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook } from './common/casebook.ts';
import { hashText, mixPair } from './common/distinct.ts';
import { fact, makeFinding } from './common/finding.ts';
import { registeredDomain } from './common/texts.ts';
import { counted, formatList } from './common/words.ts';

/** Answers to one question arrive within this time. */
const WINDOW = 5;
/** Answers with different ids for one name that nobody asked with: cache poisoning by guessing. */
const GUESSED_ANSWERS = 20;
/** Registered domains that lead to one machine inside before it is more than a firm's own names. */
const CAPTURED_DOMAINS = 3;
/** Names for which one machine answers in its neighbourhood; an ordinary one has one or two. */
const ANSWERED_NAMES = 3;
/** Domains that never lead to a private address. */
const WORLD = new Set(
  'google.com facebook.com youtube.com twitter.com x.com instagram.com microsoft.com live.com apple.com icloud.com amazon.com paypal.com yahoo.com linkedin.com netflix.com github.com wikipedia.org bing.com ebay.com whatsapp.com'.split(
    ' ',
  ),
);
const PRIVATE = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/;
const A = 1;
const AAAA = 28;

interface Question {
  qname: string;
  client: number;
  /** How often it was asked with this id: a second question explains a second answer. */
  asked: number;
  answers: number;
  addresses: string[];
  names: string[];
  ttl: number;
  time: PacketTime;
}

export class Spoof extends Case {
  readonly client: number;
  readonly server: number;
  readonly names = new BoundedSet<string>(100);
  readonly truth = new BoundedSet<string>(32);
  readonly lies = new BoundedSet<string>(32);
  contradictions = 0;
  guessed = 0;
  /** Domains that lead to `lies`, a machine inside; names a neighbour answered for. */
  readonly captured = new BoundedSet<string>(100);
  readonly answered = new BoundedSet<string>(100);

  constructor(time: PacketTime, client: number, server: number) {
    super(time);
    this.client = client;
    this.server = server;
  }
}

export class DnsSpoofing implements Behaviour {
  readonly id = 'behaviour:dns-spoofing';
  private readonly questions = new BoundedMap<number, Question>({ ceiling: 50_000, lifetime: 30 });
  private readonly cases = new CaseBook<Spoof>({ ceiling: 5000, lifetime: 3600 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) {
      if (message.kind !== 'dns') continue;
      if (message.variant === 'dns') this.look(message);
      else if (message.variant === 'llmnr' && message.response) this.neighbour(message);
    }
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private look(message: DnsMessage): void {
    const key = keyOf(message, message.id * 65_536 + message.qtype);
    if (!message.response) {
      const known = this.recall(key, message);
      if (known) known.asked++;
      else this.questions.set(key, question(message, 1), message.sec);
      return;
    }
    this.inward(message);
    const asked = this.recall(key, message);
    if (!asked) {
      this.unasked(message);
      return;
    }
    asked.answers++;
    if (asked.answers === 1 || asked.answers <= asked.asked) {
      if (asked.addresses.length === 0)
        [asked.addresses, asked.names, asked.ttl] = [message.addresses, message.names, message.ttl];
      asked.time = at(message);
      return;
    }
    if (message.qtype !== A && message.qtype !== AAAA) return;
    if (message.sec - asked.time.sec > WINDOW || asked.addresses.length === 0 || message.addresses.length === 0) return;
    if (!contradicts(asked.addresses, message.addresses)) return;
    const found = this.open(message);
    found.contradictions++;
    found.names.add(message.qname);
    for (const address of asked.addresses) found.lies.add(address);
    for (const address of message.addresses) found.truth.add(address);
    found.decide();
    this.cases.change(`dnsspoof|${message.orig}|${message.resp}`, found);
  }

  /** Answers that lead to a machine inside: for several domains, or for one of the world's, somebody wants to be there. */
  private inward(message: DnsMessage): void {
    const inside = message.qtype === A ? message.addresses.find((address) => PRIVATE.test(address)) : undefined;
    if (inside === undefined || message.addresses.length > 1 || message.names.length > 0) return;
    const domain = registeredDomain(message.qname);
    if (
      !domain.includes('.') ||
      /\.(?:local|lan|home|internal|corp|intranet|localdomain|arpa|direct)$/.test(message.qname)
    )
      return;
    const key = `dnscapture|${inside}`;
    const found = this.cases.open(key, at(message), (time) => new Spoof(time, message.orig, message.resp));
    found.saw(at(message), message.flow);
    found.captured.add(domain);
    found.names.add(message.qname);
    found.lies.add(inside);
    if (found.captured.size < CAPTURED_DOMAINS && !WORLD.has(domain)) {
      if (!found.decided) return;
    }
    found.decide();
    this.cases.change(key, found);
  }

  /** Every machine asks its neighbours for names it cannot find; a thief answers to all of them. */
  private neighbour(message: DnsMessage): void {
    const sender = message.fromOrig ? message.orig : message.resp;
    const receiver = message.fromOrig ? message.resp : message.orig;
    const key = `llmnr|${sender}`;
    const found = this.cases.open(key, at(message), (time) => new Spoof(time, receiver, sender));
    found.saw(at(message), message.flow);
    found.answered.add(message.qname);
    found.names.add(message.qname);
    if (found.answered.size < ANSWERED_NAMES) return;
    found.decide();
    this.cases.change(key, found);
  }

  /** Keys are hashes: a question of another name is not the one meant. */
  private recall(key: number, message: DnsMessage): Question | undefined {
    const known = this.questions.touch(key, message.sec);
    return known && known.qname === message.qname && known.client === message.orig ? known : undefined;
  }

  /** Answers whose question was not seen: many for one name with different ids are guesses. */
  private unasked(message: DnsMessage): void {
    if (message.addresses.length === 0 && message.names.length === 0) return;
    const key = keyOf(message, -1);
    const known = this.recall(key, message);
    if (!known) {
      this.questions.set(key, question(message, 0), message.sec);
      return;
    }
    known.answers++;
    if (known.answers < GUESSED_ANSWERS || message.sec - known.time.sec > WINDOW) return;
    const found = this.open(message);
    found.guessed = Math.max(found.guessed, known.answers);
    found.names.add(message.qname);
    found.decide();
    this.cases.change(`dnsspoof|${message.orig}|${message.resp}`, found);
  }

  private open(message: DnsMessage): Spoof {
    const key = `dnsspoof|${message.orig}|${message.resp}`;
    const found = this.cases.open(key, at(message), (time) => new Spoof(time, message.orig, message.resp));
    found.saw(at(message), message.flow);
    return found;
  }

  /** Names that lead to one machine inside, or a neighbour that answers for all. */
  private claimed(found: Spoof, context: BehaviourContext): Finding {
    const names = [...found.names.members];
    const neighbour = found.answered.size > 0;
    const who = neighbour ? context.hosts.address(found.server) : ([...found.lies.members][0] ?? '');
    const count = neighbour ? found.answered.size : found.captured.size;
    return makeFinding({
      detector: this.id,
      kind: 'dns-spoofing',
      severity: 'warning',
      confidence: Math.min(0.9, 0.55 + 0.05 * count),
      title: neighbour
        ? `${who} answers for ${counted(count, 'name')} of others (LLMNR)`
        : `Outside names lead to ${who}, an inside host: ${formatList(names)}`,
      summary: neighbour
        ? `Asked for ${formatList(names)}, it answered each time that the name is its own. Machines that believe it send it their logins.`
        : `Answers to ${context.hosts.address(found.client)} named ${who} for ${counted(count, 'domain')}; a forged answer, a captive portal or a filter does this.`,
      sources: [found.server],
      targets: [found.client],
      domains: names,
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [fact(neighbour ? 'Names of others answered for' : 'Outside domains that lead inside', count, 'names')],
      flows: found.flows,
      ...(neighbour ? { technique: [{ id: 'T1557.001', name: 'LLMNR/NBT-NS Poisoning and SMB Relay' }] } : {}),
    });
  }

  private finding(found: Spoof, context: BehaviourContext): Finding {
    if (found.answered.size > 0 || found.captured.size > 0) return this.claimed(found, context);
    const client = context.hosts.address(found.client);
    const server = context.hosts.address(found.server);
    const names = [...found.names.members];
    const guesses = found.guessed > 0 && found.contradictions === 0;
    return makeFinding({
      detector: this.id,
      kind: 'dns-spoofing',
      confidence: guesses ? 0.7 : Math.min(0.95, 0.6 + 0.15 * Math.log2(found.contradictions + 0.01)),
      ...(guesses || found.contradictions > 1 ? {} : { severity: 'warning' as const }),
      title: guesses
        ? `${counted(found.guessed, 'answer')} nobody asked for came to ${client} for ${formatList(names)}`
        : `${client} got contradicting answers for ${formatList(names)}`,
      summary: guesses
        ? `So many answers with different ids in the name of ${server} guess the number of a question to plant a false answer.`
        : `One question to ${server} was answered twice, first with ${formatList([...found.lies.members])}, then with ` +
          `${formatList([...found.truth.members])}. The faster answer is usually the forged one.`,
      sources: [found.server],
      targets: [found.client],
      ports: [53],
      domains: names,
      domainsTotal: names.length + found.names.refused,
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: guesses
        ? [fact('Answers nobody asked for', found.guessed, 'answers', 0)]
        : [fact('Questions answered twice, differently', found.contradictions, 'questions', 0)],
      flows: found.flows,
    });
  }
}

/** 52 bits of hash over the ends, the name and `what`. */
function keyOf(message: DnsMessage, what: number): number {
  const name = hashText(message.qname);
  return mixPair(mixPair(message.orig, message.resp), name) * 0x100000 + (mixPair(name, what | 0) & 0xfffff);
}

function question(message: DnsMessage, asked: number): Question {
  return {
    qname: message.qname,
    client: message.orig,
    asked,
    answers: 0,
    addresses: [],
    names: [],
    ttl: 0,
    time: at(message),
  };
}

/** No address in common, and not of the same network: pools of a service share their first 16 bits (IPv6: 32). */
function contradicts(first: readonly string[], second: readonly string[]): boolean {
  const network = (address: string): string =>
    address.includes(':') ? address.split(':').slice(0, 2).join(':') : address.split('.').slice(0, 2).join('.');
  const known = new Set(first);
  const networks = new Set(first.map(network));
  return second.every((address) => !known.has(address) && !networks.has(network(address)));
}
