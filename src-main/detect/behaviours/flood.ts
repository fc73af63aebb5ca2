/**
 * Floods: more SYNs, datagrams, echo requests, fragments or stray segments a second than a host can have asked for, and
 * not answered as a conversation would be. From one sender, from many, or with forged senders.
 *
 * A second counts against the floor in `FLOOD` and, once the host has a past, against five times its busiest ordinary
 * second. Confidence: 0.7 at the floor, +0.06 for each doubling of the peak rate, at most 0.98.
 */
import { FLOW_EVENT } from '../../meter/flows/types.ts';
import { PROTO } from '../../meter/packets/types.ts';
import type { PulseBatch } from '../../meter/windows/types.ts';
import type { Behaviour, BehaviourContext, Observations } from '../types.ts';
import { describeFlood, VECTORS, type Siege, type VectorId } from './common/flood-report.ts';
import { TopCounter } from './common/distinct.ts';
import { HostColumn } from './common/host-columns.ts';
import { Load } from './common/load.ts';
import { IS_REFLECTOR, TELEMETRY_PORTS } from './common/reflectors.ts';
import { isServerPort, isSynAck, OPENING, openingOf } from './common/tcp-flags.ts';
import { FLOOD } from './common/thresholds.ts';

/** New flows to a host within a minute from which on they are looked at one by one. */
const NOTICED = 32;
const MINUTE = 60;
const LOADS = 4096;
const SIEGES = 4096;
/** Bytes an empty datagram or a bare probe takes at most, headers included. */
const PROBE_BYTES = 100;
/** A flood's packets to one port; more ports than this share of the packets, from one sender, is a scan. */
const SCAN_PORT_SHARE = 0.1;
/** Segments of unknown connections a second; a capture that starts in the middle shows each connection once. */
const STRANGERS_RATE = 150;
/** In the first seconds, when every connection is unknown: so many, and of so large a share of the segments. */
const EARLY_SECONDS = 2;
const EARLY_STRANGERS = 400;
const EARLY_SHARE = 0.5;
/** QUIC servers' port: what comes from it are downloads, which a one-sided capture shows without their requests. */
const QUIC_PORT = 443;
/** Counts of strangers kept until their second's pulse comes. */
const STRANGERS_KEPT = 20_000;

/** What is ordinary for one host and metric. */
export class Usual {
  peak = 0;
  seconds = 0;
}

export class Flood implements Behaviour {
  readonly id = 'behaviour:flood';
  private readonly opens = new HostColumn();
  private readonly loads = new Map<number, Load>();
  private readonly sieges = new Map<string, Siege>();
  private readonly usual = new Map<string, Usual>();
  private readonly changed = new Set<Siege>();
  /** Strangers (see `Load`) of hosts in the current second; and of earlier seconds, by `host second`. */
  private readonly strangers = new Map<number, number>();
  private readonly strangersOf = new Map<string, number>();
  private minute = Number.NaN;
  private second = Number.NaN;
  private firstSecond = Number.NaN;

  observe(seen: Observations, context: BehaviourContext): void {
    this.readEvents(seen, context);
    this.readPulses(seen.pulses, context);
    this.flush(context);
  }

  finish(context: BehaviourContext): void {
    this.endSecond(context);
    for (const siege of this.sieges.values()) {
      if (siege.decided) this.changed.add(siege);
    }
    this.flush(context);
  }

