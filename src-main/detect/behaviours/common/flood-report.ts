/** Floods in words and numbers. */
import type { IncidentKind } from '../../../../src-shared/domain/incident.ts';
import type { BehaviourContext, Finding, PacketTime } from '../../types.ts';
import type { TopCounter } from './distinct.ts';
import { fact, makeFinding, secondsBetween } from './finding.ts';
import type { Load } from './load.ts';
import { FLOOD } from './thresholds.ts';
import { counted, formatBitRate, formatList, formatNumber, within } from './words.ts';

export type VectorId =
  | 'syn'
  | 'connect'
  | 'tcp-stray'
  | 'udp'
  | 'fragments'
  | 'echo'
  | 'echo-replies'
  | 'unreachable'
  | 'icmp'
  | 'other'
  | 'smurf'
  | 'multicast';

interface Vector {
  id: VectorId;
  /** Packets in all before a verdict. */
  total: number;
  name: string;
  packet: string;
  filter: string;
}

/** The kinds of flood, each with the packets it takes to be called one. */
export const VECTORS: readonly Vector[] = [
  {
    id: 'syn',
    total: FLOOD.SYN_TOTAL,
    name: 'SYN flood',
    packet: 'SYN',
    filter: 'tcp.flags.syn == 1 && tcp.flags.ack == 0',
  },
  { id: 'connect', total: FLOOD.CONNECT_TOTAL, name: 'flood of connections', packet: 'connection', filter: 'tcp' },
  {
    id: 'tcp-stray',
    total: FLOOD.OTHER_TOTAL / 2,
    name: 'flood of stray TCP segments',
    packet: 'stray segment',
    filter: 'tcp',
  },
  { id: 'udp', total: FLOOD.UDP_SPREAD_TOTAL, name: 'UDP flood', packet: 'datagram', filter: 'udp' },
  {
    id: 'fragments',
    total: FLOOD.FRAGMENT_TOTAL,
    name: 'flood of fragments',
    packet: 'fragment',
    filter: 'ip.flags.mf == 1 || ip.frag_offset > 0 || ipv6.fraghdr',
  },
  {
    id: 'echo',
    total: FLOOD.ICMP_TOTAL,
    name: 'ping flood',
    packet: 'echo request',
    filter: 'icmp.type == 8 || icmpv6.type == 128',
  },
  {
    id: 'echo-replies',
    total: FLOOD.ICMP_REPLY_RATE,
    name: 'flood of echo replies',
    packet: 'echo reply',
    filter: 'icmp.type == 0 || icmpv6.type == 129',
  },
  {
    id: 'unreachable',
    total: FLOOD.ICMP_TOTAL,
    name: 'flood of ICMP errors',
    packet: 'ICMP error',
    filter: 'icmp.type == 3 || icmpv6.type == 1',
  },
  { id: 'icmp', total: FLOOD.ICMP_TOTAL, name: 'ICMP flood', packet: 'ICMP message', filter: 'icmp || icmpv6' },
  { id: 'other', total: FLOOD.OTHER_TOTAL, name: 'packet flood', packet: 'packet', filter: 'ip || ipv6' },
  {
    id: 'smurf',
    total: FLOOD.SMURF_TOTAL,
    name: 'smurf attack',
    packet: 'echo request',
    filter: 'icmp.type == 8 || icmpv6.type == 128',
  },
  {
    id: 'multicast',
    total: FLOOD.MULTICAST_TOTAL,
    name: 'flood of the whole segment',
    packet: 'ICMP message',
    filter: 'icmp || icmpv6',
  },
];

/** One flood of one host by one vector. */
export interface Siege {
  vector: VectorId;
  host: number;
  serial: number;
  firstSecond: number;
  lastSecond: number;
  /** Loud seconds. */
  seconds: number;
  /** Packets of the vector; packets and bytes in all in the loud seconds. */
  total: number;
  packets: number;
  bytes: number;
  peak: number;
  /** Most senders and target ports in a second (estimates). */
  senders: number;
  targetPorts: number;
  answers: number;
  /** Packets among which `topSenders` was voted for. */
  voted: number;
  /** The host's busiest ordinary second; null when nothing is known. */
  usual: number | null;
  topSenders: TopCounter;
  topPorts: TopCounter;
  decided: PacketTime | null;
  reportedAt: number;
}

/** Senders listed when they are probably forged: enough to look at, not so many as to look like culprits. */
const FORGED_LISTED = 10;

function sendersOf(siege: Siege, load: Load | undefined): { list: number[]; total: number; main: number } {
  const weights = new Map<number, number>();
  for (const [host, count] of siege.topSenders.top(32)) weights.set(host, count / Math.max(1, siege.voted));
  if (load) {
    for (const [host, count] of load.senders.top(64)) {
      weights.set(host, Math.max(weights.get(host) ?? 0, count / Math.max(1, load.opens)));
    }
  }
  weights.delete(0);
  const list = [...weights].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const total = Math.max(siege.senders, load?.distinctSenders.count ?? 0, list.length > 0 ? 1 : 0);
  const main = list[0]?.[1] ?? 0;
  // Where most packets come from one sender the others are bystanders.
  const kept = main > 0.5 && siege.senders < FLOOD.MANY_SENDERS ? list.slice(0, 1) : list;
  return { list: kept.map(([host]) => host), total: kept.length === 1 ? 1 : total, main };
}

