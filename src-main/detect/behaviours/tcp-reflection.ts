/**
 * Reflection by TCP: servers send SYN+ACKs to a victim in whose name somebody sent them SYNs. Either many at once, or
 * the same server again and again on the same ports, far more often than a stack repeats a SYN+ACK.
 *
 * The other side of the same coin is backscatter: a server under a forged flood sends its SYN+ACKs to many hosts, a few
 * to each. No host gets enough of them here, and their sender is a victim: nothing is reported.
 *
 * Confidence: 0.7 at the floor, +0.06 for each doubling, at most 0.95.
 */
import { PROTO } from '../../meter/packets/types.ts';
import type { Behaviour, BehaviourContext, Observations, PacketTime } from '../types.ts';
import { mixPair, TopCounter } from './common/distinct.ts';
import { earlier, fact, factUnlessZero, later, makeFinding, secondsBetween } from './common/finding.ts';
import { FlowIds } from './common/flow-ids.ts';
import { FlowMap } from './common/flow-map.ts';
import { AMPLIFICATION, FLOOD } from './common/thresholds.ts';
import { counted, formatNumber, within } from './common/words.ts';

const SYN = 2;
const ACK = 16;
const VICTIMS = 4096;
/** Conversations of one victim counted one by one. */
const TUPLES = 1024;

export class Victim {
  readonly host: number;
  first: PacketTime;
  last: PacketTime;
  decided: PacketTime | null = null;
  /** SYN+ACKs of conversations that repeat beyond what a stack does; and in loud seconds. */
  repeated = 0;
  burst = 0;
  peak = 0;
  readonly tuples = new Map<number, number>();
  readonly reflectors = new TopCounter(256);
  readonly ports = new TopCounter(16);
  readonly flows = new FlowIds();

  constructor(host: number, time: PacketTime) {
    this.host = host;
    this.first = time;
    this.last = time;
  }

  extend(from: PacketTime, to: PacketTime): void {
    this.first = earlier(this.first, from);
    this.last = later(this.last, to);
  }
}

export class TcpReflection implements Behaviour {
  readonly id = 'behaviour:tcp-reflection';
  private readonly victims = new FlowMap<number, Victim>({ ceiling: VICTIMS });

  observe(seen: Observations, context: BehaviourContext): void {
    this.readFlows(seen, context);
    this.readPulses(seen, context);
  }

  finish(context: BehaviourContext): void {
    for (const [, victim] of this.victims) if (victim.decided) this.report(victim, context);
  }

  private victimOf(host: number, time: PacketTime): Victim {
    return this.victims.obtain(host, time.sec, () => new Victim(host, time));
  }

  /** Ended flows in which one side only ever sent SYN+ACKs, and the other at most resets. */
  private readFlows(seen: Observations, context: BehaviourContext): void {
    const c = seen.flows.columns;
    for (let row = 0; row < seen.flows.count; row++) {
      if (c.proto[row] !== PROTO.TCP || c.synCount[row] === 0) continue;
      if (c.origDataPkts[row]! > 0 || c.respDataPkts[row]! > 0) continue;
      const byOrig = (c.origFlags[row]! & (SYN | ACK)) === (SYN | ACK) && (c.respFlags[row]! & SYN) === 0;
      const byResp = (c.respFlags[row]! & (SYN | ACK)) === (SYN | ACK) && (c.origFlags[row]! & SYN) === 0;
      if (byOrig === byResp) continue;
      const packets = byOrig ? c.origPkts[row]! : c.respPkts[row]!;
      const host = byOrig ? c.respHost[row]! : c.origHost[row]!;
      const reflector = byOrig ? c.origHost[row]! : c.respHost[row]!;
      const port = byOrig ? c.origPort[row]! : c.respPort[row]!;
      const first = { sec: c.sec[row]!, nano: c.nano[row]! };
      const last = { sec: c.lastSec[row]!, nano: c.lastNano[row]! };
      const victim = this.victimOf(host, first);
      const tuple = mixPair(reflector, c.origPort[row]! * 65_536 + c.respPort[row]!);
      const known = victim.tuples.get(tuple) ?? 0;
      if (known === 0 && victim.tuples.size >= TUPLES) continue;
      const count = known + packets;
      victim.tuples.set(tuple, count);
      if (count < AMPLIFICATION.SYN_ACKS) continue;
      victim.repeated += known < AMPLIFICATION.SYN_ACKS ? count : packets;
      victim.extend(first, last);
      victim.reflectors.add(reflector, packets);
      victim.ports.add(port, packets);
      victim.flows.add(c.id[row]!);
      if (victim.repeated >= AMPLIFICATION.SYN_ACK_TOTAL) this.decide(victim, last, context);
    }
  }