  private readEvents(seen: Observations, context: BehaviourContext): void {
    const { kind, sec, nano, origHost, respHost, origPort, respPort, proto, tcpFlags, payloadLength, flow, flipped } =
      seen.events.columns;
    for (let i = 0; i < seen.events.count; i++) {
      if (kind[i] !== FLOW_EVENT.OPEN) continue;
      const exchanged = flipped[i] === 1;
      const target = exchanged ? origHost[i]! : respHost[i]!;
      if (target === 0) continue;
      if (sec[i] !== this.second) this.turn(sec[i]!, context);
      if (this.opens.add(target) < NOTICED) continue;
      let load = this.loads.get(target);
      if (!load) {
        if (this.loads.size >= LOADS) continue;
        load = new Load();
        this.loads.set(target, load);
      }
      const sender = exchanged ? respHost[i]! : origHost[i]!;
      load.note(sender, exchanged ? origPort[i]! : respPort[i]!, flow[i]!, sec[i]!, nano[i]!);
      if (proto[i] !== PROTO.TCP || isSynAck(tcpFlags[i]!)) continue;
      if (openingOf(tcpFlags[i]!, payloadLength[i]!) === OPENING.SYN) continue;
      this.strangers.set(target, (this.strangers.get(target) ?? 0) + 1);
    }
  }

  /** Event time went on (or back) to another second. */
  private turn(second: number, context: BehaviourContext): void {
    this.endSecond(context);
    if (Number.isNaN(this.firstSecond)) this.firstSecond = second;
    this.second = second;
    const minute = Math.floor(second / MINUTE);
    if (minute === this.minute) return;
    this.minute = minute;
    this.opens.clear();
    for (const [host, load] of this.loads) {
      const besieged = VECTORS.some((vector) => this.sieges.get(keyOf(vector.id, host))?.decided);
      if (!besieged || (load.last && second - load.last.sec > FLOOD.PAUSE)) this.loads.delete(host);
    }
  }

  private endSecond(context: BehaviourContext): void {
    if (this.strangers.size === 0) return;
    if (this.strangersOf.size > STRANGERS_KEPT) this.strangersOf.clear();
    for (const [host, count] of this.strangers) {
      if (count < STRANGERS_RATE || context.network.isMulticast(host)) continue;
      this.strangersOf.set(`${host} ${this.second}`, count);
    }
    this.strangers.clear();
  }

  private readPulses(pulses: PulseBatch, context: BehaviourContext): void {
    const p = pulses.columns;
    for (let i = 0; i < pulses.count; i++) {
      const host = p.host[i]!;
      if (host === 0 || p.packetsIn[i] === 0) continue;
      if (context.network.isMulticast(host) || context.network.isBroadcast(host)) this.judgeGroup(pulses, i);
      else this.judgeHost(pulses, i);
    }
  }

