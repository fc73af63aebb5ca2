/**
 * ARP sweeps: one host asks for the owners of many addresses of its own network in a short time, and most do not exist.
 * A router asks for as many, but one by one, when somebody sends it packets for them.
 *
 * Confidence: 0.65 at the floor, +0.1 for each doubling of addresses, at most 0.98.
 */
import type { ArpMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Observations, PacketTime } from '../types.ts';
import { BoundedMap } from './common/bounded.ts';
import { fact, makeFinding, secondsBetween } from './common/finding.ts';
import { SWEEP } from './common/thresholds.ts';
import { counted, formatDuration, formatNumber, within } from './common/words.ts';

const REQUEST = 1;
const REPLY = 2;
const ASKERS = 4096;
const ADDRESSES = 65_536;

/** What one machine asked for since `first`; starts anew after a pause. */
interface Asker {
  /** Protocol address of the asker. */
  host: number;
  first: PacketTime;
  last: PacketTime;
  requests: number;
  asked: Map<number, boolean>;
  answered: number;
  decided: PacketTime | null;
  reportedAt: number;
  serial: number;
}

export class ArpSweep implements Behaviour {
  readonly id = 'behaviour:arp-sweep';
  private readonly askers = new BoundedMap<string, Asker>({ ceiling: ASKERS });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) {
      if (message.kind !== 'arp') continue;
      if (message.operation === REQUEST) this.request(message, context);
      else if (message.operation === REPLY) this.reply(message);
    }
  }

  finish(context: BehaviourContext): void {
    for (const [key, asker] of this.askers) {
      if (asker.decided) this.report(key, asker, context);
    }
  }

  private request(message: ArpMessage, context: BehaviourContext): void {
    // Announcements and probes for one's own address (RFC 5227) look for nobody.
    if (message.orig === message.resp || message.resp === 0 || isUnspecified(message.orig, context)) return;
    const time = { sec: message.sec, nano: message.nano };
    const key = `${message.senderMac} ${message.orig}`;
    let asker = this.askers.touch(key, message.sec);
    const stale = asker && !asker.decided && secondsBetween(asker.first, time) > SWEEP.ARP_SECONDS;
    const paused = asker && secondsBetween(asker.last, time) > SWEEP.ARP_SECONDS;
    if (!asker || stale || paused) {
      asker = {
        host: message.orig,
        first: time,
        last: time,
        requests: 0,
        asked: new Map(),
        answered: 0,
        decided: null,
        reportedAt: 0,
        serial: asker ? asker.serial + (asker.decided ? 1 : 0) : 0,
      };
      this.askers.set(key, asker, message.sec);
    }
    asker.last = time;
    asker.requests++;
    if (asker.asked.has(message.resp) || asker.asked.size >= ADDRESSES) return;
    asker.asked.set(message.resp, false);
    this.judge(key, asker, time, context);
  }

  private reply(message: ArpMessage): void {
    const asker = this.askers.peek(`${message.targetMac} ${message.resp}`);
    if (asker?.asked.get(message.orig) !== false) return;
    asker.asked.set(message.orig, true);
    asker.answered++;
  }

  private judge(key: string, asker: Asker, now: PacketTime, context: BehaviourContext): void {
    const asked = asker.asked.size;
    if (asker.decided) {
      if (asked >= asker.reportedAt * 1.25) this.report(key, asker, context);
      return;
    }
    if (asked < SWEEP.ARP_HOSTS || asked - asker.answered < asked * SWEEP.ARP_UNANSWERED) return;
    asker.decided = now;
    this.report(key, asker, context);
  }

  private report(key: string, asker: Asker, context: BehaviourContext): void {
    const [mac = ''] = key.split(' ');
    const asked = asker.asked.size;
    asker.reportedAt = asked;
    const address = context.hosts.address(asker.host);
    const seconds = secondsBetween(asker.first, asker.last);
    const silent = asked - asker.answered;
    context.report(
      `${this.id} ${key} ${asker.serial}`,
      makeFinding({
        detector: this.id,
        kind: 'host-sweep',
        confidence: Math.min(0.98, 0.65 + 0.1 * Math.log2(asked / SWEEP.ARP_HOSTS)),
        title: `${address} asked by ARP for ${counted(asked, 'address', 'addresses')}${within(seconds)}`,
        summary:
          `${address} (${mac}) asked who has ${counted(asked, 'different address', 'different addresses')} of its network. ` +
          `${formatNumber(asker.answered)} answered; ${formatNumber(silent)} did not, most likely because nobody has them.`,
        sources: [asker.host],
        targets: asker.asked.keys(),
        targetsTotal: asked,
        first: asker.first,
        decided: asker.decided ?? asker.last,
        last: asker.last,
        evidence: [
          fact(
            `Addresses asked for${within(seconds)} (alarm from ${SWEEP.ARP_HOSTS} in ${formatDuration(SWEEP.ARP_SECONDS)})`,
            asked,
            'addresses',
          ),
          fact('Addresses that answered', asker.answered, 'addresses'),
          fact('Requests', asker.requests, 'requests'),
        ],
        packets: asker.requests,
        filter: `arp.opcode == 1 && arp.src.hw_mac == ${mac}`,
      }),
    );
  }
}

/** 0.0.0.0: a host that has no address yet and checks whether one is free. */
function isUnspecified(host: number, context: BehaviourContext): boolean {
  return context.hosts.words[host * 4 + 3] === 0;
}

export const arpSweep = (): Behaviour => new ArpSweep();
