/**
 * Single probes: a port opened by SYN and torn down by a bare reset as soon as it answered (how SYN scanners leave an
 * open port), or the four packets by which nmap asks whether a host is there. Too little for a scan; reported as a hint
 * because programs that use a service complete the handshake.
 *
 * Confidence: 0.35; 0.45 for the four packets.
 */
import { FLOW_EVENT } from '../../meter/flows/types.ts';
import { PROTO } from '../../meter/packets/types.ts';
import type { Behaviour, BehaviourContext, Observations, PacketTime } from '../types.ts';
import { BoundedMap } from './common/bounded.ts';
import { factUnlessZero, makeFinding } from './common/finding.ts';
import { FlowIds } from './common/flow-ids.ts';
import { FlowMap } from './common/flow-map.ts';
import { isServerPort, OPENING, openingOf } from './common/tcp-flags.ts';
import { counted, formatPorts } from './common/words.ts';

const PAIRS = 8192;
const SOURCES = 2048;
/** Seconds within which the packets that ask for a host belong together. */
const TOGETHER = 5;
const S = 'S'.charCodeAt(0);
const H = 'h'.charCodeAt(0);
const R = 'R'.charCodeAt(0);

const SIGN = { PING: 1, TIMESTAMP: 2, ACK: 4, SYN: 8 } as const;

interface Signs {
  bits: number;
  at: number;
}

export class Prober {
  readonly source: number;
  readonly first: PacketTime;
  last: PacketTime;
  readonly targets = new Set<number>();
  readonly ports = new Set<number>();
  readonly flows = new FlowIds();
  /** Services (target and port) left half open, and how often. */
  readonly left = new Map<number, number>();
  halfOpen = 0;
  discovery = 0;

  constructor(source: number, time: PacketTime) {
    this.source = source;
    this.first = time;
    this.last = time;
  }
}

export class HalfOpenProbe implements Behaviour {
  readonly id = 'behaviour:half-open-probe';
  private readonly signs = new BoundedMap<number, Signs>({ ceiling: PAIRS });
  private readonly probers = new FlowMap<number, Prober>({ ceiling: SOURCES });

  observe(seen: Observations, context: BehaviourContext): void {
    this.readEvents(seen, context);
    const c = seen.flows.columns;
    for (let row = 0; row < seen.flows.count; row++) {
      if (c.proto[row] !== PROTO.TCP || c.origHost[row] === 0) continue;
      const service = c.respHost[row]! * 65_536 + c.respPort[row]!;
      if (c.origDataPkts[row]! > 0) this.used(c.origHost[row]!, service, context);
      if (c.historyLength[row] !== 3) continue;
      const at = row * (c.history.length / c.historyLength.length);
      if (c.history[at] !== S || c.history[at + 1] !== H || c.history[at + 2] !== R) continue;
      const prober = this.proberOf(c.origHost[row]!, { sec: c.sec[row]!, nano: c.nano[row]! });
      prober.halfOpen++;
      if (prober.left.size < 1000) prober.left.set(service, (prober.left.get(service) ?? 0) + 1);
      if (prober.targets.size < 1000) prober.targets.add(c.respHost[row]!);
      if (prober.ports.size < 1000) prober.ports.add(c.respPort[row]!);
      prober.flows.add(c.id[row]!);
      if (prober.halfOpen === 1) this.report(prober, context);
    }
  }

  finish(context: BehaviourContext): void {
    for (const [, prober] of this.probers)
      if (prober.halfOpen > 0 || prober.discovery > 0) this.report(prober, context);
  }

  /** Who uses the service otherwise has given a connection up, not probed. */
  private used(source: number, service: number, context: BehaviourContext): void {
    const prober = this.probers.peek(source);
    const times = prober?.left.get(service);
    if (!prober || times === undefined) return;
    prober.left.delete(service);
    prober.halfOpen -= times;
    if (prober.halfOpen <= 0 && prober.discovery === 0) context.withdraw(`${this.id} ${source}`);
  }

