/** Where the secrets of channels are kept: never in the database, never in what is exported or logged. */
import type { ChannelSettings, FieldValue } from './types.ts';

export interface SecretStore {
  /** null where there is none. @throws SondeError where it cannot be read */
  get(name: string): Promise<string | null>;
  /** '' forgets it. @throws SondeError where it cannot be kept */
  set(name: string, secret: string): Promise<void>;
}

/** How a secret of a channel is called, also in settings that refer to it (`{ "key": "ops-hook.token" }`). */
export const secretName = (channel: string, field: string): string => `${channel}.${field}`;

/** As they are kept: headers are lines. */
export function secretText(value: FieldValue): string {
  return Array.isArray(value) ? value.join('\n') : String(value);
}

/** All of a channel's that are set. @throws SondeError */
export async function secretsFrom(
  store: SecretStore,
  channel: string,
  names: readonly string[],
): Promise<ChannelSettings> {
  const found: [string, string][] = [];
  for (const name of names) {
    const secret = await store.get(secretName(channel, name));
    if (secret !== null) found.push([name, secret]);
  }
  return Object.fromEntries(found);
}

/** Kept in memory only: of a desk whose database ends with the program, and of tests. */
export class MemorySecrets implements SecretStore {
  private readonly held = new Map<string, string>();

  get(name: string): Promise<string | null> {
    return Promise.resolve(this.held.get(name) ?? null);
  }

  set(name: string, secret: string): Promise<void> {
    if (secret === '') this.held.delete(name);
    else this.held.set(name, secret);
    return Promise.resolve();
  }
}
