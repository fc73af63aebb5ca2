/**
 * Fingerprinting: finding out what system or which software answers, by packets no program sends (nmap's operating
 * system probes), by several ICMP questions at once, by trying several protocols on one service, or by requests that
 * name the tool that sends them.
 *
 * Confidence: 0.9 for two and more kinds of impossible packets, 0.85 for a tool that names itself, 0.6 for services
 * tried with several protocols.
 */
import { FLOW_EVENT } from '../../meter/flows/types.ts';
import { PROTO } from '../../meter/packets/types.ts';
import type { HttpMessage, SshMessage } from '../../meter/protocols/types.ts';
import type { Evidence } from '../../../src-shared/domain/incident.ts';
import type { Behaviour, BehaviourContext, Observations, PacketTime } from '../types.ts';
import { BoundedMap } from './common/bounded.ts';
import { fact, makeFinding, secondsBetween } from './common/finding.ts';
import { FlowIds } from './common/flow-ids.ts';
import { FlowMap } from './common/flow-map.ts';
import { OPENING, openingOf } from './common/tcp-flags.ts';
import { FINGERPRINT } from './common/thresholds.ts';
import { counted, formatList, within } from './common/words.ts';

/** Kinds of probe, as bits. */
const PROBE = { NULL: 1, XMAS: 2, ODD: 4, UDP: 8, TIMESTAMP: 16, INFORMATION: 32, MASK: 64 } as const;
const PROBE_NAMES: readonly [number, string][] = [
  [PROBE.NULL, 'TCP without flags'],
  [PROBE.XMAS, 'TCP with FIN, PSH and URG'],
  [PROBE.ODD, 'TCP with SYN and FIN or URG'],
  [PROBE.UDP, 'UDP with 300 equal bytes to a closed port'],
  [PROBE.TIMESTAMP, 'ICMP time stamp request'],
  [PROBE.INFORMATION, 'ICMP information request'],
  [PROBE.MASK, 'ICMP address mask request'],
];
/** Size of the datagram of nmap's U1 probe (nmap book, chapter 8). */
const U1_BYTES = 300;
const PAIRS = 8192;
const SERVICES = 8192;
/** Connections to one service with this many different first messages that nobody answered. */
const TRIES = 6;
const SIZES = 5;

/** Names that scanners give themselves in User-Agent headers and banners. */
const TOOLS =
  /nmap|masscan|zgrab|nikto|nessus|openvas|acunetix|netsparker|nuclei|whatweb|wpscan|joomscan|w3af|arachni|dirbuster|gobuster|feroxbuster|dirsearch|wfuzz|ffuf|skipfish|qualys|censysinspect|shodan|expanse|morfeus|zmeu|jorgee/i;
/** Requests that only nmap's service detection makes. */
const NMAP_PATHS = /^\/(nice%20ports%2C\/Tri%6Eity\.txt%2ebak|nmaplowercheck\d+|NmapUpperCheck\d+)/;

/** What one host tried on another. */
export class Pair {
  readonly source: number;
  readonly target: number;
  first: PacketTime;
  last: PacketTime;
  kinds = 0;
  probes = 0;
  /** Tool names seen, and requests with them. */
  readonly tools = new Set<string>();
  named = 0;
  services = 0;
  readonly ports = new Set<number>();
  readonly flows = new FlowIds();
  decided: PacketTime | null = null;

  constructor(source: number, target: number, time: PacketTime) {
    this.source = source;
    this.target = target;
    this.first = time;
    this.last = time;
  }
}

/** Connections of one host to one service; `tries`: those in no protocol we know. */
export class Service {
  tries = 0;
  silent = 0;
  readonly sizes = new Set<number>();
  readonly protocols = new Set<string>();
}

export class Fingerprinting implements Behaviour {
  readonly id = 'behaviour:fingerprinting';
  private readonly pairs = new FlowMap<number, Pair>({ ceiling: PAIRS });
  private readonly services = new BoundedMap<string, Service>({ ceiling: SERVICES, lifetime: FINGERPRINT.WINDOW });

