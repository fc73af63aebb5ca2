/**
 * What goes into a stream: a head that says whose it is, the body, and the sensor's signature (Ed25519, RFC 8032) over
 * both. Nothing of the body is read before the signature has been checked.
 */
import { sign, verify, type KeyObject } from 'node:crypto';
import { isName, SHARDS_MAX } from '../names.ts';
import type { SliceBatch } from '../types.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { decodeBody, encodeBody, slicesOf, type BatchBody, type EncodeOptions } from './codec.ts';
import { WireError } from './error.ts';
import { LIMITS } from './limits.ts';

const MAGIC = Buffer.from('SoB2', 'latin1');
const SIGNATURE = 64;
const NAME_MAX = 64;
const CELL_MAX = 1e13;
const FLAG = { END: 1, IDLE: 2 } as const;
/** What is signed begins with this: a signature of one thing is none of another. */
const PURPOSE = Buffer.from('sonde.slices/1\0', 'latin1');
export type BatchHead = Omit<SliceBatch, 'hosts' | 'slices'>;

/** The public key of a sensor, undefined for one that is not known. */
export type KeyOf = (sensor: string) => KeyObject | undefined;

/** A batch as it is published. */
export function sealBatch(head: BatchHead, body: BatchBody, key: KeyObject, options: EncodeOptions): Buffer {
  const to = new ByteWriter();
  to.raw(MAGIC);
  to.u8((head.end ? FLAG.END : 0) | (head.idle ? FLAG.IDLE : 0));
  to.text(head.sensor);
  for (const value of [head.run, head.sequence, head.shard, head.shards, head.until, head.lost]) to.varint(value);
  to.raw(encodeBody(body, options, head.until));
  const signed = Buffer.from(to.done());
  return Buffer.concat([signed, sign(null, Buffer.concat([PURPOSE, signed]), key)]);
}

/**
 * What a batch says of itself. It is not to be believed before `openBatch`.
 *
 * @throws WireError
 */
export function peekHead(sealed: Uint8Array): BatchHead {
  return readHead(sealed).head;
}

function readHead(sealed: Uint8Array): { head: BatchHead; from: ByteReader } {
  if (sealed.length > LIMITS.packed) throw new WireError('too-large', `it has ${sealed.length} bytes`);
  if (sealed.length < SIGNATURE) throw new WireError('truncated', `it has ${sealed.length} bytes`);
  const from = new ByteReader(sealed.subarray(0, sealed.length - SIGNATURE));
  if (from.left < MAGIC.length || !from.raw(MAGIC.length).equals(MAGIC)) {
    throw new WireError('not-a-batch', 'it does not begin as a batch does');
  }
  const flags = from.u8();
  if (flags > (FLAG.END | FLAG.IDLE))
    throw new WireError('other-version', 'it has marks that this version does not know');
  const sensor = from.text(NAME_MAX);
  if (!isName(sensor)) throw new WireError('bad-text', 'the name of its sensor is none');
  const number = (most: number): number => from.varint(most);
  const head: BatchHead = {
    sensor,
    run: number(Number.MAX_SAFE_INTEGER),
    sequence: number(Number.MAX_SAFE_INTEGER),
    shard: number(SHARDS_MAX - 1),
    shards: number(SHARDS_MAX),
    until: number(CELL_MAX),
    lost: number(Number.MAX_SAFE_INTEGER),
    end: (flags & FLAG.END) !== 0,
    idle: (flags & FLAG.IDLE) !== 0,
  };
  if (head.shard >= head.shards) throw new WireError('out-of-range', 'its shard is none of its shards');
  return { head, from };
}

/**
 * The batch, if its sensor is known and signed it.
 *
 * @throws WireError whatever the bytes are
 */
export function openBatch(sealed: Uint8Array, keyOf: KeyOf): SliceBatch {
  const { head, from } = readHead(sealed);
  const key = keyOf(head.sensor);
  if (!key) throw new WireError('unknown-sensor', 'its sensor is not known');
  const [signed, signature] = [sealed.subarray(0, -SIGNATURE), sealed.subarray(-SIGNATURE)];
  if (!verify(null, Buffer.concat([PURPOSE, signed]), key, signature)) {
    throw new WireError('bad-signature', 'its signature is not that of its sensor');
  }
  const body = decodeBody(from.raw(from.left), head.until);
  return { ...head, hosts: body.hosts, slices: slicesOf(body) };
}
