/**
 * Secrets of alert channels, asked by the engine of the main process, which alone can reach the system's keychain. Where the
 * system has none, they are kept by the key file, as without a desktop.
 */
import { createHash } from 'node:crypto';
import { errorOfEnvelope } from '../../../src-shared/contract/wire.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import type { SecretStore } from '../../keep/alerts/secrets.ts';
import type { FromEngine, ToEngine } from './messages.ts';

export type SecretAsked = Extract<FromEngine, { type: 'secret' }>;
export type SecretAnswer = Extract<ToEngine, { type: 'secret-answer' }>;

/** How long the keychain may take: it may ask the user to unlock it, ms. */
const PATIENCE_MS = 120_000;
const HEX = 40;

/** The name of a channel's secret in the keychain. */
export const keychainName = (name: string): string =>
  `alert-${createHash('sha256').update(name).digest('hex').slice(0, HEX)}`;

interface Waiter {
  resolve(value: string | null): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

export class EngineSecrets implements SecretStore {
  private readonly tell: (message: FromEngine) => void;
  private readonly file: SecretStore;
  private readonly waiting = new Map<number, Waiter>();
  private request = 0;

  constructor(tell: (message: FromEngine) => void, file: SecretStore) {
    this.tell = tell;
    this.file = file;
  }

  async get(name: string): Promise<string | null> {
    return (await this.ask('get', name, '')) ?? this.file.get(name);
  }

  async set(name: string, secret: string): Promise<void> {
    try {
      await this.ask('set', name, secret);
    } catch (error) {
      if (!(error instanceof SondeError && error.code === 'not-permitted')) throw error;
      return this.file.set(name, secret);
    }
    // From the time before there was a keychain.
    await this.file.set(name, '');
  }

  /** What the main process answered. */
  take({ request, value, error }: SecretAnswer): void {
    const waiter = this.waiting.get(request);
    if (!waiter) return;
    this.waiting.delete(request);
    clearTimeout(waiter.timer);
    if (error) waiter.reject(errorOfEnvelope(error));
    else waiter.resolve(value);
  }

  private ask(what: SecretAsked['what'], name: string, secret: string): Promise<string | null> {
    const request = ++this.request;
    return new Promise((resolve, reject) => {
      const late = new SondeError('read-failed', 'the keychain does not answer', name, 'Unlock it, then try again.');
      const timer = setTimeout(() => {
        this.waiting.delete(request);
        reject(late);
      }, PATIENCE_MS).unref();
      this.waiting.set(request, { resolve, reject, timer });
      this.tell({ type: 'secret', request, what, name: keychainName(name), secret });
    });
  }
}
