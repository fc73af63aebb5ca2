/** One attempt to send one message by one channel. */
import type { CancelSignal } from '../../../src-shared/contract/cancel.ts';
import { redacted } from './redact.ts';
import type { Alert, Answer, ChannelKind, ChannelSettings } from './types.ts';

export interface Sender {
  id: string;
  /** Another one whenever its settings change. */
  version: string;
  name: string;
  kind: ChannelKind;
  /** Complete, with secrets. @throws SondeError where a secret cannot be read */
  settings(): Promise<ChannelSettings>;
  /** Of these settings: what must not stand in any words. */
  secretsOf(settings: ChannelSettings): string[];
}

export interface Attempt {
  ok: boolean;
  words: string;
  error: unknown;
}

export const saidBy = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** One attempt, ended after `limitMs` also where the channel does not heed that. Never throws. */
export async function attempt(
  sender: Sender,
  alert: Alert,
  limitMs: number,
  ends: CancelSignal,
  now: () => number,
): Promise<Attempt> {
  const abort = new AbortController();
  const late = new Error(`no answer within ${Math.round(limitMs / 100) / 10} s`);
  let secrets: string[] = [];
  let stop = (): void => undefined;
  const over = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(late), limitMs);
    const ended = (): void => reject(new Error('broken off before there was an answer'));
    ends.addEventListener('abort', ended, { once: true });
    stop = () => {
      clearTimeout(timer);
      ends.removeEventListener('abort', ended);
    };
    if (ends.aborted) ended();
  });
  const send = async (): Promise<Answer> => {
    const settings = await sender.settings();
    secrets = sender.secretsOf(settings);
    return sender.kind.send(alert, settings, { signal: abort.signal, now });
  };
  try {
    const { words } = await Promise.race([send(), over]);
    return { ok: true, words: redacted(words, secrets), error: null };
  } catch (error) {
    return { ok: false, words: redacted(saidBy(error), secrets), error };
  } finally {
    stop();
    abort.abort();
  }
}
