import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRAME, FrameParser, PAYLOAD_MAX, ProtocolError } from '../../../src-main/meter/capture/client/protocol.ts';
import { end, frame, packetPayload, recorder, started, statistics } from './frames.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const two = [
  { sec: 1_700_000_000, nano: 123_456_789, wire: 60, data: bytes(1, 2, 3, 4, 5) },
  { sec: 1_700_000_001, nano: 0, wire: 1514, data: bytes(6, 7, 8, 9) },
];
const rows = [
  { sec: 1_700_000_000, nano: 123_456_789, wire: 60, link: 1, data: '0102030405' },
  { sec: 1_700_000_001, nano: 0, wire: 1514, link: 1, data: '06070809' },
];
const whole = Buffer.concat([
  started(),
  frame(FRAME.PACKETS, packetPayload(two)),
  statistics([2n, 4n, 1n, 0xffff_ffff_ffff_ffffn, 1_700_000_002_000_000_005n, 1n]),
  frame(FRAME.PACKETS, packetPayload(two.slice(0, 1))),
  end(1),
]);
const expected = [
  {
    link: 1,
    snaplen: 262_144,
    bufferMiB: 64,
    promiscuous: true,
    nanoseconds: true,
    boundingDropped: true,
    interface: 'eth0',
  },
  { first: 0, rows },
  { given: 2, kernelReceived: 4, droppedKernel: 1, droppedInterface: null, sec: 1_700_000_002, nano: 5, up: true },
  { first: 2, rows: rows.slice(0, 1) },
  { reason: 1 },
];

function parse(input: Uint8Array, sizes: () => number = () => input.length): unknown[] {
  const { told, handler } = recorder();
  const parser = new FrameParser(handler);
  for (let at = 0; at < input.length;) {
    const step = Math.max(1, sizes());
    parser.push(input.subarray(at, at + step));
    at += step;
  }
  return told;
}

describe('the frames of the helper', () => {
  it('are read as they were written', () => {
    expect(parse(whole)).toEqual(expected);
  });

  it('are read the same in pieces of any size', () => {
    for (let size = 1; size < 40; size++) expect(parse(whole, () => size)).toEqual(expected);
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 90 })), (sizes) => {
        expect(parse(whole, () => sizes.next().value)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('reuse the memory of batches that were given back', () => {
    const seen: unknown[] = [];
    const parser: FrameParser = new FrameParser({
      ...recorder().handler,
      packets: (batch) => {
        seen.push(batch.data.buffer);
        parser.release(batch);
      },
    });
    parser.push(whole);
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe(seen[1]);
  });

  it('give text for people without control characters, and bounded', () => {
    const payload = Buffer.concat([bytes(69, 0, 0, 0), Buffer.from(`\u001b[31mred\n${'x'.repeat(400)}`)]);
    const told = parse(Buffer.concat([started(), frame(FRAME.ERROR, payload)]));
    expect(told[1]).toEqual({ code: 69, text: `[31mred ${'x'.repeat(247)}`.slice(0, 255) });
  });
});

describe('what is refused', () => {
  const cases: [string, Buffer, RegExp][] = [
    ['another magic', frame(FRAME.STARTED, Buffer.alloc(32), { magic: 'XNDC' }), /no frame begins/],
    ['another version', frame(FRAME.STARTED, Buffer.alloc(32), { version: 2 }), /protocol version 2/],
    ['a frame before the start', frame(FRAME.PACKETS, packetPayload(two)), /out of order/],
    ['a second start', Buffer.concat([started(), started()]), /out of order/],
    ['a frame after the end', Buffer.concat([started(), end(1), end(1)]), /after the end/],
    ['a type that does not exist', Buffer.concat([started(), frame(9, Buffer.alloc(4))]), /type 9/],
    ['a start of the wrong length', frame(FRAME.STARTED, Buffer.alloc(31)), /wrong length/],
    ['statistics of the wrong length', Buffer.concat([started(), statistics([1n])]), /wrong length/],
    ['a batch without packets', Buffer.concat([started(), frame(FRAME.PACKETS, packetPayload([]))]), /batch of 0/],
    [
      'fewer packets than said',
      Buffer.concat([started(), frame(FRAME.PACKETS, packetPayload(two, 1, 3))]),
      /inside a packet/,
    ],
    [
      'more packets than said',
      Buffer.concat([started(), frame(FRAME.PACKETS, packetPayload(two, 1, 1))]),
      /longer than/,
    ],
    [
      'too many packets',
      Buffer.concat([started(), frame(FRAME.PACKETS, packetPayload(two, 1, 4097))]),
      /batch of 4097/,
    ],
    ['a link type beyond all', Buffer.concat([started(), frame(FRAME.PACKETS, packetPayload(two, 65_536))]), /batch/],
  ];
  it.each(cases)('%s', (_, input, message) => {
    expect(() => parse(input)).toThrow(ProtocolError);
    expect(() => parse(input)).toThrow(message);
  });

  it('a wrong checksum, wherever a bit was turned', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length * 8 - 1 }), (bit) => {
        const damaged = Buffer.from(whole);
        damaged[bit >> 3]! ^= 1 << (bit & 7);
        let told: unknown[] = [];
        try {
          told = parse(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
          return;
        }
        // A length that grew is still waited for: nothing false was told.
        expect(expected.slice(0, told.length)).toEqual(told);
        expect(told.length).toBeLessThan(expected.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('a length beyond the maximum, before a byte of it is kept', () => {
    const head = frame(FRAME.PACKETS, Buffer.alloc(0)).subarray(0, 16);
    for (const [type, length] of [
      [FRAME.PACKETS, PAYLOAD_MAX + 1],
      [FRAME.PACKETS, 0xffff_ffff],
      [FRAME.ERROR, 513],
    ] as const) {
      const long = Buffer.from(head);
      long.writeUInt8(type, 5);
      long.writeUInt32LE(length, 8);
      expect(() => parse(Buffer.concat([started(), long]))).toThrow(`a frame of ${length} bytes`);
    }
  });

  it('packets that say more than their batch holds', () => {
    for (const captured of [6, 9, 262_145, 0xffff_ffff]) {
      const payload = packetPayload(two.slice(1));
      payload.writeUInt32LE(captured, 16);
      expect(() => parse(Buffer.concat([started(), frame(FRAME.PACKETS, payload)]))).toThrow(ProtocolError);
    }
  });

  it('random bytes, without reading past them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 300 }), (noise) => {
        expect(() => parse(noise)).toThrow(ProtocolError);
      }),
      { numRuns: 500 },
    );
    // Right checksums around wrong contents.
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.uint8Array({ maxLength: 300 }), (type, noise) => {
        try {
          parse(Buffer.concat([started(), frame(type, noise)]));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
