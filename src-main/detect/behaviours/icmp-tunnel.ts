/**
 * Data carried in ICMP echo messages. An ordinary host returns exactly what it was sent, asks in one size, and counts
 * its questions; a tunnel answers with something else, in all sizes, or answers what was not asked.
 *
 * Points: most answers differ from their question 3; several answers without a question 1 (3 when they are the
 * majority); five or more payload sizes under one identifier 2; the numbering stands still while payloads change 2.
 * A warning from 3 points, critical from 4, after `ICMP_TUNNEL.MESSAGES` messages.
 * Confidence 0.5 + 0.08 a point, at most 0.95.
 *
 * Ordinary: ping (same size, answers alike), large pings that look for the path's MTU (sizes change, answers alike,
 * numbering runs), monitoring that sends text of its own (answers alike), captures that see one direction only.
 */
import type { IcmpMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedMap, BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook } from './common/casebook.ts';
import { fact, factUnlessZero, makeFinding } from './common/finding.ts';
import { ICMP_TUNNEL } from './common/message-thresholds.ts';
import { counted, formatBytes, within } from './common/words.ts';

const ECHO = new Set([8, 128]);
const REPLY = new Set([0, 129]);
const ANSWER_TIME = 10;

export class Pair extends Case {
  readonly a: number;
  readonly b: number;
  requests = 0;
  replies = 0;
  matched = 0;
  mismatched = 0;
  unasked = 0;
  bytes = 0;
  stuck = 0;
  entropy = 0;
  largest = 0;
  readonly sizes = new BoundedSet<number>(64);
  readonly asked = new BoundedMap<number, { hash: number; sec: number }>({ ceiling: 512, lifetime: ANSWER_TIME });
  lastKey = -1;
  lastHash = 0;

  constructor(time: PacketTime, a: number, b: number) {
    super(time);
    this.a = a;
    this.b = b;
  }

  get points(): number {
    const answered = this.matched + this.mismatched;
    let points = 0;
    if (this.mismatched >= 4 && this.mismatched >= answered * ICMP_TUNNEL.MISMATCH) points += 3;
    if (this.unasked >= 4 && this.requests > 0) points += this.unasked * 2 > this.replies ? 3 : 1;
    if (this.sizes.size >= 5 && this.matched < this.replies) points += 2;
    if (this.stuck >= ICMP_TUNNEL.MESSAGES) points += 2;
    return points;
  }
}

export class IcmpTunnel implements Behaviour {
  readonly id = 'behaviour:icmp-tunnel';
  private readonly pairs = new CaseBook<Pair>({ ceiling: 20_000, lifetime: 3600 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) if (message.kind === 'icmp') this.look(message);
    this.pairs.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.pairs.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private look(message: IcmpMessage): void {
    const request = ECHO.has(message.type);
    if (!request && !REPLY.has(message.type)) return;
    const [a, b] = message.orig < message.resp ? [message.orig, message.resp] : [message.resp, message.orig];
    const key = `icmptunnel|${a}|${b}`;
    const pair = this.pairs.open(key, at(message), (time) => new Pair(time, message.orig, message.resp));
    pair.saw(at(message), message.flow);
    pair.bytes += message.size;
    pair.entropy += message.entropy;
    pair.largest = Math.max(pair.largest, message.size);
    pair.sizes.add(message.size);
    const number = message.identifier * 65_536 + message.sequence;
    if (request) this.request(pair, message, number);
    else this.reply(pair, message, number);
    if (pair.count < ICMP_TUNNEL.MESSAGES || pair.points < 3) return;
    pair.decide();
    this.pairs.change(key, pair);
  }

  private request(pair: Pair, message: IcmpMessage, number: number): void {
    pair.requests++;
    // Retransmissions repeat number and payload; a tunnel repeats the number with other payloads.
    if (number === pair.lastKey && message.hash !== pair.lastHash) pair.stuck++;
    pair.lastKey = number;
    pair.lastHash = message.hash;
    pair.asked.set(number, { hash: message.hash, sec: message.sec }, message.sec);
  }

  private reply(pair: Pair, message: IcmpMessage, number: number): void {
    pair.replies++;
    const asked = pair.asked.peek(number, message.sec);
    if (!asked) pair.unasked++;
    else if (asked.hash === message.hash) pair.matched++;
    else pair.mismatched++;
  }

  private finding(pair: Pair, context: BehaviourContext): Finding {
    const one = context.hosts.address(pair.a);
    const other = context.hosts.address(pair.b);
    const points = pair.points;
    return makeFinding({
      detector: this.id,
      kind: 'icmp-tunnel',
      ...(points >= 4 ? {} : { severity: 'warning' as const }),
      confidence: Math.min(0.95, 0.5 + 0.08 * points),
      title: `${one} and ${other} exchange data in ping messages`,
      summary:
        `Of ${counted(pair.replies, 'echo answer')}${within(pair.seconds)}, ${counted(pair.mismatched, 'answer')} carried ` +
        `something other than was sent and ${counted(pair.unasked, 'answer')} came unasked; payloads had ` +
        `${counted(pair.sizes.size, 'size')} up to ${formatBytes(pair.largest)}. An ordinary host returns what it was sent.`,
      sources: [pair.a],
      targets: [pair.b],
      first: pair.first,
      decided: pair.decided ?? pair.last,
      last: pair.last,
      evidence: [
        ...factUnlessZero('Answers that differ from their question', pair.mismatched, 'answers', 0),
        ...factUnlessZero('Answers without a question', pair.unasked, 'answers', 0),
        fact('Different payload sizes', pair.sizes.size, 'sizes'),
        fact('Payload entropy', pair.entropy / Math.max(1, pair.count), 'bits/byte', null),
        fact('Bytes in payloads looked at', pair.bytes, 'bytes'),
      ],
      flows: pair.flows,
      filter: `icmp && ip.addr == ${one} && ip.addr == ${other}`,
    });
  }
}
