/**
 * Models as files. Layout: the eight bytes "SONDEMDL", format version (u32, little-endian), SHA-256 of what follows it,
 * then a gzip stream of: length of the head (u32), head (JSON), arrays one after another (little-endian, each aligned to
 * 8 bytes). A file loads whole or not at all.
 */
import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Scaler } from '../features/scaler.ts';
import type { DetectorSnapshot } from '../types.ts';
import { checkSchema, flowPreparation, ModelError, type Model, type ModelDescription } from './model.ts';
import { Suite } from './suite.ts';

const MAGIC = Buffer.from('SONDEMDL', 'latin1');
export const MODEL_FORMAT = 1;
const HASH_AT = MAGIC.length + 4;
const BODY_AT = HASH_AT + 32;
/** A model of this program is about a megabyte; a file that unpacks to more is not one. */
const MOST_BYTES = 256 * 1024 * 1024;
const ALIGN = 8;

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

interface Head {
  description: ModelDescription;
  parts: PartHead[];
}

function typeName(array: AnyArray): ArrayName {
  for (const [name, type] of Object.entries(ARRAYS)) if (array instanceof type) return name as ArrayName;
  throw new TypeError('an array of a type that models do not have');
}

function padding(length: number): number {
  return (ALIGN - (length % ALIGN)) % ALIGN;
}

function partsOf({ scaler, suite }: Model): DetectorSnapshot[] {
  const { centre, spread } = scaler;
  return [{ id: 'scaler', version: 1, head: {}, arrays: { centre, spread } }, ...suite.snapshots()];
}

/** The file's bytes; equal for equal models. */
export function encodeModel(model: Model): Buffer {
  const parts = partsOf(model);
  const head: Head = {
    description: model.description,
    parts: parts.map(({ id, version, head: own, arrays }) => ({
      id,
      version,
      head: own,
      arrays: Object.entries(arrays).map(([name, array]) => ({ name, type: typeName(array), length: array.length })),
    })),
  };
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const chunks: Buffer[] = [length, json, Buffer.alloc(padding(4 + json.length))];
  for (const array of parts.flatMap((part) => Object.values(part.arrays))) {
    chunks.push(Buffer.from(array.buffer, array.byteOffset, array.byteLength), Buffer.alloc(padding(array.byteLength)));
  }
  const body = gzipSync(Buffer.concat(chunks), { level: 9 });
  const version = Buffer.alloc(4);
  version.writeUInt32LE(MODEL_FORMAT);
  return Buffer.concat([MAGIC, version, createHash('sha256').update(body).digest(), body]);
}

const AGAIN = 'Copy the file again from where it was made, or train a new one: sonde train FILE… --out MODEL.';

function damaged(what: string, cause?: unknown): ModelError {
  return new ModelError('model-damaged', `the model is damaged: ${what}`, AGAIN, { cause });
}

/** What a model file says of itself, unpacked and checked. */
function unpack(bytes: Buffer): Buffer {
  if (bytes.length < BODY_AT || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new ModelError('model-unreadable', 'this is not a model of Sonde', 'Give a file made by sonde train.');
  }
  const version = bytes.readUInt32LE(MAGIC.length);
  if (version !== MODEL_FORMAT) {
    const cure = version > MODEL_FORMAT ? 'Update Sonde, or train a model with this version.' : AGAIN;
    throw new ModelError('model-version', `the model has format ${version}, this version reads ${MODEL_FORMAT}`, cure);
  }
  const body = bytes.subarray(BODY_AT);
  if (!createHash('sha256').update(body).digest().equals(bytes.subarray(HASH_AT, BODY_AT))) {
    throw damaged('its checksum does not match');
  }
  try {
    return gunzipSync(body, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    throw damaged('it cannot be unpacked', error);
  }
}

function parseHead(content: Buffer): { head: Head; end: number } {
  if (content.length < 4) throw damaged('it is empty');
  const length = content.readUInt32LE(0);
  if (length > content.length - 4) throw damaged('its head is cut off');
  const head = JSON.parse(content.toString('utf8', 4, 4 + length)) as Head;
  return { head, end: 4 + length + padding(4 + length) };
}

function readParts(content: Buffer, { head, end }: { head: Head; end: number }): DetectorSnapshot[] {
  let at = end;
  return head.parts.map(({ id, version, head: own, arrays }) => {
    const snapshot: DetectorSnapshot = { id, version, head: own, arrays: {} };
    for (const { name, type, length } of arrays) {
      const make = ARRAYS[type];
      if (!Object.hasOwn(ARRAYS, type) || !Number.isInteger(length) || length < 0)
        throw damaged('an array without a type');
      const bytes = length * make.BYTES_PER_ELEMENT;
      if (at + bytes > content.length) throw damaged('it ends early');
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
 * A model from a file's bytes.
 *
 * @throws ModelError 'model-unreadable' (not a model), 'model-version', 'model-damaged', 'model-features'.
 */
export function decodeModel(bytes: Buffer): Model {
  const content = unpack(bytes);
  try {
    const parsed = parseHead(content);
    checkSchema(parsed.head.description);
    const preparation = flowPreparation();
    const [first, ...rest] = readParts(content, parsed);
    const { centre, spread } = first?.arrays ?? {};
    const width = preparation.width;
    if (!(centre instanceof Float64Array) || !(spread instanceof Float64Array)) throw damaged('it has no scaling');
    if (centre.length !== width || spread.length !== width) throw damaged('its scaling does not fit its features');
    const suite = Suite.restore(rest, preparation.columns);
    if (!suite.ready) throw damaged('it has no calibration');
    return {
      description: parsed.head.description,
      preparation,
      scaler: new Scaler(preparation.columns, centre, spread),
      suite,
    };
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw damaged(error instanceof Error ? error.message : String(error), error);
  }
}

/** @throws ModelError, also when the file cannot be read. */
export async function loadModel(file: string): Promise<Model> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ModelError(
      'model-unreadable',
      `the model cannot be read: ${reason}`,
      'Check the path and its permissions.',
      {
        cause: error,
      },
    );
  }
  return decodeModel(bytes);
}

/** Writes beside the target and renames, so that a model is there whole or not at all. */
export async function saveModel(model: Model, file: string): Promise<void> {
  const beside = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.partial`);
  try {
    await writeFile(beside, encodeModel(model));
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