  observe(seen: Observations, context: BehaviourContext): void {
    const { kind, proto, sec, nano, origHost, respHost, origPort, respPort, tcpFlags, payloadLength, flow, flipped } =
      seen.events.columns;
    for (let i = 0; i < seen.events.count; i++) {
      if (kind[i] !== FLOW_EVENT.OPEN || flipped[i] === 1) continue;
      const bit = probeOf(proto[i]!, origPort[i]!, respPort[i]!, tcpFlags[i]!, payloadLength[i]!);
      if (bit === 0 || origHost[i] === 0 || respHost[i] === 0) continue;
      const pair = this.pairOf(origHost[i]!, respHost[i]!, { sec: sec[i]!, nano: nano[i]! });
      pair.kinds |= bit;
      pair.probes++;
      pair.flows.add(flow[i]!);
      if (proto[i] === PROTO.TCP && pair.ports.size < 1000) pair.ports.add(respPort[i]!);
      if (countBits(pair.kinds) >= FINGERPRINT.KINDS && hasStrong(pair.kinds)) this.decide(pair, context);
    }
    for (const message of seen.messages) {
      if (message.kind === 'http') this.readHttp(message, context);
      else if (message.kind === 'ssh' && message.what === 'banner') this.readSsh(message, context);
    }
    this.readEnded(seen, context);
  }

  finish(context: BehaviourContext): void {
    for (const [, pair] of this.pairs) if (pair.decided) this.report(pair, context);
  }

  private pairOf(source: number, target: number, time: PacketTime): Pair {
    const key = source * 0x200000 + target;
    let pair = this.pairs.touch(key, time.sec);
    if (!pair || (!pair.decided && secondsBetween(pair.first, time) > FINGERPRINT.WINDOW)) {
      pair = new Pair(source, target, time);
      this.pairs.set(key, pair, time.sec);
    }
    pair.last = time;
    return pair;
  }

  private readHttp(message: HttpMessage, context: BehaviourContext): void {
    if (message.method === '') return;
    const tool = TOOLS.exec(message.agent)?.[0] ?? (NMAP_PATHS.test(message.uri) ? 'nmap' : undefined);
    if (tool === undefined) return;
    this.named(tool, message.orig, message.resp, message, context);
  }

  private readSsh(message: SshMessage, context: BehaviourContext): void {
    const tool = message.fromOrig ? TOOLS.exec(message.software)?.[0] : undefined;
    if (tool !== undefined) this.named(tool, message.orig, message.resp, message, context);
  }

  private named(
    tool: string,
    source: number,
    target: number,
    message: HttpMessage | SshMessage,
    context: BehaviourContext,
  ): void {
    const pair = this.pairOf(source, target, { sec: message.sec, nano: message.nano });
    pair.named++;
    pair.tools.add(tool.toLowerCase());
    pair.flows.add(message.flow);
    if (pair.ports.size < 1000) pair.ports.add(message.respPort);
    this.decide(pair, context);
  }

  /** Services spoken to in several protocols, or with several first messages none of which was understood. */
  private readEnded(seen: Observations, context: BehaviourContext): void {
    const c = seen.flows.columns;
    for (let row = 0; row < seen.flows.count; row++) {
      if (c.proto[row] !== PROTO.TCP || c.origPayload[row] === 0 || c.origHost[row] === 0) continue;
      const source = c.origHost[row]!;
      const target = c.respHost[row]!;
      const port = c.respPort[row]!;
      const time = { sec: c.sec[row]!, nano: c.nano[row]! };
      const service = this.services.obtain(`${source} ${target} ${port}`, time.sec, () => new Service());
      const name = seen.flows.meta[row]?.app;
      if (!name) {
        service.tries++;
        // By sequence numbers: an answer the capture lost was an answer.
        if (c.respPayload[row] === 0 && c.respBytes[row] === 0) service.silent++;
        if (service.sizes.size < 64) service.sizes.add(c.firstSizes[row * 4]!);
      } else if (service.protocols.size < 16) {
        service.protocols.add(name);
      }
      const several = service.protocols.size >= FINGERPRINT.PROTOCOLS;
      const unheard = service.tries >= TRIES && service.sizes.size >= SIZES && service.silent >= service.tries * 0.6;
      if (!several && !unheard) continue;
      const pair = this.pairOf(source, target, time);
      pair.services++;
      pair.ports.add(port);
      pair.flows.add(c.id[row]!);
      this.decide(pair, context);
    }
  }

