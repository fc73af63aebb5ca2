/**
 * Broken rules of protocols, weighed: single oddities are the Internet's weather; many of them, or the few that only
 * attacks produce, are not.
 *
 * Weight by name (`SEVERE` 6, `SUSPICIOUS` 2, anything else 0.5); the same name counts in full for its first two flows
 * and by a tenth after that, so that one broken program does not add up. A warning from `WEIRD_SCORE.WARNING` points
 * of one host towards one other. Confidence 0.5 at the floor, +0.1 a doubling, at most 0.9.
 */
import type { WeirdMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook } from './common/casebook.ts';
import { fact, makeFinding } from './common/finding.ts';
import { WEIRD_SCORE } from './common/message-thresholds.ts';
import { counted, formatList } from './common/words.ts';

/** Only attack tools write these. */
const SEVERE = new Set([
  'land',
  'fragment-overlap',
  'fragment-beyond-64k',
  'fragment-tiny',
  'smb-compression-lie',
  'dns-label-loop',
  'ftp-bounce',
  'tls-length-lie',
  'heartbeat-lie',
]);
/** Only attack tools write these in requests; in answers servers do that are put together carelessly. */
const SEVERE_ASKED = new Set(['http-two-lengths']);
/** Broken software writes these, too. */
const SUSPICIOUS = new Set([
  'tcp-syn-rst',
  'tcp-overlap-differs',
  'tcp-late-segment',
  'quic-crypto-differs',
  'quic-initial-excess',
  'icmp-redirect',
  'smb-length-lie',
  'dns-name-too-long',
  'http-bad-chunk',
  'dhcp-bad-option',
  'snmp-bad-length',
  'ldap-bad-length',
  'kerberos-bad-length',
  'arp-sender-mismatch',
]);
/** Scans have behaviours of their own that name them better; damage of the capture is not the sender's. */
const ELSEWHERE = new Set([
  'tcp-syn-fin',
  'tcp-null-flags',
  'tcp-xmas',
  'tcp-fin-alone',
  'transport-malformed',
  'port-zero',
  'icmp-oversize',
]);
const FULL = 2;
const LESS = 0.1;
/** By itself enough to name a break-in attempt. */
const EXPLOITS: ReadonlyMap<string, { title: string; cve: string }> = new Map([
  ['smb-compression-lie', { title: 'an SMB message that overflows the receiver (SMBGhost)', cve: 'CVE-2020-0796' }],
  ['heartbeat-lie', { title: 'a TLS heartbeat that reads the server’s memory (Heartbleed)', cve: 'CVE-2014-0160' }],
]);

function weightOf({ name, fromOrig }: WeirdMessage): number {
  if (SEVERE.has(name) || (fromOrig && SEVERE_ASKED.has(name))) return 6;
  return SUSPICIOUS.has(name) ? 2 : 0.5;
}

export class Breaches extends Case {
  readonly source: number;
  readonly target: number;
  readonly names = new Map<string, number>();
  readonly ports = new BoundedSet<number>(64);
  score = 0;
  exploit = '';

  constructor(time: PacketTime, source: number, target: number) {
    super(time);
    this.source = source;
    this.target = target;
  }
}

export class ProtocolViolation implements Behaviour {
  readonly id = 'behaviour:protocol-violation';
  private readonly cases = new CaseBook<Breaches>({ ceiling: 20_000, lifetime: 3600 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) if (message.kind === 'weird') this.look(message);
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private look(message: WeirdMessage): void {
    if (ELSEWHERE.has(message.name)) return;
    const source = message.fromOrig ? message.orig : message.resp;
    const target = message.fromOrig ? message.resp : message.orig;
    const exploit = EXPLOITS.has(message.name) ? message.name : '';
    const key = `breach|${exploit}|${source}|${target}`;
    const found = this.cases.open(key, at(message), (time) => new Breaches(time, source, target));
    found.saw(at(message), message.flow);
    found.exploit = exploit;
    found.ports.add(message.respPort);
    const before = found.names.get(message.name) ?? 0;
    if (found.names.size < 64 || before > 0) found.names.set(message.name, before + 1);
    const weight = weightOf(message);
    found.score += before < FULL ? weight : weight * LESS;
    if (exploit === '' && found.score < WEIRD_SCORE.WARNING) return;
    found.decide();
    this.cases.change(key, found);
  }

  private finding(found: Breaches, context: BehaviourContext): Finding {
    const who = context.hosts.address(found.source);
    const whom = context.hosts.address(found.target);
    const names = [...found.names].sort((a, b) => b[1] - a[1]).map(([name]) => name);
    const exploit = EXPLOITS.get(found.exploit);
    return makeFinding({
      detector: this.id,
      kind: exploit ? 'intrusion-attempt' : 'protocol-violation',
      confidence: exploit ? 0.9 : Math.min(0.9, 0.5 + 0.1 * Math.log2(found.score / WEIRD_SCORE.WARNING)),
      title: exploit
        ? `${who} sent ${whom} ${exploit.title}`
        : `${who} broke the rules of protocols ${counted(found.count, 'time')} towards ${whom}`,
      summary: exploit
        ? `The lengths in it can only be meant to overrun the program that reads it (${exploit.cve}).`
        : `Seen: ${formatList(names, 4)}. Evasion and attack tools write such packets, and some broken software.`,
      sources: [found.source],
      targets: [found.target],
      ports: found.ports.members,
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact('Messages that break the rules', found.count, 'messages'),
        fact('Kinds of breach', names.length, 'kinds'),
        ...(exploit
          ? []
          : [
              fact(
                `Breaches weighted by how suspicious each is (alarm from ${WEIRD_SCORE.WARNING})`,
                found.score,
                'points',
              ),
            ]),
      ],
      flows: found.flows,
      ...(exploit ? { technique: [{ id: 'T1210', name: 'Exploitation of Remote Services' }] } : {}),
    });
  }
}
