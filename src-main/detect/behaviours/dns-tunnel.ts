/**
 * Data carried in DNS names and answers (iodine, dnscat2, dns2tcp, sods, home-made channels).
 *
 * One case is one client and one registered domain. Points:
 *   record types that clients do not use (NULL, KEY, private use) 4; TXT, CNAME, MX, SRV as a habit 2;
 *   names that never repeat 1; mean length of what stands before the domain: 18 characters 1, 30: 2, 60: 3;
 *   most of them encoded bytes rather than words 2; bytes no host name may have 2;
 *   large answers in TXT or NULL 1, more than 2 kB of them 1; more than 50 questions a minute 1.
 * A warning from 5 points, critical from 7; at least `DNS_TUNNEL.NAMES` different names, or 5 with rare types.
 * Confidence 0.45 + 0.06 a point, at most 0.97.
 *
 * Ordinary: content networks (short labels, A records), reputation lookups of virus scanners and mail filters (named
 * below), reverse lookups, block lists (reversed addresses), service discovery, mail policy records (other domains
 * each time).
 */
import type { DnsMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook, Burst } from './common/casebook.ts';
import { DistinctCounter, hashText } from './common/distinct.ts';
import { fact, factUnlessZero, makeFinding } from './common/finding.ts';
import { DNS_TUNNEL } from './common/message-thresholds.ts';
import { looksEncoded, registeredDomain, subdomainOf } from './common/texts.ts';
import { counted, formatBytes, within } from './common/words.ts';

const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  NULL: 10,
  PTR: 12,
  MX: 15,
  TXT: 16,
  KEY: 25,
  AAAA: 28,
  SRV: 33,
  DS: 43,
  DNSKEY: 48,
  SVCB: 64,
  HTTPS: 65,
  ANY: 255,
} as const;
const COMMON: ReadonlySet<number> = new Set([
  TYPE.A,
  TYPE.AAAA,
  TYPE.PTR,
  TYPE.NS,
  TYPE.SOA,
  TYPE.SVCB,
  TYPE.HTTPS,
  TYPE.DS,
  TYPE.DNSKEY,
  TYPE.ANY,
  44,
  46,
  47,
  50,
  52,
  257,
]);
const CARRIERS: ReadonlySet<number> = new Set([TYPE.TXT, TYPE.CNAME, TYPE.MX, TYPE.SRV]);
/** Private use and types nobody asks for: iodine's default, and what evades filters. */
const isRare = (type: number): boolean =>
  type === TYPE.NULL ||
  type === TYPE.KEY ||
  type === 24 ||
  type >= 65_280 ||
  (!COMMON.has(type) && !CARRIERS.has(type) && type > 60 && type !== 99);
/** Services whose lookups carry encoded data by design. */
const LOOKUP_SERVICES = new Set(
  (
    'mcafee.com sophosxl.net sophosxl.com cymru.com e5.sk eset.com trendmicro.com spamhaus.org spamhaus.net barracudacentral.org ' +
    'uribl.com surbl.org dnswl.org senderscore.com sorbs.net spamcop.net webcfs00.com avast.com avg.com avira-update.com bitdefender.net ' +
    'kaspersky-labs.com kaspersky.com norton.com symantec.com umbrella.com opendns.com cloudflare-dns.com nextdns.io ' +
    'mailspike.net abuse.ch dnsbl.info mailshell.net fortiguard.net fortinet.net in-addr.arpa ip6.arpa'
  ).split(' '),
);
const BLOCK_LIST = /^(\d{1,3}\.){3}\d{1,3}\./;
/** Names of service discovery and mail policy begin with an underscore label; so does nothing that tunnels. */
const SERVICE_LABEL = /(^|\.)_[a-z]/;
const WARNING_POINTS = 5;
const CRITICAL_POINTS = 7;
const RARE_NAMES = 5;
const FAST = 50;
const LARGE_ANSWER = 80;

export class Channel extends Case {
  readonly client: number;
  readonly domain: string;
  readonly servers = new BoundedSet<number>(64);
  readonly names = new DistinctCounter(1024);
  readonly samples: string[] = [];
  queries = 0;
  characters = 0;
  longest = 0;
  encoded = 0;
  fresh = 0;
  strange = 0;
  rare = 0;
  carriers = 0;
  answers = 0;
  answerBytes = 0;
  largeAnswers = 0;
  failed = 0;
  fast = false;
  port = 53;
  readonly minute = new Burst(FAST, 60);
  private lastId = -1;
  private lastName = '';

  constructor(time: PacketTime, client: number, domain: string) {
    super(time);
    this.client = client;
    this.domain = domain;
  }

  /** A retransmission carries nothing new. */
  isRepeat(message: DnsMessage): boolean {
    const repeat = message.id === this.lastId && message.qname === this.lastName;
    this.lastId = message.id;
    this.lastName = message.qname;
    return repeat;
  }

  get meanLength(): number {
    return this.fresh === 0 ? 0 : this.characters / this.fresh;
  }

  get points(): number {
    const share = (count: number): number => (this.queries === 0 ? 0 : count / this.queries);
    const mean = this.meanLength;
    let points = 0;
    if (this.rare >= DNS_TUNNEL.RARE_TYPES) points += 4;
    else if (this.carriers >= RARE_NAMES && share(this.carriers) >= 0.3) points += 2;
    if (share(this.names.count) >= DNS_TUNNEL.UNIQUE_SHARE) points += 1;
    if (mean >= 60) points += 3;
    else if (mean >= 30) points += 2;
    else if (mean >= DNS_TUNNEL.LABEL_CHARACTERS) points += 1;
    if (this.encoded >= this.fresh * 0.5) points += 2;
    if (this.strange >= 3) points += 2;
    if (this.largeAnswers >= 3) points += 1;
    if (this.largeAnswers > 0 && this.answerBytes >= 2000) points += 1;
    if (this.fast) points += 1;
    return points;
  }

