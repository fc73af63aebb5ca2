/**
 * Secrets of a program without a keychain: encrypted (AES-256-GCM) by a key that only its user may read. Two files in one
 * folder: `alerts.key` holds the key, `alerts.secrets` the secrets.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from '../../../src-shared/contract/schema.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import type { SecretStore } from './secrets.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OTHERS = 0o077;
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

/** @throws SondeError `not-permitted` where others may read or write it */
function checkMode(path: string): void {
  // Windows has no such bits: the user's own folder is closed by its access list.
  if (process.platform === 'win32') return;
  const mode = statSync(path).mode & 0o777;
  if ((mode & OTHERS) === 0) return;
  const what = `${path} is open to others (mode ${mode.toString(8)}): secrets of alert channels lie there`;
  throw new SondeError('not-permitted', what, path, `Close it with chmod 600 ${path}, and change those secrets.`);
}

/** Its text; null where there is none. @throws SondeError */
function textOf(path: string): string | null {
  try {
    checkMode(path);
    return readFileSync(path, 'utf8');
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

  set(name: string, secret: string): Promise<void> {
    return Promise.try(() => {
      if (!NAME.test(name)) throw new TypeError(`${name} is no name of a secret`);
      const all = this.read();
      if (secret === '') {
        if (!all.delete(name)) return;
      } else {
        if (all.size >= SECRETS_MAX && !all.has(name)) {
          const cure = 'Remove channels that are not needed.';
          throw new SondeError('too-many', `${SECRETS_MAX} secrets are kept already`, this.path, cure);
        }
        all.set(name, this.encrypt(name, secret));
      }
      this.write(this.path, JSON.stringify(Object.fromEntries(all)));
    });
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
    if (text === null) return null;
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