  private decide(pair: Pair, context: BehaviourContext): void {
    if (pair.decided) return;
    pair.decided = pair.last;
    this.report(pair, context);
  }

  private report(pair: Pair, context: BehaviourContext): void {
    const source = context.hosts.address(pair.source);
    const target = context.hosts.address(pair.target);
    const names = PROBE_NAMES.filter(([bit]) => (pair.kinds & bit) !== 0).map(([, name]) => name);
    const tools = [...pair.tools].sort();
    const seconds = secondsBetween(pair.first, pair.last);
    const byPackets = countBits(pair.kinds) >= FINGERPRINT.KINDS;
    const how = tools.length > 0 ? ` with ${formatList(tools)}` : '';
    const evidence: Evidence[] = [];
    if (pair.probes > 0)
      evidence.push(
        fact('Kinds of probing packets', names.length, 'kinds'),
        fact('Probing packets', pair.probes, 'packets', 0),
      );
    if (pair.named > 0) evidence.push(fact(`Requests that name ${formatList(tools)}`, pair.named, 'requests'));
    if (pair.services > 0)
      evidence.push(fact('Connections to services tried in several ways', pair.services, 'connections'));
    context.report(
      `${this.id} ${pair.source} ${pair.target}`,
      makeFinding({
        detector: this.id,
        kind: 'fingerprinting',
        confidence: byPackets ? 0.9 : pair.named > 0 ? 0.85 : 0.6,
        title: `${source} examined ${target}${how}${byPackets ? `: ${counted(names.length, 'kind')} of probing packets${within(seconds)}` : ''}`,
        summary: byPackets
          ? `${source} sent ${target} packets that no program sends to communicate: ${formatList(names, 7)}. The answers tell which operating system it runs.`
          : `${source} tried out services of ${target}${how} to find out what they are and in which version.`,
        sources: [pair.source],
        targets: [pair.target],
        ports: [...pair.ports].sort((a, b) => a - b),
        first: pair.first,
        decided: pair.decided ?? pair.last,
        last: pair.last,
        evidence,
        flows: pair.flows,
      }),
    );
  }
}

function probeOf(proto: number, origPort: number, respPort: number, tcpFlags: number, payload: number): number {
  if (proto === PROTO.TCP) {
    const opening = openingOf(tcpFlags, payload);
    if (opening === OPENING.NULL) return PROBE.NULL;
    if (opening === OPENING.XMAS) return PROBE.XMAS;
    return opening === OPENING.ODD ? PROBE.ODD : 0;
  }
  if (proto === PROTO.UDP) return payload === U1_BYTES && origPort >= 1024 && respPort >= 1024 ? PROBE.UDP : 0;
  if (proto !== PROTO.ICMP) return 0;
  if (origPort === 13) return PROBE.TIMESTAMP;
  if (origPort === 15) return PROBE.INFORMATION;
  return origPort === 17 ? PROBE.MASK : 0;
}

/** A datagram of 300 bytes or one old ICMP question alone may be innocent: something else must stand beside it. */
function hasStrong(kinds: number): boolean {
  if ((kinds & (PROBE.NULL | PROBE.XMAS | PROBE.ODD)) !== 0) return true;
  return countBits(kinds & (PROBE.TIMESTAMP | PROBE.INFORMATION | PROBE.MASK)) >= 2;
}

function countBits(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
}

export const fingerprinting = (): Behaviour => new Fingerprinting();