  /** Echo request, time stamp request, bare ACK and SYN from one host to another within seconds. */
  private readEvents(seen: Observations, context: BehaviourContext): void {
    const { kind, proto, sec, nano, origHost, respHost, origPort, respPort, tcpFlags, payloadLength, flow, flipped } =
      seen.events.columns;
    for (let i = 0; i < seen.events.count; i++) {
      if (kind[i] !== FLOW_EVENT.OPEN || flipped[i] === 1) continue;
      const key = origHost[i]! * 0x200000 + respHost[i]!;
      let sign = 0;
      if (proto[i] === PROTO.TCP) {
        const opening = openingOf(tcpFlags[i]!, payloadLength[i]!);
        if (opening === OPENING.ACK && !isServerPort(origPort[i]!)) sign = SIGN.ACK;
        // Most flows begin with SYN: only those of pairs with another sign matter.
        else if (opening === OPENING.SYN && this.signs.size > 0 && this.signs.peek(key)) sign = SIGN.SYN;
      } else if (proto[i] === PROTO.ICMP) {
        if (origPort[i] === 8) sign = SIGN.PING;
        else if (origPort[i] === 13) sign = SIGN.TIMESTAMP;
      }
      if (sign === 0 || origHost[i] === 0) continue;
      let signs = this.signs.touch(key, sec[i]!);
      if (!signs || Math.abs(sec[i]! - signs.at) > TOGETHER) {
        signs = { bits: 0, at: sec[i]! };
        this.signs.set(key, signs, sec[i]!);
      }
      signs.bits |= sign;
      const all = SIGN.TIMESTAMP | SIGN.ACK | SIGN.SYN;
      if ((signs.bits & all) !== all) continue;
      signs.bits = 0;
      const prober = this.proberOf(origHost[i]!, { sec: sec[i]!, nano: nano[i]! });
      prober.discovery++;
      if (prober.targets.size < 1000) prober.targets.add(respHost[i]!);
      if (proto[i] === PROTO.TCP && prober.ports.size < 1000) prober.ports.add(respPort[i]!);
      prober.flows.add(flow[i]!);
      if (prober.discovery === 1) this.report(prober, context);
    }
  }

  private proberOf(source: number, time: PacketTime): Prober {
    const prober = this.probers.obtain(source, time.sec, () => new Prober(source, time));
    prober.last = time;
    return prober;
  }

  private report(prober: Prober, context: BehaviourContext): void {
    const source = context.hosts.address(prober.source);
    const where =
      prober.targets.size === 1 ? context.hosts.address([...prober.targets][0]!) : counted(prober.targets.size, 'host');
    context.report(
      `${this.id} ${prober.source}`,
      makeFinding({
        detector: this.id,
        kind: 'port-scan',
        severity: 'info',
        confidence: prober.discovery > 0 ? 0.45 : 0.35,
        title: `${source} probed ${where}${prober.ports.size > 0 ? `, port ${formatPorts([...prober.ports])}` : ''}`,
        summary:
          prober.discovery > 0
            ? `${source} asked by a time stamp request, a bare ACK and a SYN whether ${where} is there, as scanners do.`
            : `${source} reset ${counted(prober.halfOpen, 'connection')} as soon as they were accepted, without using them. Load balancers and monitors do that too.`,
        sources: [prober.source],
        targets: prober.targets,
        ports: prober.ports,
        first: prober.first,
        decided: prober.last,
        last: prober.last,
        evidence: [
          ...factUnlessZero('Connections reset half open', prober.halfOpen, 'connections'),
          ...factUnlessZero('Hosts asked for by several methods at once', prober.discovery, 'hosts'),
        ],
        flows: prober.flows,
      }),
    );
  }
}

export const halfOpenProbe = (): Behaviour => new HalfOpenProbe();
