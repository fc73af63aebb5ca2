/** Secrets in the system's keychain: the file holds what only the system can read. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from '../../../src-shared/contract/schema.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import type { SafeStorageParts } from './electron-parts.ts';

export const SECRET_NAME = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/);
/** '' forgets it. */
export const SECRET = z.string().max(4096);
const kept = z.record(SECRET_NAME, z.string());

/** Without a keychain Linux would only hide them behind a password that is known to everybody. */
const NO_KEYCHAIN: ReadonlySet<string> = new Set(['basic_text', 'unknown']);

export class Secrets {
  private readonly path: string;
  private readonly safe: SafeStorageParts;
  private readonly platform: NodeJS.Platform;

  constructor(path: string, safe: SafeStorageParts, platform: NodeJS.Platform = process.platform) {
    this.path = path;
    this.safe = safe;
    this.platform = platform;
  }

  has(name: string): boolean {
    return this.read().has(name);
  }

  /** '' forgets it. @throws SondeError where there is no keychain */
  async set(name: string, secret: string): Promise<void> {
    const encrypted = secret === '' ? null : await this.encrypt(secret);
    const all = this.read();
    if (encrypted === null) all.delete(name);
    else all.set(name, encrypted);
    this.write(all);
  }

  /** For the program itself, never for a page. Null where there is none. @throws SondeError where it cannot be read */
  async get(name: string): Promise<string | null> {
    const held = this.read().get(name);
    if (held === undefined) return null;
    await this.check();
    try {
      const { result, shouldReEncrypt } = await this.safe.decryptStringAsync(Buffer.from(held, 'base64'));
      if (shouldReEncrypt) await this.set(name, result);
      return result;
    } catch (error) {
      throw new SondeError(
        'read-failed',
        `${name} cannot be read from the keychain any more`,
        name,
        'Enter it again.',
        { cause: error },
      );
    }
  }

  private async encrypt(secret: string): Promise<string> {
    await this.check();
    return (await this.safe.encryptStringAsync(secret)).toString('base64');
  }

  private async check(): Promise<void> {
    const hidden = this.platform === 'linux' && NO_KEYCHAIN.has(this.safe.getSelectedStorageBackend());
    if (!hidden && (await this.safe.isAsyncEncryptionAvailable())) return;
    const cure = 'Install and unlock a keychain (GNOME Keyring or KWallet), then start Sonde again.';
    throw new SondeError('not-permitted', 'this system has no keychain to keep secrets in', 'keychain', cure);
  }

  private read(): Map<string, string> {
    try {
      return new Map(Object.entries(kept.parse(JSON.parse(readFileSync(this.path, 'utf8')))));
    } catch {
      return new Map();
    }
  }

  private write(all: ReadonlyMap<string, string>): void {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.path}.tmp`, JSON.stringify(Object.fromEntries(all)), { mode: 0o600 });
    renameSync(`${this.path}.tmp`, this.path);
  }
}
