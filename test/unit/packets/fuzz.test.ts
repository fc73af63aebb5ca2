/**
 * Hostile bytes: whatever they are, reading ends with packets or with one of the typed errors, and decoding reads
 * nothing outside a packet. The number of runs is bounded, and can be raised with FUZZ_RUNS.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src-main/meter/packets/errors.ts';
import { makeDecoder } from '../../../src-main/meter/packets/decoder.ts';
import { layerTable } from '../../../src-main/meter/packets/link/registry.ts';
import { makePacketBatch, makeSegmentBatch } from '../../../src-main/meter/packets/types.ts';
import { concat } from '../../generator/bytes.ts';
import {
  ah,
  destinationOptions,
  dot1q,
  ethernet,
  fragments4,
  fragments6,
  frame,
  geneve,
  gre,
  gtpu,
  hopByHop,
  ipv4,
  ipv6,
  mpls,
  nflog,
  ppi,
  pppoe,
  radiotap,
  sll,
  sll2,
  tcp,
  teredo,
  udp,
  vxlan,
  wlan,
} from '../../generator/frames.ts';
import { compress, pcapFile, PcapngBuilder } from '../../generator/write.ts';
import { isWarningCode } from '../../../src-shared/domain/warnings.ts';
import { decodeAll, readBytes } from './helpers.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 100);
const LINKS = layerTable().flatMap((layer, link) => (layer ? [link] : []));

const V4 = ipv4({ src: '10.0.0.1', dst: '10.0.0.2' });
const V6 = ipv6({ src: '2001:db8::1', dst: '2001:db8::2' });
const TCP = tcp({ sport: 1, dport: 2, flags: 'S' });
const UDP = udp({ sport: 1, dport: 2 });
const INSIDE = [V4, TCP, 'payload'] as const;
const LONG = new Uint8Array(3000).fill(1);

/** Valid packets of many kinds to start from: link type and bytes. */
const SEEDS: readonly (readonly [number, Uint8Array])[] = [
  [1, frame(ethernet(), ...INSIDE)],
  [1, frame(ethernet(), V6, hopByHop(), destinationOptions(), ah(), UDP, 'payload')],
  [1, frame(ethernet(), dot1q({ vid: 1 }), pppoe(), ...INSIDE)],
  [1, frame(ethernet(), mpls([16, 17]), ethernet(), ...INSIDE)],
  [1, frame(ethernet(), V4, udp({ sport: 1, dport: 4789 }), vxlan({ vni: 1 }), ethernet(), V4, gre(), ...INSIDE)],
  [1, frame(ethernet(), V4, udp({ sport: 1, dport: 6081 }), geneve({ vni: 1 }), ethernet(), ...INSIDE)],
  [1, frame(ethernet(), V4, udp({ sport: 1, dport: 2152 }), gtpu({ teid: 1, sequence: 1 }), V4, teredo(), V6, TCP)],
  ...fragments4([ethernet()], { src: '10.0.0.1', dst: '10.0.0.2', id: 1 }, LONG, 17, 1000, frame).map(
    (f) => [1, f] as const,
  ),
  ...fragments6([ethernet()], { src: '2001:db8::1', dst: '2001:db8::2', id: 1 }, LONG, 6, 1000, frame).map(
    (f) => [1, f] as const,
  ),
  [105, frame(wlan({ ds: 'both', qos: true, amsdu: true }), ...INSIDE)],
  [127, frame(radiotap({ fcs: true }), wlan({ ds: 'to', fcs: true }), ...INSIDE)],
  [192, frame(ppi(), wlan({ ds: 'to' }), ...INSIDE)],
  [113, frame(sll(), ...INSIDE)],
  [276, frame(sll2(), ...INSIDE)],
  [239, frame(nflog({ prefix: 'x' }), ...INSIDE)],
];

interface Change {
  at: number;
  value: number;
}

const changes = fc.array(fc.record({ at: fc.nat(), value: fc.nat({ max: 255 }) }), { maxLength: 12 });

function mutate(bytes: Uint8Array, list: readonly Change[], keep: number): Uint8Array {
  const out = bytes.slice(0, Math.max(1, Math.ceil(bytes.length * keep)));
  for (const { at, value } of list) out[at % out.length] = value;
  return out;
}

const shares = fc.constantFrom(1, 1, 1, 0.9, 0.5, 0.2);

/** Decodes one packet and checks that what the rows point at lies inside it. */
function decodeStrictly(data: Uint8Array, link: number, wire: number): void {
  // The packet ends where the buffer ends: a read beyond it throws a RangeError.
  const buffer = concat(new Uint8Array(8), data);
  const batch = makePacketBatch(buffer, 1);
  batch.count = 1;
  batch.columns.offset[0] = 8;
  batch.columns.captured[0] = data.length;
  batch.columns.wire[0] = wire;
  batch.columns.link[0] = link;
  const segments = makeSegmentBatch(1);
  makeDecoder().decode(batch, segments);
  const c = segments.columns;
  expect(segments.count).toBeLessThanOrEqual(5 * 64);
  for (let i = 0; i < segments.count; i++) {
    const place = [c.network[i]!, c.transport[i]!, c.payload[i]!, c.payload[i]! + c.payloadCaptured[i]!];
    for (const at of place) expect(at >= 8 && at <= buffer.length, `${at} of ${buffer.length}`).toBe(true);
    expect(c.outer[i]!).toBeLessThan(i);
    expect(c.payloadCaptured[i]!).toBeLessThanOrEqual(c.payloadLength[i]!);
  }
}

