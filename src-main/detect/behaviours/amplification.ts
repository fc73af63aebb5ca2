/**
 * Amplification: answers nobody asked for, from a service that answers with much to little, towards one victim. Seen at
 * the victim as first packets that come from the service's port; seen at the reflector as one "client" asking the same
 * large question again and again. The victim is the target, the reflectors are the sources.
 *
 * Confidence: 0.7 at the floor, +0.06 for each doubling of answers, at most 0.98.
 */
import { FLOW_EVENT } from '../../meter/flows/types.ts';
import { PROTO } from '../../meter/packets/types.ts';
import type { DnsMessage, NtpMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Observations, PacketTime } from '../types.ts';
import { BoundedMap } from './common/bounded.ts';
import { DistinctCounter, TopCounter } from './common/distinct.ts';
import { fact, makeFinding, secondsBetween } from './common/finding.ts';
import { FlowIds } from './common/flow-ids.ts';
import { FlowMap } from './common/flow-map.ts';
import { IS_REFLECTOR, REFLECTORS } from './common/reflectors.ts';
import { AMPLIFICATION } from './common/thresholds.ts';
import { counted, formatBytes, formatNumber, within } from './common/words.ts';

const VICTIMS = 4096;
const LISTED = 1000;
/** Between equal ports (NTP peers, IKE gateways) requests look like answers; requests are smaller than this. */
const EQUAL_PORT_BYTES = 200;
/** Reflectors from which on size does not matter: nobody is answered by so many at once without asking. */
const MANY_REFLECTORS = 20;
/** Mean bytes of a datagram of a rate-based verdict. */
const LARGE = 200;

export class Reflection {
  readonly victim: number;
  readonly port: number;
  readonly serial: number;
  first: PacketTime;
  last: PacketTime;
  /** Answers on flows nobody opened, and payload bytes of their first packets. */
  answers = 0;
  payload = 0;
  local = 0;
  /** Large or private answers that were asked for (see the head). */
  asked = 0;
  /** Datagrams and bytes from that port in loud seconds. */
  packets = 0;
  bytes = 0;
  loudSeconds = 0;
  subject = '';
  readonly reflectors = new DistinctCounter();
  readonly top = new TopCounter(256);
  readonly listed = new Set<number>();
  readonly flows = new FlowIds();
  decided: PacketTime | null = null;
  reportedAt = 0;

  constructor(victim: number, port: number, time: PacketTime, serial: number) {
    this.victim = victim;
    this.port = port;
    this.first = time;
    this.last = time;
    this.serial = serial;
  }

  saw(reflector: number, time: PacketTime, flow: number, payload: number): void {
    this.last = time;
    this.payload += payload;
    this.reflectors.add(reflector);
    if (this.top.size < 256 || this.top.countOf(reflector) > 0) this.top.add(reflector);
    if (this.listed.size < LISTED) this.listed.add(reflector);
    this.flows.add(flow);
  }

  get weight(): number {
    return this.answers + this.asked;
  }
}

export class Amplification implements Behaviour {
  readonly id = 'behaviour:amplification';
  private readonly reflections = new FlowMap<number, Reflection>({ ceiling: VICTIMS });
  /** Victims with a reflection, to match pulses without asking for every port. */
  private readonly portsOf = new BoundedMap<number, Set<number>>({ ceiling: VICTIMS });
  private readonly sameName = new BoundedMap<string, number>({ ceiling: VICTIMS, lifetime: AMPLIFICATION.WINDOW });
  private readonly changed = new Set<Reflection>();

  observe(seen: Observations, context: BehaviourContext): void {
    this.readEvents(seen, context);
    for (const message of seen.messages) {
      if (message.kind === 'dns') this.readDns(message, context);
      else if (message.kind === 'ntp') this.readNtp(message, context);
    }
    this.readPulses(seen);
    this.flush(context);
  }

  finish(context: BehaviourContext): void {
    for (const [, one] of this.reflections) if (one.decided) this.changed.add(one);
    this.flush(context);
  }

