/** The way to a fleet's server, tried before it is used. */
import { SondeError } from '../../../../src-shared/errors.ts';
import { RedisTransport } from './redis.ts';
import { tooLargeWords } from './refusals.ts';
import type { RedisSettings } from './settings.ts';

/** The server is waited for so long, ms. */
const READY_MS = 3000;

export interface ConnectOptions {
  /** Is told of what is too large to be taken, and that the server is away. */
  say?: (words: string) => void;
  /** One that is away may come back: it is gone on without. */
  mayBeAway?: boolean;
}

/** @throws SondeError where the server refuses us; where it does not answer unless it may be away */
export async function connectServer(
  settings: RedisSettings,
  { say = () => undefined, mayBeAway = false }: ConnectOptions = {},
): Promise<RedisTransport> {
  const transport = new RedisTransport(settings, { onTooLarge: (key, one) => say(tooLargeWords(key, one)) });
  try {
    await transport.ready(READY_MS);
  } catch (error) {
    if (!mayBeAway || !(error instanceof SondeError) || error.code !== 'connection-lost') {
      await transport.close();
      throw error;
    }
    say(`${error.message}. ${error.cure}`);
  }
  return transport;
}