  /** One second of packets to one host. */
  private judgeHost(pulses: PulseBatch, i: number): void {
    const p = pulses.columns;
    const { host, packetsIn, packetsOut, synIn, udpIn, icmpIn, otherIn, sendersIn, sourcePortsIn, targetPortsIn } = p;
    const into = packetsIn[i]!;
    const senders = sendersIn[i]!;
    const tcp = into - udpIn[i]! - icmpIn[i]! - otherIn[i]!;
    const answers = packetsOut[i]! - p.rstOut[i]! - p.unreachableOut[i]!;
    const answered = answers >= FLOOD.ANSWERED_SHARE * into;
    const scan = senders <= 3 && targetPortsIn[i]! > Math.max(5, into * SCAN_PORT_SHARE);
    const raise = (vector: VectorId, count: number, bytes: number, floor: number): boolean => {
      if (!this.isUnusual(vector, host[i]!, count, floor)) return false;
      this.raise(vector, pulses, i, count, bytes);
      return true;
    };

    const syn = synIn[i]!;
    const synFlood =
      syn >= FLOOD.SYN_SHARE * tcp && !scan && raise('syn', syn, (p.bytesIn[i]! * syn) / into, FLOOD.SYN_RATE);
    if (!synFlood && senders <= 2 && targetPortsIn[i]! <= 3) raise('connect', syn, p.bytesIn[i]!, FLOOD.CONNECT_RATE);

    const strangers = this.strangersOf.size > 0 ? this.strangersOf.get(`${host[i]} ${p.second[i]}`) : undefined;
    if (strangers !== undefined && !scan) {
      const early = p.second[i]! - this.firstSecond < EARLY_SECONDS;
      const enough = !early || (strangers >= EARLY_STRANGERS && strangers >= tcp * EARLY_SHARE);
      if (enough) raise('tcp-stray', strangers, p.bytesIn[i]!, STRANGERS_RATE);
    }

    const telemetry = TELEMETRY_PORTS.has(p.topTargetPort[i]!) || p.topSourcePort[i] === QUIC_PORT;
    if (!answered && udpIn[i]! > 0 && !telemetry) {
      const empty = p.udpBytesIn[i]! <= udpIn[i]! * PROBE_BYTES;
      const spread = Math.max(senders, sourcePortsIn[i]!, empty ? 0 : targetPortsIn[i]!) >= FLOOD.UDP_SPREAD;
      const reflected = IS_REFLECTOR[p.topSourcePort[i]!] === 1 && senders > 1;
      const several = !empty && Math.max(sourcePortsIn[i]!, targetPortsIn[i]!) >= FLOOD.UDP_PORTS;
      const refused = p.unreachableOut[i]! > 0;
      // Towards a service that gives no answer: streams run between ports of programs, not to services.
      const service = isServerPort(p.topTargetPort[i]!) && !isServerPort(p.topSourcePort[i]!);
      const single = several || refused || service ? FLOOD.UDP_PORTS_RATE : FLOOD.UDP_RATE;
      const floor = spread ? FLOOD.UDP_SPREAD_RATE : single;
      if (!reflected && !(scan && empty)) raise('udp', udpIn[i]!, p.udpBytesIn[i]!, floor);
      if (!reflected) raise('fragments', p.fragmentsIn[i]!, p.fragmentBytesIn[i]!, FLOOD.FRAGMENT_RATE);
    }

    raise('echo', p.echoRequestIn[i]!, (p.bytesIn[i]! * p.echoRequestIn[i]!) / into, FLOOD.ICMP_RATE);
    if (!answered && senders >= FLOOD.ICMP_SENDERS) {
      raise('echo-replies', p.echoReplyIn[i]!, (p.bytesIn[i]! * p.echoReplyIn[i]!) / into, FLOOD.ICMP_REPLY_RATE);
    }
    if (!answered && senders < FLOOD.ICMP_SENDERS) {
      raise('unreachable', p.unreachableIn[i]!, (p.bytesIn[i]! * p.unreachableIn[i]!) / into, FLOOD.ICMP_RATE * 2);
    }
    const othersIcmp = icmpIn[i]! - p.echoRequestIn[i]! - p.echoReplyIn[i]! - p.unreachableIn[i]!;
    if (!answered) raise('icmp', othersIcmp, (p.bytesIn[i]! * othersIcmp) / into, FLOOD.ICMP_RATE);
    if (!answered) raise('other', otherIn[i]!, (p.bytesIn[i]! * otherIn[i]!) / into, FLOOD.OTHER_RATE);
  }

  /** One second of packets to a multicast or broadcast address. */
  private judgeGroup(pulses: PulseBatch, i: number): void {
    const p = pulses.columns;
    const echo = p.echoRequestIn[i]!;
    if (echo >= FLOOD.SMURF_TOTAL) this.raise('smurf', pulses, i, echo, p.bytesIn[i]!);
    const icmp = p.icmpIn[i]! - echo;
    if (icmp >= FLOOD.MULTICAST_RATE) this.raise('multicast', pulses, i, icmp, p.bytesIn[i]!);
  }

  private raise(vector: VectorId, pulses: PulseBatch, i: number, count: number, bytes: number): void {
    const p = pulses.columns;
    const siege = this.loud(
      vector,
      p.host[i]!,
      p.second[i]!,
      count,
      p.packetsIn[i]!,
      bytes,
      p.sendersIn[i]!,
      p.targetPortsIn[i]!,
    );
    if (!siege) return;
    siege.topSenders.add(p.topSender[i]!, p.topSenderPackets[i]!);
    siege.voted += p.packetsIn[i]!;
    if (p.topTargetPort[i]! > 0) siege.topPorts.add(p.topTargetPort[i]!, count);
    siege.answers += p.packetsOut[i]!;
  }

