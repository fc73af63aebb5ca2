/**
 * From counts to words, of what is in the packets. The bounds are set so that ordinary captures stay below them:
 * each is a share of what could have shown the fault, and a number of cases that chance does not bring.
 */
import { formatBytes, formatCount, formatNumber, plural } from '../../../src-shared/domain/amounts.ts';
import { qualityOf, type ReportQuality } from '../../../src-shared/domain/capture-quality.ts';
import type { Opener } from './flow-tally.ts';
import type { QualityFacts, Tallies } from './quality.ts';

type Found = ReportQuality | undefined;

const ONE_SIDED = { cases: 10, share: 0.2 } as const;
const CUT = { cases: 10, share: 0.01 } as const;
const HOLES = { cases: 5, byteShare: 0.01, flowShare: 0.05 } as const;
const DROPPED = { share: 0.001 } as const;
const COPIES = { cases: 20, share: 0.05 } as const;
const SHUT = { bytes: 20_000, share: 0.5 } as const;
/** Connections of the address, its share of all, the hosts they went to, the share of the second kind of machine. */
const ADDRESS = { opened: 40, share: 0.8, peers: 8, second: 0.05 } as const;
/** Times to live that systems begin with, and routers between a machine and the capture at most. */
const FIRST_TTLS = [64, 128, 255] as const;
const HOPS = 3;

const percent = (share: number): string => `${formatNumber(Math.round(share * 1000) / 10)} %`;

export function oneDirection({ flows }: Tallies): Found {
  const { talks, oneSided } = flows;
  if (oneSided < ONE_SIDED.cases || oneSided < talks * ONE_SIDED.share) return undefined;
  return qualityOf(
    'one-direction',
    `Of ${plural(talks, 'TCP connection')} that carried data, ${formatCount(oneSided)} (${percent(oneSided / talks)}) show packets of one side only.`,
  );
}

const missingIn = ({ packets }: Tallies): number => packets.wireBytes - packets.capturedBytes;

function isCut(tallies: Tallies): boolean {
  const { packets } = tallies;
  return packets.cut >= CUT.cases && missingIn(tallies) >= packets.wireBytes * CUT.share;
}

export function cut(tallies: Tallies, { inputs }: QualityFacts): Found {
  // What was left out of anonymised copies is told as that.
  if (!isCut(tallies) || inputs.every((input) => input.anonymised === true)) return undefined;
  const { packets } = tallies;
  return qualityOf(
    'packets-cut',
    `${plural(packets.cut, 'packet')} of ${formatCount(packets.packets)} were cut, to ${plural(packets.cutTo, 'byte')} at most: ${percent(missingIn(tallies) / packets.wireBytes)} of all bytes are missing.`,
  );
}

/** What the capturing program says it lost, and what the traffic says is missing. */
export function lost({ packets, flows }: Tallies, { inputs }: QualityFacts): Found {
  const dropped = inputs.reduce((sum, input) => sum + (input.dropped ?? 0), 0);
  const all = dropped + packets.packets;
  const said = dropped > all * DROPPED.share;
  const share = flows.missedBytes / (flows.tcpBytes || 1);
  const both = flows.talks - flows.oneSided;
  // What a snap length cut off looks like a hole, and is told as what it is.
  const isHoled =
    !isCut({ packets, flows }) &&
    flows.withHoles >= HOLES.cases &&
    (share >= HOLES.byteShare || flows.withHoles >= both * HOLES.flowShare);
  if (!said && !isHoled) return undefined;
  const words = [
    said
      ? `The program that captured says that it lost ${formatCount(dropped)} of ${plural(all, 'packet')} (${percent(dropped / all)}).`
      : '',
    isHoled
      ? `${formatCount(flows.withHoles)} of ${plural(both, 'TCP connection')} acknowledge bytes that are not in the capture: ${formatBytes(flows.missedBytes)} (${percent(share)} of their bytes).`
      : '',
  ];
  return qualityOf('packets-lost', words.filter((part) => part !== '').join(' '));
}

export function copies({ packets }: Tallies): Found {
  const { compared, copies: found, routed } = packets;
  if (found < COPIES.cases || found < compared * COPIES.share) return undefined;
  const where =
    routed > found / 2
      ? 'their time to live differs, so both sides of a router are in the capture'
      : 'as a mirror port gives that copies a packet both where it comes in and where it goes out';
  return qualityOf(
    'copies',
    `${formatCount(found)} of ${plural(compared, 'packet')} that were compared (${percent(found / compared)}) came a second time within a tenth of a second: ${where}.`,
  );
}

/** GRE whose inside cannot be read, IPsec, and the virtual private networks that were recognised. */
export function tunnels({ packets, flows }: Tallies): Found {
  const kinds = new Map(flows.shut);
  const add = (name: string, bytes: number): void =>
    void (bytes > 0 && kinds.set(name, (kinds.get(name) ?? 0) + bytes));
  add('IPSec', packets.espBytes);
  add('GRE', packets.shutBytes);
  const sum = [...kinds.values()].reduce((total, bytes) => total + bytes, 0);
  if (sum < SHUT.bytes || sum < packets.ipBytes * SHUT.share) return undefined;
  const names = [...kinds].sort(([, a], [, b]) => b - a).map(([name, bytes]) => `${name} ${formatBytes(bytes)}`);
  const share = Math.min(1, sum / packets.ipBytes);
  return qualityOf('tunnels', `${percent(share)} of all bytes are in tunnels that stay shut: ${names.join(', ')}.`);
}

/**
 * Systems begin with a time to live of 64, 128 or 255 (https://www.rfc-editor.org/rfc/rfc1700: 64; Windows: 128) and each
 * router takes one. One address that opens connections with several of these stands for several machines.
 */
export function oneAddress({ flows }: Tallies): Found {
  const most = [...flows.openers.values()].reduce<Opener | undefined>(
    (best, one) => (best && best.opened >= one.opened ? best : one),
    undefined,
  );
  if (!most || most.opened < ADDRESS.opened || most.opened < flows.opened * ADDRESS.share) return undefined;
  if (most.peers.size < ADDRESS.peers) return undefined;
  const near = new Map<number, number>();
  for (const [ttl, count] of most.ttls.entries()) {
    const first = FIRST_TTLS.find((value) => ttl <= value && ttl >= value - HOPS);
    if (count > 0 && first !== undefined) near.set(ttl, count);
  }
  const known = [...near.values()].reduce((sum, count) => sum + count, 0);
  // Times to live of no system at all: a scanner's, drawn by lot.
  if (known < most.opened * (1 - ADDRESS.second)) return undefined;
  const kinds = [...near].filter(([, count]) => count >= most.opened * ADDRESS.second).map(([ttl]) => ttl);
  if (kinds.length < 2) return undefined;
  return qualityOf(
    'one-address',
    `One address opened ${formatCount(most.opened)} of ${plural(flows.opened, 'connection')}, with times to live of ${kinds.join(' and ')}: several machines behind a router that gives them its own address.`,
  );
}
