/** Whatever a file holds, its parser neither throws nor hangs nor gives numbers that are none. */
import { describe, expect, it } from 'vitest';
import { eve } from '../../../src-main/keep/imports/eve.ts';
import { ipfix } from '../../../src-main/keep/imports/ipfix.ts';
import { lz4Block } from '../../../src-main/keep/imports/lz4.ts';
import { lzoBlock } from '../../../src-main/keep/imports/lzo.ts';
import { nfdump } from '../../../src-main/keep/imports/nfdump.ts';
import type { FlowRecord, RecordFormat, RecordSink } from '../../../src-main/keep/imports/record.ts';
import { zeekJson } from '../../../src-main/keep/imports/zeek-json.ts';
import { zeekTsv } from '../../../src-main/keep/imports/zeek-tsv.ts';
import { concat, ip4, u16, u32, u64, u8 } from '../../generator/bytes.ts';
import { FIELDS, ipfixMessage, ipfixSet, ipfixTemplate, LINE, nfFile, nfRecord, oldFile, oldMap, oldRecord, zeekLog } from './records.ts'; // prettier-ignore

const ROUNDS = 800;
const NUMBERS = ['sec', 'nano', 'lastSec', 'lastNano', 'origPkts', 'respPkts', 'origIpBytes', 'respIpBytes', 'origBytes', 'respBytes'] as const; // prettier-ignore

/** The same numbers in every run. */
function lcg(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function check(record: FlowRecord): void {
  for (const name of NUMBERS) {
    expect(Number.isSafeInteger(record[name])).toBe(true);
    expect(record[name]).toBeGreaterThanOrEqual(0);
  }
  expect(record.nano).toBeLessThan(1e9);
  expect(record.lastNano).toBeLessThan(1e9);
  expect(record.lastSec - record.sec).toBeGreaterThanOrEqual(0);
  for (const port of [record.origPort, record.respPort]) expect(port).toBeLessThanOrEqual(65_535);
  expect(record.proto).toBeLessThanOrEqual(255);
}

/** Reads `bytes` in pieces of `step`; every byte must be done with at the end. */
function read(format: RecordFormat, bytes: Buffer, step: number): number {
  let records = 0;
  const sink: RecordSink = {
    take(record) {
      records++;
      check(record);
    },
    bad: () => undefined,
    other: () => undefined,
    unexplained: () => undefined,
  };
  const parser = format.open(sink);
  let from = 0;
  for (let to = Math.min(step, bytes.length); ; to = Math.min(bytes.length, to + step)) {
    const used = parser.parse(bytes, from, to, from, to === bytes.length);
    expect(used).toBeGreaterThanOrEqual(0);
    expect(used).toBeLessThanOrEqual(to - from);
    from += used;
    if (to === bytes.length && !parser.more) break;
  }
  expect(from).toBe(bytes.length);
  return records;
}

const json = JSON.stringify(Object.fromEntries(LINE.split(' ').map((value, i) => [FIELDS.split(' ')[i]!, value])));
const event = JSON.stringify({
  timestamp: '2024-03-01T10:01:00.000000+0100',
  event_type: 'flow',
  src_ip: '10.0.0.5',
  src_port: 1,
  dest_ip: '10.0.0.9',
  dest_port: 2,
  proto: 'TCP',
  flow: {
    pkts_toserver: 5,
    pkts_toclient: 4,
    bytes_toserver: 500,
    bytes_toclient: 400,
    start: '2024-03-01T10:00:00.250000+0100',
    end: '2024-03-01T10:00:02.750001+0100',
  },
  tcp: { tcp_flags_ts: '1b', tcp_flags_tc: '1b' },
});
const T = 1_700_000_000_000;
const nf = [
  nfRecord({ first: T, last: T + 5, src: '10.0.0.5', dst: '10.0.0.9' }),
  nfRecord({ first: T, last: T, src: 'fe80::1', dst: 'fe80::2', out: { packets: 1, bytes: 2 } }),
];
const old = { first: T, last: T + 5, src: '10.0.0.5', dst: '10.0.0.9', packets: 1, bytes: 60, extensions: concat(u32(7), u32(9)) }; // prettier-ignore
const template = ipfixTemplate(256, [[8, 4], [12, 4], [7, 2], [2, 4], [1, 8], [371, 0xffff], [152, 8], [153, 8]]); // prettier-ignore
const data = concat(
  ip4('10.0.0.5'),
  ip4('10.0.0.9'),
  u16(1),
  u32(2),
  u64(3n),
  u8(2),
  'ab',
  u64(BigInt(T)),
  u64(BigInt(T + 5)),
);
const message = ipfixMessage([ipfixSet(2, template), ipfixSet(256, data, data)]);

const SAMPLES: readonly (readonly [RecordFormat, Uint8Array, number])[] = [
  [zeekTsv, Buffer.from(zeekLog([LINE, LINE])), 2],
  [zeekJson, Buffer.from(`${json}\n${json}\n`), 2],
  [eve, Buffer.from(`${event}\n${event}\n`), 2],
  [nfdump, nfFile(nf), 2],
  [nfdump, nfFile([concat(u8(17 + 4), 'abcd', u8(0x11), u8(0), u8(0))], 1), 0],
  [
    nfdump,
    oldFile([oldMap(0, 13, 14), oldRecord(old), oldRecord({ ...old, src: 'fe80::1', dst: 'fe80::2', long: true })]),
    2,
  ],
  [ipfix, concat(message, message), 2],
];

describe('parsers of records', () => {
  it.each(SAMPLES.map(([format, bytes, count]) => [format.id, format, bytes, count] as const))(
    'of %s read a sample in pieces of any length',
    (_, format, bytes, count) => {
      const whole = Buffer.from(bytes);
      const expected = format.id === 'ipfix' ? count * 2 : count;
      for (const step of [1, 7, 100, whole.length]) expect(read(format, whole, step)).toBe(expected);
    },
  );

  it.each(SAMPLES.map(([format, bytes], i) => [format.id, format, bytes, i] as const))(
    'of %s survive changed, cut and doubled bytes',
    (_, format, bytes, seed) => {
      const random = lcg(seed + 1);
      for (let round = 0; round < ROUNDS; round++) {
        const from = Buffer.from(bytes);
        for (let n = random(6); n >= 0; n--) from[random(from.length)] = random(4) === 0 ? 255 : random(256);
        const cut = random(3) === 0 ? random(from.length) : from.length;
        const mutated = random(4) === 0 ? Buffer.concat([from.subarray(0, cut), from]) : from.subarray(0, cut);
        read(format, mutated, 1 + random(mutated.length + 1));
        format.recognises(mutated);
        if (format.recognises(mutated)) format.refuses?.(mutated);
      }
    },
  );

  it('and unpackers survive noise', () => {
    const random = lcg(99);
    const into = new Uint8Array(4096);
    for (let round = 0; round < ROUNDS * 4; round++) {
      const noise = Uint8Array.from({ length: random(200) }, () => random(256));
      for (const unpack of [lz4Block, lzoBlock]) {
        try {
          expect(unpack(noise, into)).toBeLessThanOrEqual(into.length);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }
    }
  });
});