  /** Above the floor, and above what this host is used to. */
  private isUnusual(vector: VectorId, host: number, count: number, floor: number): boolean {
    if (count < FLOOD.ICMP_REPLY_RATE / 5) return false;
    const key = keyOf(vector, host);
    let usual = this.usual.get(key);
    if (!usual) {
      if (this.usual.size >= SIEGES) this.usual.clear();
      usual = new Usual();
      this.usual.set(key, usual);
    }
    const known = usual.seconds >= FLOOD.USUAL_SECONDS;
    if (count >= Math.max(floor, known ? usual.peak * FLOOD.TIMES_USUAL : 0)) return true;
    // Seconds inside a running flood are not ordinary.
    if (!this.sieges.get(key)?.decided) {
      usual.seconds++;
      usual.peak = Math.max(usual.peak, count);
    }
    return false;
  }

  /** One loud second. */
  private loud(
    vector: VectorId,
    host: number,
    second: number,
    count: number,
    packets: number,
    bytes: number,
    senders: number,
    ports: number,
  ): Siege | undefined {
    const key = keyOf(vector, host);
    let siege = this.sieges.get(key);
    if (siege && Math.abs(second - siege.lastSecond) > FLOOD.PAUSE) {
      if (siege.decided) siege = newSiege(vector, host, second, siege.serial + 1);
      else siege = newSiege(vector, host, second, siege.serial);
      this.sieges.set(key, siege);
    }
    if (!siege) {
      if (this.sieges.size >= SIEGES) return undefined;
      siege = newSiege(vector, host, second, 0);
      this.sieges.set(key, siege);
    }
    siege.lastSecond = Math.max(siege.lastSecond, second);
    siege.seconds++;
    siege.total += count;
    siege.packets += packets;
    siege.bytes += bytes;
    siege.peak = Math.max(siege.peak, count);
    siege.senders = Math.max(siege.senders, senders);
    siege.targetPorts = Math.max(siege.targetPorts, ports);
    siege.usual = this.usual.get(key)?.seconds ? this.usual.get(key)!.peak : null;
    const crowd = siege.senders >= FLOOD.CROWD ? FLOOD.CROWD_SHARE : 1;
    if (!siege.decided && siege.total >= totalOf(vector) * crowd) {
      siege.decided = { sec: second + 1, nano: 0 };
      this.changed.add(siege);
    } else if (siege.decided && siege.total >= siege.reportedAt * 1.5) this.changed.add(siege);
    return siege;
  }

  private flush(context: BehaviourContext): void {
    for (const siege of this.changed) {
      siege.reportedAt = siege.total;
      const load = this.loads.get(siege.host);
      context.report(
        `${this.id} ${siege.vector} ${siege.host} ${siege.serial}`,
        describeFlood(this.id, siege, load, context),
      );
    }
    this.changed.clear();
  }
}

function keyOf(vector: VectorId, host: number): string {
  return `${vector} ${host}`;
}

function newSiege(vector: VectorId, host: number, second: number, serial: number): Siege {
  return {
    vector,
    host,
    serial,
    firstSecond: second,
    lastSecond: second,
    seconds: 0,
    total: 0,
    packets: 0,
    bytes: 0,
    peak: 0,
    senders: 0,
    targetPorts: 0,
    answers: 0,
    voted: 0,
    usual: null,
    topSenders: new TopCounter(32),
    topPorts: new TopCounter(16),
    decided: null,
    reportedAt: 0,
  };
}

function totalOf(vector: VectorId): number {
  return VECTORS.find((one) => one.id === vector)!.total;
}

export const flood = (): Behaviour => new Flood();