  /** Seconds in which most TCP packets in are SYN+ACKs that no SYN of the host explains. */
  private readPulses(seen: Observations, context: BehaviourContext): void {
    const p = seen.pulses.columns;
    for (let i = 0; i < seen.pulses.count; i++) {
      const count = p.synAckIn[i]!;
      if (count < AMPLIFICATION.SYN_ACK_RATE) continue;
      const tcp = p.packetsIn[i]! - p.udpIn[i]! - p.icmpIn[i]! - p.otherIn[i]!;
      if (count < tcp * FLOOD.SYN_SHARE || p.synOut[i]! > count * 0.2) continue;
      const time = { sec: p.second[i]!, nano: 0 };
      const victim = this.victimOf(p.host[i]!, time);
      victim.extend(time, { sec: time.sec, nano: 999_999_999 });
      victim.burst += count;
      victim.peak = Math.max(victim.peak, count);
      victim.reflectors.add(p.topSender[i]!, p.topSenderPackets[i]!);
      victim.ports.add(p.topSourcePort[i]!, count);
      if (victim.burst >= AMPLIFICATION.SYN_ACK_TOTAL * 3) this.decide(victim, { sec: time.sec + 1, nano: 0 }, context);
    }
  }

  private decide(victim: Victim, at: PacketTime, context: BehaviourContext): void {
    if (victim.decided) return;
    victim.decided = at;
    this.report(victim, context);
  }

  private report(victim: Victim, context: BehaviourContext): void {
    const address = context.hosts.address(victim.host);
    const total = Math.max(victim.repeated, victim.burst);
    const reflectors = victim.reflectors.top(256).map(([host]) => host);
    const seconds = secondsBetween(victim.first, victim.last);
    context.report(
      `${this.id} ${victim.host}`,
      makeFinding({
        detector: this.id,
        kind: 'amplification',
        confidence: Math.min(0.95, 0.7 + 0.06 * Math.log2(Math.max(1, total / AMPLIFICATION.SYN_ACK_TOTAL))),
        title: `${counted(total, 'SYN+ACK')} to ${address}, which asked for none, from ${counted(reflectors.length, 'server')}${within(seconds)}`,
        summary:
          `${address} sent no SYN, yet servers answer as if it had: somebody sends SYNs in its name. ` +
          `The servers are used, not at fault.`,
        sources: reflectors,
        targets: [victim.host],
        ports: victim.ports.top(10).map(([port]) => port),
        first: victim.first,
        decided: victim.decided ?? victim.last,
        last: victim.last,
        evidence: [
          fact('SYN+ACKs without a SYN', total, 'packets', 0),
          fact('SYN+ACKs in the busiest second', victim.peak, 'packets/s'),
          ...factUnlessZero(
            `Conversations with ${formatNumber(AMPLIFICATION.SYN_ACKS)} SYN+ACKs or more`,
            countAbove(victim),
            'flows',
          ),
        ],
        flows: victim.flows,
        packets: total,
        filter: `tcp.flags.syn == 1 && tcp.flags.ack == 1 && ${address.includes(':') ? 'ipv6.dst' : 'ip.dst'} == ${address}`,
      }),
    );
  }
}

function countAbove(victim: Victim): number {
  let count = 0;
  for (const packets of victim.tuples.values()) if (packets >= AMPLIFICATION.SYN_ACKS) count++;
  return count;
}

export const tcpReflection = (): Behaviour => new TcpReflection();