export function describeFlood(
  detector: string,
  siege: Siege,
  load: Load | undefined,
  context: BehaviourContext,
): Finding {
  const vector = VECTORS.find((one) => one.id === siege.vector)!;
  const senders = sendersOf(siege, load);
  const forged = senders.total >= 50 && senders.main < 0.2 && senders.total > siege.peak * 0.3;
  const many = senders.total >= FLOOD.MANY_SENDERS && senders.main < 0.5;
  const target = context.hosts.address(siege.host);
  const { first, last, loud } = spanOf(siege, load);
  const seconds = secondsBetween(first, last);
  const who = senders.list.slice(0, forged ? FORGED_LISTED : 1000);
  const smurf = siege.vector === 'smurf';
  const kind: IncidentKind = smurf || siege.vector === 'echo-replies' ? 'amplification' : many ? 'ddos' : 'dos-flood';
  const from = forged
    ? `about ${counted(senders.total, 'sender')}, most of them probably forged`
    : formatList(
        who.map((host) => context.hosts.address(host)),
        3,
        senders.total,
      );
  const ports = siege.topPorts.top(10).map(([port]) => port);
  const hasPorts =
    siege.vector === 'syn' || siege.vector === 'connect' || siege.vector === 'udp' || siege.vector === 'tcp-stray';
  const victims = smurf ? who : [siege.host];
  const rate = formatNumber(siege.peak);
  return makeFinding({
    detector,
    kind,
    confidence: Math.min(0.98, 0.7 + 0.06 * Math.log2(Math.max(1, siege.peak / floorOf(siege.vector)))),
    title: smurf
      ? `Pings to everybody (${target}) in the name of ${from}: ${counted(siege.total, 'echo request')}${within(seconds)}`
      : `${vector.name[0]!.toUpperCase()}${vector.name.slice(1)} against ${target}: up to ${rate} packets a second from ${from}`,
    summary: smurf
      ? `Every host that hears these pings answers ${from}, which very likely never sent them.`
      : `${target} received ${counted(siege.total, vector.packet)}${within(loud)}, at most ${rate} in one second` +
        (siege.usual === null ? '' : ` (its busiest ordinary second: ${formatNumber(siege.usual)})`) +
        `, from ${from}.` +
        (forged ? ' The senders named are only those seen most: addresses in such a flood are made up.' : ''),
    sources: smurf ? [] : who,
    sourcesTotal: smurf ? 0 : senders.total,
    targets: smurf ? victims : [siege.host],
    ports: hasPorts ? ports : [],
    portsTotal: hasPorts ? Math.max(ports.length, siege.targetPorts) : 0,
    first,
    decided: siege.decided ?? { sec: siege.lastSecond, nano: 0 },
    last,
    evidence: [
      fact(
        `${vector.packet[0]!.toUpperCase()}${vector.packet.slice(1)}s in the busiest second`,
        siege.peak,
        'packets/s',
        siege.usual,
      ),
      fact(`${vector.packet[0]!.toUpperCase()}${vector.packet.slice(1)}s in all`, siege.total, 'packets'),
      fact('Senders (estimated)', senders.total, 'hosts'),
      fact(`Packets that ${target} sent meanwhile`, siege.answers, 'packets'),
      fact(`Volume (${formatBitRate((siege.bytes * 8) / loud)} on average)`, Math.round(siege.bytes), 'bytes'),
    ],
    flows: load?.flows ?? [],
    flowsTotal: load?.opens ?? 0,
    packets: siege.total,
    bytes: Math.round(siege.bytes),
    filter: `(${vector.filter}) && ${target.includes(':') ? 'ipv6.dst' : 'ip.dst'} == ${target}`,
  });
}

/** Least length of a flood: shorter ones have no rate to speak of. */
const SHORTEST = 0.001;

/**
 * First and last packet of a flood, and the length of its loud seconds. Packets are counted by whole seconds; where
 * most of them opened a flow, those flows say when in the first second it began, and when in the last it ended.
 */
function spanOf(siege: Siege, load: Load | undefined): { first: PacketTime; last: PacketTime; loud: number } {
  const known = load !== undefined && load.opens >= siege.total / 2;
  const first = known && load.first?.sec === siege.firstSecond ? load.first : { sec: siege.firstSecond, nano: 0 };
  const last = known && load.last?.sec === siege.lastSecond ? load.last : { sec: siege.lastSecond, nano: 999_999_999 };
  const loud = siege.seconds - first.nano / 1e9 - (1 - (last.nano + 1) / 1e9);
  return { first, last, loud: Math.max(SHORTEST, loud) };
}

function floorOf(vector: VectorId): number {
  switch (vector) {
    case 'syn':
      return FLOOD.SYN_RATE;
    case 'connect':
      return FLOOD.CONNECT_RATE;
    case 'tcp-stray':
    case 'udp':
      return FLOOD.UDP_SPREAD_RATE;
    case 'fragments':
      return FLOOD.FRAGMENT_RATE;
    case 'echo':
    case 'icmp':
    case 'unreachable':
      return FLOOD.ICMP_RATE;
    case 'echo-replies':
      return FLOOD.ICMP_REPLY_RATE;
    case 'other':
      return FLOOD.OTHER_RATE;
    case 'smurf':
      return FLOOD.SMURF_TOTAL;
    case 'multicast':
      return FLOOD.MULTICAST_RATE;
  }
}
