/**
 * Single packets that once crashed whole systems: LAND (a SYN from the target to itself), overlapping fragments
 * (teardrop and its kin), a reassembled ping larger than IP allows (ping of death), urgent data for NetBIOS (WinNuke).
 * Modern systems shrug them off, but nobody sends them by accident.
 *
 * Confidence: 0.85 for LAND and ping of death, 0.6 for the others, which broken software can cause.
 */
import { FLOW_EVENT } from '../../meter/flows/types.ts';
import { PROTO } from '../../meter/packets/types.ts';
import type { Behaviour, BehaviourContext, Observations, PacketTime } from '../types.ts';
import { fact, makeFinding } from './common/finding.ts';
import { FlowIds } from './common/flow-ids.ts';
import { FlowMap } from './common/flow-map.ts';
import { OPENING, openingOf } from './common/tcp-flags.ts';
import { counted } from './common/words.ts';

const PAIRS = 4096;
const URG = 32;
const NETBIOS = 139;
/** RFC 791: the largest datagram. */
const LARGEST = 65_535;

const KINDS = {
  land: { name: 'LAND packet', confidence: 0.85, why: 'a SYN that claims to come from its own target and port' },
  teardrop: { name: 'overlapping fragment', confidence: 0.6, why: 'fragments that overlap each other' },
  pingOfDeath: {
    name: 'oversized ping',
    confidence: 0.85,
    why: 'a ping that is larger than IP allows once put together',
  },
  nuke: { name: 'urgent segment for NetBIOS', confidence: 0.6, why: 'urgent data for a service that knows none' },
} as const;
type Deadly = keyof typeof KINDS;

export class Sent {
  readonly kind: Deadly;
  readonly source: number;
  readonly target: number;
  readonly first: PacketTime;
  last: PacketTime;
  count = 0;
  readonly flows = new FlowIds();

  constructor(kind: Deadly, source: number, target: number, time: PacketTime) {
    this.kind = kind;
    this.source = source;
    this.target = target;
    this.first = time;
    this.last = time;
  }
}

export class DeadlyPackets implements Behaviour {
  readonly id = 'behaviour:deadly-packets';
  private readonly sent = new FlowMap<string, Sent>({ ceiling: PAIRS });

  observe(seen: Observations, context: BehaviourContext): void {
    const e = seen.events.columns;
    for (let i = 0; i < seen.events.count; i++) {
      if (e.origHost[i] !== e.respHost[i] || e.kind[i] !== FLOW_EVENT.OPEN || e.proto[i] !== PROTO.TCP) continue;
      if (e.origPort[i] !== e.respPort[i] || e.origHost[i] === 0) continue;
      if (openingOf(e.tcpFlags[i]!, e.payloadLength[i]!) !== OPENING.SYN) continue;
      this.saw('land', e.origHost[i]!, e.respHost[i]!, { sec: e.sec[i]!, nano: e.nano[i]! }, e.flow[i]!, 1, context);
    }
    const c = seen.flows.columns;
    for (let row = 0; row < seen.flows.count; row++) {
      const kind = kindOf(seen, row);
      if (!kind || c.origHost[row] === 0) continue;
      const time = { sec: c.sec[row]!, nano: c.nano[row]! };
      const count = kind === 'teardrop' ? c.fragmentOverlaps[row]! : 1;
      this.saw(kind, c.origHost[row]!, c.respHost[row]!, time, c.id[row]!, count, context);
    }
  }

  finish(context: BehaviourContext): void {
    for (const [key, sent] of this.sent) this.report(key, sent, context);
  }

  private saw(
    kind: Deadly,
    source: number,
    target: number,
    time: PacketTime,
    flow: number,
    count: number,
    context: BehaviourContext,
  ): void {
    const key = `${kind} ${source} ${target}`;
    const sent = this.sent.obtain(key, time.sec, () => new Sent(kind, source, target, time));
    sent.last = time;
    sent.flows.add(flow);
    const fresh = sent.count === 0;
    sent.count += count;
    if (fresh) this.report(key, sent, context);
  }

  private report(key: string, sent: Sent, context: BehaviourContext): void {
    const { name, confidence, why } = KINDS[sent.kind];
    const target = context.hosts.address(sent.target);
    const from = sent.kind === 'land' ? 'an unknown sender' : context.hosts.address(sent.source);
    context.report(
      `${this.id} ${key}`,
      makeFinding({
        detector: this.id,
        kind: 'dos-flood',
        severity: 'warning',
        confidence,
        title: `${counted(sent.count, name)} from ${from} to ${target}`,
        summary: `${target} was sent ${why}. It once crashed systems; patched ones ignore it.`,
        sources: sent.kind === 'land' ? [] : [sent.source],
        targets: [sent.target],
        first: sent.first,
        decided: sent.first,
        last: sent.last,
        evidence: [fact(`${name[0]!.toUpperCase()}${name.slice(1)}s`, sent.count, 'packets', 0)],
        flows: sent.flows,
        technique: [{ id: 'T1499.004', name: 'Application or System Exploitation' }],
      }),
    );
  }
}

function kindOf(seen: Observations, row: number): Deadly | undefined {
  const c = seen.flows.columns;
  if (c.fragments[row]! > 0) {
    const mean = c.origIpBytes[row]! / Math.max(1, c.origPkts[row]!);
    if (c.proto[row] === PROTO.ICMP && mean > LARGEST) return 'pingOfDeath';
    return c.fragmentOverlaps[row]! > 0 && c.ipv6[row] === 0 ? 'teardrop' : undefined;
  }
  const urgent = c.proto[row] === PROTO.TCP && (c.origFlags[row]! & URG) !== 0 && c.urgCount[row]! > 0;
  return urgent && c.respPort[row] === NETBIOS && c.origDataPkts[row]! > 0 ? 'nuke' : undefined;
}

export const deadlyPackets = (): Behaviour => new DeadlyPackets();