  private readEvents(seen: Observations, context: BehaviourContext): void {
    const { kind, proto, origPort, respPort, origHost, respHost, sec, nano, payloadLength, flow, flipped } =
      seen.events.columns;
    for (let i = 0; i < seen.events.count; i++) {
      if (proto[i] !== PROTO.UDP || kind[i] !== FLOW_EVENT.OPEN) continue;
      const exchanged = flipped[i] === 1;
      const from = exchanged ? respPort[i]! : origPort[i]!;
      if (IS_REFLECTOR[from] === 0) continue;
      const to = exchanged ? origPort[i]! : respPort[i]!;
      const payload = payloadLength[i]!;
      if (from === to ? payload < EQUAL_PORT_BYTES : isRequest(from, to)) continue;
      const reflector = exchanged ? respHost[i]! : origHost[i]!;
      const victim = exchanged ? origHost[i]! : respHost[i]!;
      if (victim === 0 || context.network.isMulticast(victim) || context.network.isBroadcast(victim)) continue;
      const one = this.open(victim, from, { sec: sec[i]!, nano: nano[i]! });
      one.answers++;
      if (context.network.isLocal(reflector)) one.local++;
      one.saw(reflector, { sec: sec[i]!, nano: nano[i]! }, flow[i]!, payload);
      this.judge(one);
    }
  }

  private open(victim: number, port: number, time: PacketTime): Reflection {
    const key = victim * 65_536 + port;
    const known = this.reflections.touch(key, time.sec);
    const pause = known ? secondsBetween(known.last, time) : 0;
    const stale = known && !known.decided && secondsBetween(known.first, time) > AMPLIFICATION.WINDOW;
    if (known && pause <= 2 * AMPLIFICATION.WINDOW && !stale) return known;
    const made = new Reflection(victim, port, time, known ? known.serial + (known.decided ? 1 : 0) : 0);
    this.reflections.set(key, made, time.sec);
    this.portsOf.obtain(victim, time.sec, () => new Set()).add(port);
    return made;
  }

  private judge(one: Reflection): void {
    if (one.decided) {
      if (one.weight >= one.reportedAt * 1.5) this.changed.add(one);
      return;
    }
    const times = one.local * 2 > one.answers ? AMPLIFICATION.LOCAL_TIMES : 1;
    const reflectors = one.reflectors.count;
    const many = one.answers >= AMPLIFICATION.ANSWERS * times && reflectors >= AMPLIFICATION.REFLECTORS;
    const large = one.payload >= one.weight * AMPLIFICATION.BYTES || reflectors >= MANY_REFLECTORS;
    const rate = one.packets >= AMPLIFICATION.FEW_RATE * times && one.bytes >= one.packets * LARGE && one.answers > 0;
    if ((many && large) || rate || one.asked >= AMPLIFICATION.SAME_NAME) {
      one.decided = one.last;
      this.changed.add(one);
    }
  }

  /** One client that gets the same large answer over and over is not asking for itself. */
  private readDns(message: DnsMessage, context: BehaviourContext): void {
    if (!message.response || message.variant !== 'dns' || message.size < AMPLIFICATION.LARGE_ANSWER) return;
    if (message.fromOrig || message.orig === 0 || context.network.isMulticast(message.orig)) return;
    const key = `${message.orig} ${message.qname}`;
    const count = (this.sameName.touch(key, message.sec) ?? 0) + 1;
    this.sameName.set(key, count, message.sec);
    if (count < AMPLIFICATION.SAME_NAME / 2) return;
    const time = { sec: message.sec, nano: message.nano };
    const one = this.open(message.orig, message.respPort, time);
    one.asked += one.asked === 0 ? count : 1;
    one.subject = message.qname;
    one.saw(message.resp, time, message.flow, message.size);
    this.judge(one);
  }

  /** Lists of clients and of variables (NTP modes 7 and 6): large, and asked for by hardly anyone. */
  private readNtp(message: NtpMessage, context: BehaviourContext): void {
    if ((message.mode !== 7 && message.mode !== 6) || message.size < EQUAL_PORT_BYTES) return;
    const victim = message.fromOrig ? message.resp : message.orig;
    const reflector = message.fromOrig ? message.orig : message.resp;
    if (victim === 0 || context.network.isMulticast(victim)) return;
    const time = { sec: message.sec, nano: message.nano };
    const one = this.open(victim, 123, time);
    one.asked += AMPLIFICATION.SAME_NAME / AMPLIFICATION.NTP_CONTROL;
    one.saw(reflector, time, message.flow, message.size);
    this.judge(one);
  }

