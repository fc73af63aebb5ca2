/**
 * Secrets of a program without a keychain: encrypted (AES-256-GCM) by a key that only its user may read. Two files in one
 * folder: `alerts.key` holds the key, `alerts.secrets` the secrets.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, statSync, writeFileSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from '../../../src-shared/contract/schema.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { underLock } from './file-lock.ts';
import type { SecretStore } from './secrets.ts';
import { readSmall } from './small-file.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OTHERS = 0o077;
/** Whoever may write to a folder may put another file in the place of one. */
const OTHERS_WRITE = 0o002;
/** A thousand secrets of the largest size. */
const FILE_MAX = 32 * 1024 * 1024;
const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,99}$/;
const SECRETS_MAX = 1000;
const kept = z.record(z.string().regex(NAME), z.string());

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

function failure(path: string, error: unknown, code: 'read-failed' | 'write-failed'): SondeError {
  const said = codeOf(error) || 'unknown cause';
  const does = code === 'read-failed' ? 'read' : 'written';
  const what = `${path} cannot be ${does} (${said}): secrets of alert channels are kept there`;
  return new SondeError(code, what, path, 'Check the folder and its permissions.', { cause: error });
}

/** Undefined on Windows, which has no such owners and bits: the user's own folder is closed by its access list. */
const ownId = (): number | undefined => process.getuid?.();

function notOwn(path: string): SondeError {
  const what = `${path} belongs to another user: secrets of alert channels lie there`;
  return new SondeError('not-permitted', what, path, 'Run Sonde as its owner, or give it to the user that runs Sonde.');
}

/** @throws SondeError `not-permitted` where others may read or write it */
function checkFile(path: string, { uid, mode: bits }: Stats): void {
  const own = ownId();
  if (own === undefined) return;
  if (uid !== own) throw notOwn(path);
  const mode = bits & 0o777;
  if ((mode & OTHERS) === 0) return;
  const what = `${path} is open to others (mode ${mode.toString(8)}): secrets of alert channels lie there`;
  throw new SondeError('not-permitted', what, path, `Close it with chmod 600 ${path}, and change those secrets.`);
}

/** @throws SondeError `not-permitted` where others may put files there; whatever the file system says */
function checkFolder(path: string): void {
  const own = ownId();
  if (own === undefined) return;
  const { uid, mode } = statSync(path);
  // The administrator can do everything anyway.
  if (uid !== own && uid !== 0) throw notOwn(path);
  if ((mode & OTHERS_WRITE) === 0) return;
  const what = `others may write to ${path} (mode ${(mode & 0o777).toString(8)}): secrets of alert channels lie there`;
  throw new SondeError('not-permitted', what, path, `Close it with chmod o-w ${path}.`);
}

/** Its text; null where there is none. @throws SondeError */
function textOf(path: string): string | null {
  try {
    checkFolder(dirname(path));
    const file = readSmall(path, FILE_MAX, (stats) => checkFile(path, stats));
    if (file) return file.text;
    throw new SondeError('read-failed', `${path}: not what Sonde wrote`, path, 'Restore it, or remove it.');
  } catch (error) {
    if (error instanceof SondeError) throw error;
    if (codeOf(error) === 'ENOENT') return null;
    throw failure(path, error, 'read-failed');
  }
}

export class KeyFileSecrets implements SecretStore {
  private readonly folder: string;
  private readonly keyPath: string;
  private readonly path: string;

  /** Nothing is made before the first secret is kept. */
  constructor(folder: string) {
    this.folder = folder;
    this.keyPath = join(folder, 'alerts.key');
    this.path = join(folder, 'alerts.secrets');
  }

  get(name: string): Promise<string | null> {
    return Promise.try(() => {
      const held = this.read().get(name);
      return held === undefined ? null : this.decrypt(name, held);
    });
  }

  async set(name: string, secret: string): Promise<void> {
    if (!NAME.test(name)) throw new TypeError(`${name} is no name of a secret`);
    // Nothing there to forget: nothing is made.
    if (secret === '' && !this.read().has(name)) return;
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      checkFolder(this.folder);
      // What another program sets at the same time stays.
      await underLock(`${this.path}.lock`, () => this.change(name, secret));
    } catch (error) {
      throw error instanceof SondeError ? error : failure(this.path, error, 'write-failed');
    }
  }

  /** How many are kept. @throws SondeError where one cannot be opened, or others may read them */
  async check(): Promise<number> {
    const all = this.read();
    for (const [name, held] of all) this.decrypt(name, held);
    return all.size;
  }

  private change(name: string, secret: string): void {
    const all = this.read();
    if (secret === '') all.delete(name);
    else if (all.size >= SECRETS_MAX && !all.has(name)) {
      const cure = 'Remove channels that are not needed.';
      throw new SondeError('too-many', `${SECRETS_MAX} secrets are kept already`, this.path, cure);
    } else all.set(name, this.encrypt(name, secret));
    this.write(this.path, JSON.stringify(Object.fromEntries(all)));
  }

  private encrypt(name: string, secret: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key() ?? this.makeKey(), nonce);
    // Bound to its name: what belongs to one channel cannot be put in the place of another's.
    cipher.setAAD(Buffer.from(name));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
  }

  private decrypt(name: string, held: string): string {
    const key = this.key();
    const bytes = Buffer.from(held, 'base64');
    try {
      if (!key) throw new Error('no key');
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(name));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const sealed = bytes.subarray(NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch (error) {
      const what = `the secret ${name} cannot be opened by the key in ${this.keyPath}`;
      throw new SondeError('read-failed', what, this.keyPath, 'Enter the secret again.', { cause: error });
    }
  }

  /** @throws SondeError where it is there but unusable: it is never replaced, or every secret would be lost */
  private key(): Buffer | null {
    const text = textOf(this.keyPath);
    if (text === null) {
      if (this.read().size === 0) return null;
      const what = `${this.keyPath} is missing: without it the secrets in ${this.path} cannot be opened`;
      const cure = `Restore it; or remove ${this.path}, and enter the secrets again.`;
      throw new SondeError('read-failed', what, this.keyPath, cure);
    }
    const key = Buffer.from(text.trim(), 'base64');
    if (key.length === KEY_BYTES) return key;
    const cure = 'Restore it; or remove it with alerts.secrets beside it, and enter the secrets again.';
    throw new SondeError('read-failed', `${this.keyPath}: no key of ours`, this.keyPath, cure);
  }

  private makeKey(): Buffer {
    const key = randomBytes(KEY_BYTES);
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      // Never in the place of one that another program made a moment ago: its secrets would be lost.
      writeFileSync(this.keyPath, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
      return key;
    } catch (error) {
      const made = codeOf(error) === 'EEXIST' ? this.key() : null;
      if (made) return made;
      throw failure(this.keyPath, error, 'write-failed');
    }
  }

  private read(): Map<string, string> {
    const text = textOf(this.path);
    if (text === null) return new Map();
    try {
      return new Map(Object.entries(kept.parse(JSON.parse(text))));
    } catch (error) {
      const cure = 'Restore it; or remove it, and enter the secrets again.';
      throw new SondeError('read-failed', `${this.path}: not what Sonde wrote`, this.path, cure, { cause: error });
    }
  }

  private write(path: string, text: string): void {
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      const next = `${path}.${process.pid}`;
      writeFileSync(next, text, { mode: 0o600 });
      renameSync(next, path);
    } catch (error) {
      throw failure(path, error, 'write-failed');
    }
  }
}