  get enough(): boolean {
    return this.names.count >= DNS_TUNNEL.NAMES || (this.rare >= RARE_NAMES && this.names.count >= RARE_NAMES);
  }
}

export class DnsTunnel implements Behaviour {
  readonly id = 'behaviour:dns-tunnel';
  private readonly channels = new CaseBook<Channel>({ ceiling: 20_000, lifetime: DNS_TUNNEL.LIFETIME });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) if (message.kind === 'dns' && message.variant === 'dns') this.look(message);
    this.channels.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.channels.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private look(message: DnsMessage): void {
    const name = message.qname;
    if (name === '' || message.qtype === TYPE.PTR || name.endsWith('.arpa')) return;
    const domain = registeredDomain(name);
    if (LOOKUP_SERVICES.has(domain) || SERVICE_LABEL.test(name) || BLOCK_LIST.test(name)) return;
    const key = `dnstunnel|${message.orig}|${domain}`;
    const channel = this.channels.open(key, at(message), (time) => new Channel(time, message.orig, domain));
    if (message.response) this.answer(channel, message);
    else this.question(channel, message, subdomainOf(name, domain));
    if (!channel.enough || channel.points < WARNING_POINTS) {
      if (!channel.decided) return;
    }
    channel.decide();
    this.channels.change(key, channel);
  }

  private question(channel: Channel, message: DnsMessage, before: string): void {
    if (channel.isRepeat(message)) return;
    channel.saw(at(message), message.flow);
    channel.queries++;
    channel.servers.add(message.resp);
    channel.port = message.respPort;
    if (isRare(message.qtype)) channel.rare++;
    else if (CARRIERS.has(message.qtype)) channel.carriers++;
    if (channel.minute.add(message.sec)) channel.fast = true;
    if (before === '' || !channel.names.add(hashText(before))) return;
    channel.fresh++;
    channel.characters += before.length;
    channel.longest = Math.max(channel.longest, message.qname.length);
    if (channel.samples.length < 5) channel.samples.push(message.qname);
    const letters = before.replaceAll('.', '');
    if (looksEncoded(letters) >= 0.5) channel.encoded++;
    if (!/^[\w.-]*$/.test(before)) channel.strange++;
  }

  private answer(channel: Channel, message: DnsMessage): void {
    channel.saw(at(message), message.flow);
    channel.answers++;
    if (message.rcode !== 0) channel.failed++;
    if (message.qtype === TYPE.A || message.qtype === TYPE.AAAA) return;
    channel.answerBytes += message.answerBytes;
    if (message.answerBytes >= LARGE_ANSWER) channel.largeAnswers++;
  }

  private finding(channel: Channel, context: BehaviourContext): Finding {
    const who = context.hosts.address(channel.client);
    const points = channel.points;
    const down = channel.answerBytes;
    const commands = channel.meanLength < DNS_TUNNEL.LABEL_CHARACTERS && channel.rare === 0;
    return makeFinding({
      detector: this.id,
      kind: 'dns-tunnel',
      ...(points >= CRITICAL_POINTS ? {} : { severity: 'warning' as const }),
      confidence: Math.min(0.97, 0.45 + 0.06 * points),
      title: `${who} exchanges data through DNS names of ${channel.domain}`,
      summary:
        `${counted(channel.names.count, 'different name')} under ${channel.domain}${within(channel.seconds)}, ` +
        `${Math.round(channel.meanLength)} characters each on average (such as ${channel.samples[0] ?? channel.domain}), ` +
        `with ${formatBytes(down)} of answers that are no addresses. Ordinary lookups repeat a few short names.`,
      sources: [channel.client],
      targets: channel.servers.members,
      ports: [channel.port],
      domains: [channel.domain, ...channel.samples],
      first: channel.first,
      decided: channel.decided ?? channel.last,
      last: channel.last,
      evidence: [
        fact(`Different names under one domain (alarm from ${DNS_TUNNEL.NAMES})`, channel.names.count, 'names'),
        fact(
          `Mean characters before the domain (a sign from ${DNS_TUNNEL.LABEL_CHARACTERS})`,
          channel.meanLength,
          'characters',
        ),
        ...factUnlessZero('Share of encoded names', channel.fresh === 0 ? 0 : channel.encoded / channel.fresh, 'share'),
        ...factUnlessZero('Questions for NULL, KEY or private types', channel.rare, 'questions'),
        ...factUnlessZero('Questions for TXT, CNAME, MX or SRV', channel.carriers, 'questions'),
        ...factUnlessZero('Answer data other than addresses', down, 'bytes'),
      ],
      flows: channel.flows,
      filter: `dns.qry.name contains "${channel.domain.replaceAll(/[^\w.-]/g, '')}"`,
      technique: commands
        ? [{ id: 'T1071.004', name: 'Application Layer Protocol: DNS' }]
        : [
            { id: 'T1071.004', name: 'Application Layer Protocol: DNS' },
            { id: 'T1572', name: 'Protocol Tunneling' },
          ],
    });
  }
}