  private readPulses(seen: Observations): void {
    const p = seen.pulses.columns;
    for (let i = 0; i < seen.pulses.count; i++) {
      const ports = this.portsOf.peek(p.host[i]!);
      if (!ports || p.udpIn[i] === 0) continue;
      const port = p.topSourcePort[i]!;
      if (!ports.has(port)) continue;
      const one = this.reflections.peek(p.host[i]! * 65_536 + port);
      if (!one || p.second[i]! < one.first.sec || p.second[i]! > one.last.sec + AMPLIFICATION.WINDOW) continue;
      // Reflected datagrams only: a host that also asks and is answered sends about as much as it gets.
      if (p.packetsOut[i]! > p.packetsIn[i]! * 0.3) continue;
      one.packets += p.udpIn[i]!;
      one.bytes += p.udpBytesIn[i]!;
      one.loudSeconds++;
      if (p.topSender[i]! > 0) one.top.add(p.topSender[i]!);
      if (p.second[i]! > one.last.sec) one.last = { sec: p.second[i]!, nano: 0 };
      this.judge(one);
    }
  }

  private flush(context: BehaviourContext): void {
    for (const one of this.changed) this.report(one, context);
    this.changed.clear();
  }

  private report(one: Reflection, context: BehaviourContext): void {
    one.reportedAt = one.weight;
    const victim = context.hosts.address(one.victim);
    const name = REFLECTORS.get(one.port) ?? `port ${one.port}`;
    const reflectors = one.reflectors.count;
    const seconds = secondsBetween(one.first, one.last);
    const packets = Math.max(one.packets, one.weight);
    const bytes = Math.max(one.bytes, one.payload);
    const order = one.top.top(256).map(([host]) => host);
    const sources = [...new Set([...order, ...one.listed])];
    const evidence = [
      fact(`${name} answers on flows that ${victim} did not open`, one.answers, 'answers', 0),
      fact('Machines that sent them', reflectors, 'hosts'),
      fact('Mean size of an answer', Math.round(bytes / Math.max(1, packets)), 'bytes'),
      fact(`Received${within(seconds)}`, Math.round(bytes), 'bytes'),
    ];
    if (one.asked > 0) evidence.push(fact('Large answers to the same question', Math.round(one.asked), 'answers'));
    context.report(
      `${this.id} ${one.victim} ${one.port} ${one.serial}`,
      makeFinding({
        detector: this.id,
        kind: 'amplification',
        confidence: 0.7 + 0.06 * Math.min(4.7, Math.log2(Math.max(1, packets / AMPLIFICATION.ANSWERS))),
        title: `${name} answers from ${counted(reflectors, 'machine')} flood ${victim}: ${formatNumber(packets)} packets, ${formatBytes(bytes)}${within(seconds)}`,
        summary:
          `${victim} received ${formatNumber(packets)} ${name} answers${one.subject ? ` about ${one.subject}` : ''} that it ` +
          `very likely never asked for. Somebody asks ${name} servers in its name, so that they answer to it.`,
        sources,
        sourcesTotal: Math.max(reflectors, sources.length),
        targets: [one.victim],
        ports: [one.port],
        first: one.first,
        decided: one.decided ?? one.last,
        last: one.last,
        evidence,
        flows: one.flows,
        packets,
        bytes: Math.round(bytes),
        filter: `udp.srcport == ${one.port} && ${victim.includes(':') ? 'ipv6.dst' : 'ip.dst'} == ${victim}`,
      }),
    );
  }
}

/** First packets from a reflector's port that are no answers: traps from an agent's own port, IKE behind a NAT. */
function isRequest(from: number, to: number): boolean {
  return to === 162 || (from === 500 && to === 4500) || (from === 4500 && to === 500);
}

export const amplification = (): Behaviour => new Amplification();
