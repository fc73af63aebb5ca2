/** Batches of those who wish us ill: refused with a reason, and never more than that. */
import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../src-main/run/fleet/wire/bytes.ts';
import { BitWriter } from '../../../src-main/run/fleet/wire/bit-io.ts';
import { decodeBody, encodeBody, type BatchBody } from '../../../src-main/run/fleet/wire/codec.ts';
import { WireError, type WireFault } from '../../../src-main/run/fleet/wire/error.ts';
import { LIMITS } from '../../../src-main/run/fleet/wire/limits.ts';
import { codeHeads, codeHosts } from '../../../src-main/run/fleet/wire/heads.ts';
import { fresh, prior } from '../../../src-main/run/fleet/wire/model.ts';
import { Column } from '../../../src-main/run/fleet/wire/column.ts';
import { ValueCoder } from '../../../src-main/run/fleet/wire/values.ts';
import { openHealth, sealHealth } from '../../../src-main/run/fleet/wire/health.ts';
import type { SliceHead } from '../../../src-main/run/fleet/wire/rows.ts';
import { openBatch, peekHead, sealBatch } from '../../../src-main/run/fleet/wire/seal.ts';
import type { SensorHealth } from '../../../src-main/run/fleet/types.ts';
import { gathered, HEAD, KEYS, office } from './wire-batches.ts';

const SLOW = 180_000;
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 60);
const keyOf = (name: string) => (name === HEAD.sensor ? KEYS.publicKey : undefined);

let body: BatchBody;
let bytes: Buffer;
let sealed: Buffer;

beforeAll(async () => {
  const [first] = (await gathered(office(2, { hosts: 3, hours: 0.005 }), 1)) as [[BatchBody]];
  body = first[0];
  bytes = Buffer.from(encodeBody(body, { withPayload: true }, HEAD.until));
  sealed = sealBatch(HEAD, body, KEYS.privateKey, { withPayload: true });
}, SLOW);

function faultOf(act: () => unknown): WireFault | 'none' {
  try {
    act();
    return 'none';
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    expect(error.message).toMatch(/^\S.*[^.]$/);
    return error.fault;
  }
}

/** Signed as a sensor that was taken over would sign it. */
function signed(bytesToSign: Uint8Array): Buffer {
  const purpose = Buffer.from('sonde.slices/1\0', 'latin1');
  return Buffer.concat([bytesToSign, sign(null, Buffer.concat([purpose, bytesToSign]), KEYS.privateKey)]);
}

/** A whole batch around a body that is given. */
function around(inner: Uint8Array): Buffer {
  const to = new ByteWriter();
  to.raw(Buffer.from('SoB2'));
  to.u8(0);
  to.text(HEAD.sensor);
  for (const value of [HEAD.run, 0, 0, 1, HEAD.until, 0]) to.varint(value);
  to.raw(inner);
  return signed(Buffer.from(to.done()));
}

