/**
 * Host sweeps: one host looks for one service, or for anybody by ping, on many hosts, and most do not answer. Programs
 * that speak to many hosts (browsers, resolvers, monitoring) are answered; peer-to-peer programs are often not, but
 * try each peer on a port of its own.
 *
 * Confidence: 0.6 at the floor, +0.08 for each doubling of failed hosts, at most 0.98; 0.4 for a burst of answered pings.
 */
import { FLOW_EVENT } from '../../meter/flows/types.ts';
import { PROTO } from '../../meter/packets/types.ts';
import type { Behaviour, BehaviourContext, Observations } from '../types.ts';
import { BoundedMap } from './common/bounded.ts';
import { FanTable, TRIED, type Fan } from './common/fan-table.ts';
import { HostColumn } from './common/host-columns.ts';
import { describeSweep, type SweepCase } from './common/scan-report.ts';
import { looksLikeAnswer, OPENING, openingOf } from './common/tcp-flags.ts';
import { PORT_SCAN, SWEEP } from './common/thresholds.ts';

/** What is looked for: bits 16 and up of a fan's second key; the low 16 are port or ICMP type. */
const TCP = 0;
const UDP = 1;
const PING = 2;
const SCTP = 3;
/** A QUIC client's first datagram is padded to at least this (RFC 9000, 14.1); networks that block QUIC answer none. */
const QUIC_INITIAL = 1200;
/** Pings answered by this many hosts within seconds, once each: perhaps a sweep of a full network, perhaps monitoring. */
const BURST_HOSTS = 30;
const BURST_SECONDS = 5;
const CASES = 4096;
/** A source that looks for this many services is scanning ports, which is reported as that. */
const MANY_SERVICES = PORT_SCAN.PORTS;

export class HostSweep implements Behaviour {
  readonly id = 'behaviour:host-sweep';
  private readonly table = new FanTable({ pause: PORT_SCAN.PAUSE });
  /** Different (service, host) pairs and different services of each source. */
  private readonly services = new HostColumn();
  private readonly ports = new HostColumn();
  private readonly cases = new BoundedMap<number, SweepCase>({ ceiling: CASES });
  private readonly waiting = new Set<Fan>();
  private readonly changed = new Set<SweepCase>();
  private second = Number.NEGATIVE_INFINITY;

  observe(seen: Observations, context: BehaviourContext): void {
    const { kind, sec, nano, origHost, respHost, origPort, respPort, proto, tcpFlags, payloadLength, flow, flipped } =
      seen.events.columns;
    for (let i = 0; i < seen.events.count; i++) {
      if (sec[i]! > this.second) this.tick(sec[i]!);
      const source = origHost[i]!;
      const target = respHost[i]!;
      if (source === 0 || target === 0) continue;
      const b = subjectOf(proto[i]!, origPort[i]!, respPort[i]!);
      if (b < 0) continue;
      const what = kind[i]!;
      if (what !== FLOW_EVENT.OPEN) {
        const fan = this.table.settle(source, b, target, what === FLOW_EVENT.REFUSED ? TRIED.REFUSED : TRIED.ANSWERED);
        if (fan && (!fan.decided || fan.hinted) && what === FLOW_EVENT.REFUSED) this.consider(fan, sec[i]!, context);
        continue;
      }
      if (flipped[i] === 1) continue;
      if (b >>> 16 === TCP) {
        const opening = openingOf(tcpFlags[i]!, payloadLength[i]!);
        if (opening >= OPENING.ACK && opening !== OPENING.ODD) continue;
      } else if (b >>> 16 === UDP) {
        if (looksLikeAnswer(origPort[i]!, respPort[i]!)) continue;
        if (respPort[i] === 443 && payloadLength[i]! >= QUIC_INITIAL) continue;
      }
      const fan = this.table.note(source, b, target, flow[i]!, sec[i]!, nano[i]!, 0, payloadLength[i]!);
      if (this.table.freshKey) this.ports.add(source);
      if (!this.table.freshMember) continue;
      this.services.add(source);
      if (fan) this.consider(fan, sec[i]!, context);
    }
    this.readEnded(seen);
    this.flush(context);
  }

  finish(context: BehaviourContext): void {
    for (const fan of this.table.all()) {
      if (fan.tried >= SWEEP.PING_HOSTS) this.judge(fan, Number.POSITIVE_INFINITY, context);
    }
    for (const [, found] of this.cases) {
      if (!found.decided || found.withdrawn) continue;
      found.fans = found.fans.filter((fan) => found.hint || stillFailed(fan));
      if (found.fans.length === 0 || (found.hint && isPeriodic(found.fans[0]!))) this.withdraw(found, context);
      else this.changed.add(found);
    }
    this.flush(context, true);
  }

  private consider(fan: Fan, now: number, context: BehaviourContext): void {
    if (fan.decided && !fan.hinted) {
      if (fan.tried < fan.reportedAt * 1.25) return;
      fan.reportedAt = fan.tried;
      const found = this.cases.peek(fan.a);
      if (found && !found.withdrawn && found.fans.length > 0) this.changed.add(found);
      return;
    }
    if (fan.tried < SWEEP.PING_HOSTS) return;
    if (!this.judge(fan, now, context) && this.waiting.size < CASES) this.waiting.add(fan);
  }

  private tick(second: number): void {
    this.second = second;
    for (const fan of this.waiting) {
      if (second - fan.lastSec > 3 || (fan.decided && !fan.hinted)) this.waiting.delete(fan);
      else if (second - fan.lastSec > 1) this.pending.push(fan);
    }
  }

  /** Fans whose last tries have had their time; judged at the end of the delivery. */
  private readonly pending: Fan[] = [];

