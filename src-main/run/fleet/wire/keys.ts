/**
 * Keys of sensors (Ed25519): the private one in a file of the sensor's, the public ones of all sensors in a file that workers
 * and desks read; and those of desks, for sensors that hand out packets. They do not come from the server: whoever gets into it cannot
 * name either.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { SondeError } from '../../../../src-shared/errors.ts';
import { isName } from '../names.ts';
import { readText } from '../transport/settings.ts';

const KEY_BYTES = 32;
const SENSORS_MAX = 1024;
/** What stands before the 32 bytes of an Ed25519 public key (RFC 8410). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

const named = z.array(z.strictObject({ name: z.string().refine(isName), key: z.base64().length(44) })).max(SENSORS_MAX);
const sensorsSchema = z.strictObject({ schema: z.literal('sonde.sensors/1'), sensors: named });
const desksSchema = z.strictObject({ schema: z.literal('sonde.desks/1'), desks: named });
type Named = z.infer<typeof named>;

/** 32 bytes as base64. */
export function publicText(key: KeyObject): string {
  return createPublicKey(key as never)
    .export({ type: 'spki', format: 'der' })
    .subarray(-KEY_BYTES)
    .toString('base64');
}

function publicKey(text: string): KeyObject {
  const bytes = Buffer.from(text, 'base64');
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, bytes]), format: 'der', type: 'spki' });
}

/**
 * Makes a key for a sensor in a file that only its owner may read; gives its public half. A file that is there stays.
 *
 * @throws SondeError
 */
export async function makeKey(path: string): Promise<string> {
  const pair = generateKeyPairSync('ed25519');
  const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' });
  try {
    await writeFile(path, pem, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    const said = isThere ? 'it is there already' : error instanceof Error ? error.message : String(error);
    throw new SondeError('usage', `${path} cannot be written: ${said}`, '--new-key', 'Name another file.');
  }
  return publicText(pair.privateKey);
}

/** @throws SondeError */
export async function readPrivateKey(path: string): Promise<KeyObject> {
  return privateKeyIn(await readText(path), path);
}

/** @throws SondeError */
export function privateKeyIn(pem: string, path: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below.
  }
  const cure = `Make one: sonde sensor --new-key ${path}`;
  throw new SondeError('unknown-format', `${path} is no Ed25519 private key in PEM`, path, cure);
}

/** Reads the list of sensors (schema sonde.sensors/1): their public keys by name. @throws SondeError */
export async function readSensorKeys(path: string): Promise<Map<string, KeyObject>> {
  return sensorKeysIn(await readText(path), path);
}

/** @throws SondeError where the text is no list of sensors */
export function sensorKeysIn(text: string, path: string): Map<string, KeyObject> {
  const list = listed(text, path, 'sensors', (json) => {
    const { data, error } = sensorsSchema.safeParse(json);
    return data ? data.sensors : error;
  });
  return new Map(list.map(({ name, key }) => [name, publicKey(key)]));
}

/** Reads a list of desks (schema sonde.desks/1): names and public keys by the key as base64. @throws SondeError */
export async function readDeskKeys(path: string): Promise<Map<string, { name: string; key: KeyObject }>> {
  const list = listed(await readText(path), path, 'desks', (json) => {
    const { data, error } = desksSchema.safeParse(json);
    return data ? data.desks : error;
  });
  return new Map(list.map(({ name, key }) => [key, { name, key: publicKey(key) }]));
}

/** Names and keys of a list. @throws SondeError where it is none, or a name stands in it twice */
function listed(text: string, path: string, of: string, check: (json: unknown) => Named | z.ZodError): Named {
  const cure = `It is {"schema":"sonde.${of}/1","${of}":[…]} with the lines that sonde sensor --new-key prints, {"name":"…","key":"…"}, in brackets.`;
  const wrong = (what: string): SondeError => new SondeError('unknown-format', `${path}: ${what}`, path, cure);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw wrong('this is no JSON');
  }
  const found = check(json);
  if (found instanceof z.ZodError) {
    const [issue] = found.issues;
    throw wrong(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const names = new Set<string>();
  for (const { name } of found) {
    if (names.has(name)) throw wrong(`${name} stands in it twice`);
    names.add(name);
  }
  return found;
}