describe('the decoder', () => {
  it('survives random bytes of every link type', () => {
    const inputs = fc.tuple(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(...LINKS), fc.nat({ max: 2000 }));
    fc.assert(
      fc.property(inputs, ([data, link, more]) => {
        decodeStrictly(data, link, data.length + more);
      }),
      { numRuns: RUNS * 10 },
    );
  });

  it('survives changed and cut packets', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SEEDS),
        changes,
        shares,
        fc.nat({ max: 100 }),
        ([link, seed], list, keep, more) => {
          const data = mutate(seed, list, keep);
          decodeStrictly(data, link, data.length + more);
        },
      ),
      { numRuns: RUNS * 20 },
    );
  });

  it('reads no byte of the neighbours of a packet', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SEEDS), changes, shares, ([link, seed], list, keep) => {
        const data = mutate(seed, list, keep);
        const alone = decodeAll([{ data, link }]);
        const filler = new Uint8Array(64).fill(0x60);
        const among = decodeAll([
          { data: filler, link: 147 },
          { data, link },
          { data: filler, link: 147 },
        ]);
        expect(among.rows).toEqual(alone.rows.map((row) => ({ ...row, packet: 1 })));
      }),
      { numRuns: RUNS * 2 },
    );
  });
});

const RECORDS = SEEDS.map(([, data], i) => ({ ts: BigInt(i) * 1_000_000n + 1_700_000_000_000_000_000n, data }));
const PCAPNG = RECORDS.reduce(
  (builder, record) => builder.packet(record),
  new PcapngBuilder().section().interface({ tsresol: 9, name: 'eth0' }),
)
  .nameResolution({ '10.0.0.1': ['a.example'] })
  .simplePacket(RECORDS[0]!.data)
  .obsoletePacket(RECORDS[1]!)
  .section({ endian: 'big' })
  .interface({ linkType: 101 })
  .packet(RECORDS[2]!)
  .bytes();
const CAPTURES: readonly (readonly [string, Uint8Array])[] = [
  ['pcap', pcapFile(RECORDS)],
  ['big-endian pcap', pcapFile(RECORDS, { endian: 'big', precision: 'ns' })],
  ['modified pcap', pcapFile(RECORDS, { modified: true })],
  ['pcapng', PCAPNG],
  ['gzip', compress(pcapFile(RECORDS), 'gzip')],
  ['zstd', compress(PCAPNG, 'zstd')],
];

async function readStrictly(bytes: Uint8Array): Promise<void> {
  try {
    const { packets, summaries } = await readBytes([bytes]);
    const [summary] = summaries;
    expect(summary?.packets).toBe(packets.length);
    // No record takes less than eight bytes, whatever it says; compressed data may hold more.
    if (!summary?.format.includes('+')) expect(packets.length * 8).toBeLessThanOrEqual(bytes.length);
    for (const warning of summary!.warnings) expect(isWarningCode(warning.code)).toBe(true);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
}

describe('the readers', () => {
  it('survive random bytes behind every magic number', async () => {
    const starts = CAPTURES.map(([, bytes]) => bytes.subarray(0, 28));
    const inputs = fc.tuple(fc.constantFrom(...starts), fc.nat({ max: 28 }), fc.uint8Array({ maxLength: 600 }));
    await fc.assert(
      fc.asyncProperty(inputs, async ([start, keep, bytes]) => {
        await readStrictly(concat(start.subarray(0, keep), bytes));
      }),
      { numRuns: RUNS },
    );
  });

  it.each(CAPTURES)('survive changed, cut and doubled bytes of %s', async (_, bytes) => {
    const cuts = fc.array(fc.nat(), { maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(changes, shares, cuts, async (list, keep, places) => {
        let changed = mutate(bytes, list, keep);
        for (const place of places) {
          const at = place % changed.length;
          changed = concat(changed.subarray(0, at), changed.subarray(at >> 1));
        }
        await readStrictly(changed);
      }),
      { numRuns: Math.ceil(RUNS / 3) },
    );
  });

  it.each(CAPTURES.slice(0, 4))('read as many packets of changed %s in small chunks as in one', async (_, bytes) => {
    await fc.assert(
      fc.asyncProperty(changes, shares, async (list, keep) => {
        const changed = mutate(bytes, list, keep);
        const outcomes = [];
        for (const chunkBytes of [2_097_152, 1000]) {
          try {
            const { packets, summaries } = await readBytes([changed], { chunkBytes });
            outcomes.push([packets, summaries[0]?.warnings]);
          } catch (error) {
            if (!(error instanceof InputError)) throw error;
            outcomes.push(error.code);
          }
        }
        expect(outcomes[1]).toEqual(outcomes[0]);
      }),
      // What the last record but one was decides what a cut one is, wherever the file is divided.
      { numRuns: Math.ceil(RUNS / 3), examples: [[[{ at: 1840328774, value: 196 }], 0.2]] },
    );
  });
});