  private judge(fan: Fan, now: number, context: BehaviourContext): boolean {
    if (fan.decided && !fan.hinted) return true;
    const failed = fan.failed(now);
    const floor = floorOf(fan.b >>> 16);
    const enough = failed >= floor && failed >= fan.tried * SWEEP.FAILED_SHARE;
    const burst = !enough && !fan.hinted && isPingBurst(fan);
    if (!enough && !burst) return false;
    if (!this.isFocused(fan) || hasOnlyGroups(fan, context)) return false;
    const found = this.caseOf(fan);
    if (burst && found.decided) return false;
    const at = fan.last;
    if (burst) found.hint = true;
    else if (found.hint) {
      found.hint = false;
      found.fans = [];
      found.reported = 0;
      found.decided = at;
    }
    fan.hinted = burst;
    fan.decided = at;
    fan.reportedAt = fan.tried;
    found.decided ??= at;
    // A source with so many services is withdrawn for good: no more need be kept of it.
    if (found.fans.length < MANY_SERVICES) found.fans.push(fan);
    if (found.fans.length >= MANY_SERVICES) this.withdraw(found, context);
    else if (!found.withdrawn) this.changed.add(found);
    return enough;
  }

  /** One service on many hosts, or a few services on many; not a service for every host. */
  private isFocused(fan: Fan): boolean {
    const services = this.services.get(fan.a);
    return fan.tried >= services * SWEEP.PORT_SHARE || services >= this.ports.get(fan.a) * SWEEP.TARGETS_PER_PORT;
  }

  /** The open case of the source; a new one when the last has been silent for long. */
  private caseOf(fan: Fan): SweepCase {
    const known = this.cases.touch(fan.a, fan.lastSec);
    const silent = known ? fan.first.sec - Math.max(0, ...known.fans.map((one) => one.lastSec)) : 0;
    if (known && (known.fans.length === 0 || silent <= PORT_SCAN.PAUSE)) return known;
    const made: SweepCase = {
      key: `behaviour:host-sweep ${fan.a} ${fan.first.sec}`,
      source: fan.a,
      fans: [],
      decided: null,
      hint: false,
      withdrawn: false,
      reported: 0,
    };
    this.cases.set(fan.a, made, fan.lastSec);
    return made;
  }

  private withdraw(found: SweepCase, context: BehaviourContext): void {
    found.withdrawn = true;
    this.changed.delete(found);
    context.withdraw(found.key);
  }

  private readEnded(seen: Observations): void {
    const c = seen.flows.columns;
    for (let row = 0; row < seen.flows.count; row++) {
      const protocol = c.proto[row]!;
      // One-sided captures: who goes on sending data on a connection was answered, seen or not.
      if (protocol !== PROTO.TCP || c.origDataPkts[row] === 0) continue;
      this.table.settle(c.origHost[row]!, c.respPort[row]!, c.respHost[row]!, TRIED.USED);
    }
  }

  /** Reports what has doubled since it was last reported; `all`: whatever changed. */
  private flush(context: BehaviourContext, all = false): void {
    for (const fan of this.pending.splice(0)) this.judge(fan, this.second, context);
    for (const found of this.changed) {
      let tried = 0;
      for (const fan of found.fans) tried += fan.tried;
      if (!all && tried < found.reported * 2) continue;
      found.reported = tried;
      const usual = this.usual(found);
      context.report(found.key, describeSweep(this.id, found, usual, context));
    }
    this.changed.clear();
  }

  /** Mean hosts on the other services this source used; null when there are none. */
  private usual(found: SweepCase): number | null {
    let services = this.services.get(found.source);
    let ports = this.ports.get(found.source);
    for (const fan of found.fans) {
      services -= fan.tried;
      ports--;
    }
    return ports > 0 && services > 0 ? Math.round((services / ports) * 10) / 10 : null;
  }
}

/** Second key of the table; -1: not something hosts are looked for by. */
function subjectOf(protocol: number, origPort: number, respPort: number): number {
  switch (protocol) {
    case PROTO.TCP:
      return (TCP << 16) | respPort;
    case PROTO.UDP:
      return (UDP << 16) | respPort;
    case PROTO.SCTP:
      return (SCTP << 16) | respPort;
    case PROTO.ICMP:
      // Echo, time stamp, information and mask requests; errors and answers are someone else's doing.
      return origPort === 8 || origPort === 13 || origPort === 15 || origPort === 17 ? (PING << 16) | origPort : -1;
    case PROTO.ICMPV6:
      return origPort === 128 ? (PING << 16) | origPort : -1;
    default:
      return -1;
  }
}

function floorOf(what: number): number {
  if (what === PING) return SWEEP.PING_HOSTS;
  return what === UDP ? SWEEP.UDP_HOSTS : SWEEP.HOSTS;
}

function isPingBurst(fan: Fan): boolean {
  return fan.b >>> 16 === PING && fan.tried >= BURST_HOSTS && fan.lastSec - fan.first.sec <= BURST_SECONDS;
}

/** Asked again and again: monitoring. */
function isPeriodic(fan: Fan): boolean {
  return fan.tries >= fan.tried * 3;
}

/** Multicast and broadcast addresses do not answer by themselves; discovery by them is no sweep. */
function hasOnlyGroups(fan: Fan, context: BehaviourContext): boolean {
  const members = fan.list();
  const hosts = members.filter((host) => !context.network.isMulticast(host) && !context.network.isBroadcast(host));
  return hosts.length < floorOf(fan.b >>> 16) && hosts.length < members.length;
}

function stillFailed(fan: Fan): boolean {
  return fan.failed(Number.POSITIVE_INFINITY) >= fan.tried * SWEEP.FAILED_SHARE * 0.75;
}

export const hostSweep = (): Behaviour => new HostSweep();
