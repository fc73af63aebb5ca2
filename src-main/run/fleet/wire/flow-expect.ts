/**
 * What the columns of a flow mostly are by those that were said before: sums of one packet's size, times between two packets, the bytes
 * that headers take. What they really are is said by its difference; how good a guess is decides about bytes, never about values.
 */
import type { FlowBatch } from '../../../meter/flows/types.ts';
import type { FlowBook, Opened } from './event-rows.ts';
import { NOBODY, type Expect } from './table.ts';

type Columns = FlowBatch['columns'];

const SIZES = 4;
const TCP = 6;
const NANOS = 1e9;

/** Columns in the order in which they are said, beside those of `flow-rows.ts`. */
export const FLOW_ORDER: readonly string[] = [
  'connState',
  'origPort',
  'origHost',
  'respHost',
  'hasBytes',
  'end',
  'twin',
  'flipped',
  'ipv6',
  'origPkts',
  'respPkts',
  'origDataPkts',
  'respDataPkts',
  'firstSizes',
  'origPayload',
  'respPayload',
  'origPayloadMax',
  'respPayloadMax',
  'origPayloadSq',
  'respPayloadSq',
  'origBytes',
  'respBytes',
  'missedBytes',
  'origIpBytes',
  'respIpBytes',
  'origFlags',
  'respFlags',
  'synCount',
  'finCount',
  'rstCount',
  'pshCount',
  'urgCount',
  'origTtl',
  'respTtl',
  'origWindow',
  'respWindow',
  'origRetransmits',
  'respRetransmits',
  'responseTime',
  'origIatSum',
  'origIatMin',
  'origIatMax',
  'origIatSq',
  'respIatSum',
  'respIatMin',
  'respIatMax',
  'respIatSq',
  'vlan',
  'tunnel',
  'parent',
  'parentUid',
  'fragments',
  'fragmentOverlaps',
];

interface Side {
  sign: 1 | -1;
  pkts: Float64Array;
  data: Float64Array;
  payload: Float64Array;
  most: Uint32Array;
}

/** Sizes of a side's packets that are known one by one. */
function known(c: Columns, row: number, sign: 1 | -1): number[] {
  const sizes: number[] = [];
  for (let i = 0; i < SIZES; i++) {
    const size = c.firstSizes[row * SIZES + i]! * sign;
    if (size > 0) sizes.push(size);
  }
  return sizes;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** As large as the largest, as many as there can be. */
function squares(c: Columns, row: number, { sign, payload, most }: Side): number {
  const sizes = known(c, row, sign);
  const left = Math.max(0, payload[row]! - sum(sizes));
  const large = most[row]!;
  const full = large > 0 ? Math.floor(left / large) : 0;
  const rest = left - full * large;
  return sum(sizes.map((size) => size * size)) + full * large * large + rest * rest;
}

function ofSide(c: Columns, side: Side, prefix: 'orig' | 'resp'): Record<string, Expect> {
  const { sign, pkts, data, payload } = side;
  return {
    [`${prefix}Payload`]: (row) => sum(known(c, row, sign)),
    [`${prefix}PayloadMax`]: (row) => Math.max(0, ...known(c, row, sign)),
    [`${prefix}PayloadSq`]: (row) => squares(c, row, side),
    [`${prefix}Bytes`]: (row) => payload[row]!,
    [`${prefix}IpBytes`]: (row) =>
      payload[row]! + pkts[row]! * ((c.proto[row] === TCP ? 40 : 28) + (c.ipv6[row] === 1 ? 20 : 0)),
    [`${prefix}DataPkts`]: (row) => Math.min(data === c.respDataPkts ? c.respPkts[row]! : c.origPkts[row]!, 1),
  };
}

/** Times between the packets of one side. */
function gaps(
  pkts: Float64Array,
  [total, least, most]: [Float64Array, Float32Array, Float32Array],
  prefix: 'orig' | 'resp',
  all: (row: number) => number,
): Record<string, Expect> {
  return {
    [`${prefix}IatSum`]: (row) => (pkts[row]! < 2 ? 0 : all(row)),
    [`${prefix}IatMin`]: (row) => (pkts[row] === 2 ? Math.fround(total[row]!) : 0),
    [`${prefix}IatMax`]: (row) => Math.fround(pkts[row]! > 3 ? total[row]! / 2 : total[row]! - least[row]!),
    [`${prefix}IatSq`]: (row) => squaredGaps(pkts[row]!, total[row]!, least[row]!, most[row]!),
  };
}

const toNanos = (seconds: number): number => Math.round(seconds * NANOS) / NANOS;

function squaredGaps(pkts: number, total: number, least: number, most: number): number {
  if (pkts <= 2) return total * total;
  // A time of 32 bits is that of whole microseconds or nanoseconds next to it.
  const micros = Math.round(most * 1e6) / 1e6;
  const one = Math.fround(micros) === most ? micros : toNanos(most);
  const left = Math.max(0, total - one);
  if (pkts === 3) return one * one + left * left;
  return one * one + Math.max((left * left) / (pkts - 2), least * least);
}

/** @param opened what is known of the row's flow by its events. */
export function flowExpectations(
  c: Columns,
  book: FlowBook,
  opened: () => Opened | undefined,
): Readonly<Record<string, Expect>> {
  const events = book.columns;
  const of = (column: ArrayLike<number>, otherwise: number): Expect => {
    return () => {
      const known = opened();
      return known ? column[known.row]! : otherwise;
    };
  };
  const lasted: Expect = (row) => c.lastSec[row]! - c.sec[row]! + (c.lastNano[row]! - c.nano[row]!) / NANOS;
  const answer: Expect = (row) => {
    const at = opened()?.answered ?? -1;
    if (at >= 0) return events.sec[at]! - c.sec[row]! + (events.nano[at]! - c.nano[row]!) / NANOS;
    return c.respPkts[row] === 0 ? -1 : lasted(row);
  };
  const [orig, resp]: [Side, Side] = [
    { sign: 1, pkts: c.origPkts, data: c.origDataPkts, payload: c.origPayload, most: c.origPayloadMax },
    { sign: -1, pkts: c.respPkts, data: c.respDataPkts, payload: c.respPayload, most: c.respPayloadMax },
  ];
  const untilAnswer: Expect = (row) => lasted(row) - Math.max(0, c.responseTime[row]!);
  return {
    proto: of(events.proto, 0),
    respPort: of(events.respPort, 0),
    origPort: of(events.origPort, 0),
    origHost: of(events.origHost, NOBODY),
    respHost: of(events.respHost, NOBODY),
    flipped: of(events.flipped, 0),
    origTtl: of(events.ttl, 0),
    responseTime: answer,
    ...ofSide(c, orig, 'orig'),
    ...ofSide(c, resp, 'resp'),
    ...gaps(c.origPkts, [c.origIatSum, c.origIatMin, c.origIatMax], 'orig', lasted),
    ...gaps(c.respPkts, [c.respIatSum, c.respIatMin, c.respIatMax], 'resp', untilAnswer),
  };
}
