/**
 * What all model files have in common: eight bytes of magic, format version (u32, little-endian), SHA-256 of what follows
 * it, then a gzip stream of: length of the head (u32), head (JSON), arrays one after another (little-endian, each aligned
 * to 8 bytes). A file loads whole or not at all.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { DetectorSnapshot } from '../types.ts';
import { writeWhole } from '../whole-file.ts';
import { ModelError } from './model.ts';

const MAGIC_LENGTH = 8;
const HASH_AT = MAGIC_LENGTH + 4;
const BODY_AT = HASH_AT + 32;
/** A file that unpacks to more is no model. */
const MOST_BYTES = 256 * 1024 * 1024;
/** JSON of more takes hundreds of megabytes once it is parsed; heads have a few hundred kilobytes. */
const MOST_HEAD = 16 * 1024 * 1024;
const ALIGN = 8;

/** A kind of model file. */
export interface ContainerKind {
  /** Eight ASCII characters. */
  magic: string;
  version: number;
  /** What a file of another kind is told to be not. */
  name: string;
  /** How to come by a good one. */
  cure: string;
}

export interface Contents<D> {
  description: D;
  parts: DetectorSnapshot[];
}

const ARRAYS = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u32: Uint32Array,
  u8: Uint8Array,
} as const;
type ArrayName = keyof typeof ARRAYS;
type AnyArray = DetectorSnapshot['arrays'][string];

interface ArrayHead {
  name: string;
  type: ArrayName;
  length: number;
}

interface PartHead {
  id: string;
  version: number;
  head: Record<string, unknown>;
  arrays: ArrayHead[];
}

interface Head<D> {
  description: D;
  parts: PartHead[];
}

function typeName(array: AnyArray): ArrayName {
  for (const [name, type] of Object.entries(ARRAYS)) if (array instanceof type) return name as ArrayName;
  throw new TypeError('an array of a type that models do not have');
}

function padding(length: number): number {
  return (ALIGN - (length % ALIGN)) % ALIGN;
}

/** The file's bytes; equal for equal contents. */
export function packContainer<D>({ magic, version }: ContainerKind, { description, parts }: Contents<D>): Buffer {
  const head: Head<D> = {
    description,
    parts: parts.map(({ id, version: own, head: partHead, arrays }) => ({
      id,
      version: own,
      head: partHead,
      arrays: Object.entries(arrays).map(([name, array]) => ({ name, type: typeName(array), length: array.length })),
    })),
  };
  const json = Buffer.from(JSON.stringify(head));
  if (json.length > MOST_HEAD) throw new RangeError('the model has too many words to be kept as a file');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const chunks: Buffer[] = [length, json, Buffer.alloc(padding(4 + json.length))];
  for (const array of parts.flatMap((part) => Object.values(part.arrays))) {
    chunks.push(Buffer.from(array.buffer, array.byteOffset, array.byteLength), Buffer.alloc(padding(array.byteLength)));
  }
  const body = gzipSync(Buffer.concat(chunks), { level: 9 });
  const format = Buffer.alloc(4);
  format.writeUInt32LE(version);
  return Buffer.concat([Buffer.from(magic, 'latin1'), format, createHash('sha256').update(body).digest(), body]);
}

export function damaged({ cure }: ContainerKind, what: string, cause?: unknown): ModelError {
  return new ModelError('model-damaged', `the model is damaged: ${what}`, cure, { cause });
}

/** Whether bytes begin as a file of this kind does. */
export function isOfKind(bytes: Buffer, { magic }: ContainerKind): boolean {
  return bytes.subarray(0, MAGIC_LENGTH).equals(Buffer.from(magic, 'latin1'));
}

/** What a model file holds, unpacked and checked. */
function unpack(kind: ContainerKind, bytes: Buffer): Buffer {
  if (bytes.length < BODY_AT || !isOfKind(bytes, kind)) {
    throw new ModelError('model-unreadable', `this is not ${kind.name}`, 'Give a file made by sonde train.');
  }
  const version = bytes.readUInt32LE(MAGIC_LENGTH);
  if (version !== kind.version) {
    const cure = version > kind.version ? 'Update Sonde, or train a model with this version.' : kind.cure;
    throw new ModelError('model-version', `the model has format ${version}, this version reads ${kind.version}`, cure);
  }
  const body = bytes.subarray(BODY_AT);
  if (!createHash('sha256').update(body).digest().equals(bytes.subarray(HASH_AT, BODY_AT))) {
    throw damaged(kind, 'its checksum does not match');
  }
  try {
    return gunzipSync(body, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    throw damaged(kind, 'it cannot be unpacked', error);
  }
}

function parseHead<D>(kind: ContainerKind, content: Buffer): { head: Head<D>; end: number } {
  if (content.length < 4) throw damaged(kind, 'it is empty');
  const length = content.readUInt32LE(0);
  if (length > content.length - 4) throw damaged(kind, 'its head is cut off');
  if (length > MOST_HEAD) throw damaged(kind, 'its head is larger than any model has');
  const head = JSON.parse(content.toString('utf8', 4, 4 + length)) as Head<D>;
  return { head, end: 4 + length + padding(4 + length) };
}

function readParts<D>(
  kind: ContainerKind,
  content: Buffer,
  { head, end }: { head: Head<D>; end: number },
): DetectorSnapshot[] {
  let at = end;
  return head.parts.map(({ id, version, head: own, arrays }) => {
    const snapshot: DetectorSnapshot = { id, version, head: own, arrays: {} };
    for (const { name, type, length } of arrays) {
      const make = ARRAYS[type];
      if (!Object.hasOwn(ARRAYS, type) || !Number.isInteger(length) || length < 0)
        throw damaged(kind, 'an array without a type');
      const bytes = length * make.BYTES_PER_ELEMENT;
      if (at + bytes > content.length) throw damaged(kind, 'it ends early');
      // A copy, so that it is aligned whatever the pool the buffer came from.
      const copy = new Uint8Array(bytes);
      copy.set(content.subarray(at, at + bytes));
      snapshot.arrays[name] = new make(copy.buffer);
      at += bytes + padding(bytes);
    }
    return snapshot;
  });
}

/**
 * Hands what a file holds to `make`; whatever goes wrong there is damage.
 *
 * @throws ModelError 'model-unreadable' (not of this kind), 'model-version', 'model-damaged', and what `make` throws of it.
 */
export function unpackContainer<D, M>(kind: ContainerKind, bytes: Buffer, make: (contents: Contents<D>) => M): M {
  const content = unpack(kind, bytes);
  try {
    const parsed = parseHead<D>(kind, content);
    return make({ description: parsed.head.description, parts: readParts(kind, content, parsed) });
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw damaged(kind, error instanceof Error ? error.message : String(error), error);
  }
}

/** @throws ModelError 'model-unreadable' */
export async function readModelFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the model cannot be read: ${reason}`;
    throw new ModelError('model-unreadable', message, 'Check the path and its permissions.', { cause: error });
  }
}

/** The file is there whole or not at all. */
export async function writeModelFile(bytes: Buffer, file: string): Promise<void> {
  await writeWhole(file, (target) => target.writeFile(bytes));
}