describe('a batch', () => {
  it('of a sensor that is not known, or that another one signed, is refused', () => {
    expect(faultOf(() => openBatch(sealed, keyOf))).toBe('none');
    expect(faultOf(() => openBatch(sealed, () => undefined))).toBe('unknown-sensor');
    const other = generateKeyPairSync('ed25519').publicKey;
    expect(faultOf(() => openBatch(sealed, () => other))).toBe('bad-signature');
  });

  it('is refused with any bit of it changed', () => {
    fc.assert(
      fc.property(fc.nat({ max: sealed.length - 1 }), fc.nat({ max: 7 }), (at, bit) => {
        const changed = Buffer.from(sealed);
        changed[at]! ^= 1 << bit;
        expect(faultOf(() => openBatch(changed, keyOf))).not.toBe('none');
      }),
      { numRuns: RUNS },
    );
  });

  it('is refused with a part of it missing, or something after it', () => {
    for (const length of [0, 1, 4, 60, 64, 70, 100, sealed.length - 1]) {
      expect(faultOf(() => openBatch(sealed.subarray(0, length), keyOf))).not.toBe('none');
    }
    expect(faultOf(() => openBatch(Buffer.concat([sealed, Buffer.from([0])]), keyOf))).toBe('bad-signature');
    expect(faultOf(() => openBatch(around(Buffer.concat([bytes, Buffer.from([0])])), keyOf))).toBe('trailing');
    expect(faultOf(() => openBatch(around(bytes), keyOf))).toBe('none');
  });

  it('is refused before it is read when it is too large', () => {
    expect(faultOf(() => openBatch(Buffer.alloc(LIMITS.packed + 1), keyOf))).toBe('too-large');
  });

  it('of another kind or version is refused', () => {
    expect(faultOf(() => openBatch(signed(Buffer.alloc(100)), keyOf))).toBe('not-a-batch');
    const other = Buffer.from(bytes);
    other[0]! ^= 1;
    expect(faultOf(() => openBatch(around(other), keyOf))).toBe('other-version');
  });

  it('with more than there may be of something is refused, however few bytes say so', () => {
    const claim = (hosts: number, slices: number): Buffer => {
      const bits = new BitWriter(fresh(prior()));
      const values = new ValueCoder(bits);
      values.whole(new Column('hosts'), hosts);
      if (hosts === 0) values.whole(new Column('slices'), slices);
      return Buffer.concat([bytes.subarray(0, 4), bits.done()]);
    };
    expect(faultOf(() => decodeBody(claim(LIMITS.hosts + 1, 0)))).toBe('too-many');
    expect(faultOf(() => decodeBody(claim(0, LIMITS.slices + 1)))).toBe('too-many');
    const said = (heads: readonly SliceHead[]): Buffer => {
      const bits = new BitWriter(fresh(prior()));
      const values = new ValueCoder(bits);
      codeHosts(values, new Uint32Array(4));
      codeHeads(values, heads, 0);
      return Buffer.concat([bytes.subarray(0, 4), bits.done()]);
    };
    const head: SliceHead = { ...body.rows.heads[0]!, rows: { ...body.rows.heads[0]!.rows, flows: LIMITS.rows + 1 } };
    expect(faultOf(() => decodeBody(said([head])))).toBe('too-many');
    const twice = [1, 2].map((i) => ({ ...head, number: i, cell: i, rows: { ...head.rows, flows: LIMITS.rows } }));
    expect(faultOf(() => decodeBody(said(twice)))).toBe('too-many');
  });

  it('whose slices are not in order is refused', () => {
    const [first, second, ...rest] = body.rows.heads;
    const turned = { ...body, rows: { ...body.rows, heads: [second!, first!, ...rest] } };
    expect(faultOf(() => decodeBody(encodeBody(turned, { withPayload: true })))).toBe('bad-order');
  });

  it(
    'ends with slices or with our error, whatever its sensor signs',
    () => {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 20 }),
          (changes) => {
            const changed = Buffer.from(bytes);
            // The version stays: beyond it there is more to get wrong.
            for (const [at, value] of changes) if (at >= 4) changed[at] = value;
            faultOf(() => openBatch(around(changed), keyOf));
          },
        ),
        { numRuns: RUNS },
      );
    },
    SLOW,
  );

  it(
    'ends with our error when it is cut anywhere',
    () => {
      fc.assert(
        fc.property(fc.nat({ max: bytes.length - 1 }), (length) => {
          expect(faultOf(() => decodeBody(bytes.subarray(0, length)))).not.toBe('none');
        }),
        { numRuns: RUNS },
      );
    },
    SLOW,
  );

  it('has a head that can be read of any bytes without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
        expect(faultOf(() => peekHead(Buffer.concat([Buffer.from('SoB1'), any])))).toBeTypeOf('string');
      }),
      { numRuns: RUNS },
    );
  });
});

describe('what a sensor tells of itself', () => {
  const health: SensorHealth = {
    schema: 'sonde.sensor/1',
    sensor: HEAD.sensor,
    run: 1,
    version: '0.1.0',
    at: 2,
    interface: 'eth0',
    until: 3,
    packets: 4,
    packetsPerSecond: 5.5,
    bitsPerSecond: 6,
    flows: 7,
    dropped: null,
    published: { batches: 1, bytes: 2, flows: 3 },
    spool: { batches: 0, bytes: 0, ceiling: 1, lostBatches: 0, lostFlows: 0 },
    connected: true,
    packetsAllowed: false,
    shards: 4,
  };

  it('comes back, and is believed only with its signature', () => {
    const told = sealHealth(health, KEYS.privateKey);
    expect(openHealth(told, keyOf)).toEqual(health);
    expect(faultOf(() => openHealth(told, () => undefined))).toBe('unknown-sensor');
    const changed = Buffer.from(told.toString('latin1').replace('eth0', 'eth1'), 'latin1');
    expect(faultOf(() => openHealth(changed, keyOf))).toBe('bad-signature');
    // A signature of one thing is none of another.
    expect(faultOf(() => openBatch(told, keyOf))).toBe('not-a-batch');
  });

  it('is refused with fields that it does not have, or that are too large', () => {
    for (const wrong of [
      { extra: 1 },
      { at: -1 },
      { shards: 1e6 },
      { interface: 'x'.repeat(5000) },
      { sensor: 'A B' },
    ]) {
      const told = sealHealth({ ...health, ...wrong } as SensorHealth, KEYS.privateKey);
      expect(faultOf(() => openHealth(told, keyOf))).toBe('not-a-batch');
    }
    expect(faultOf(() => openHealth(Buffer.alloc(20_000), keyOf))).toBe('too-large');
  });
});
