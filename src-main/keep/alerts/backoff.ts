/** What becomes of a delivery after an attempt: it is done, it waits for the next one, or it is given up. */
import { LONGEST_WAIT_MS } from '../store/alert-methods.ts';
import type { AlertOutcome } from '../store/types.ts';
import { DeliveryError } from './types.ts';

export interface BackOff {
  /** Before the first repetition at most, ms; doubled by each. */
  baseMs: number;
  /** Between two attempts at most, ms. */
  capMs: number;
  /** After so many attempts it becomes a dead letter. */
  mostAttempts: number;
}

/**
 * About half an hour in all: long enough for a server that restarts, short enough that one message which the other side
 * chokes on does not hold up those behind it for the night.
 */
export const BACK_OFF: BackOff = { baseMs: 1000, capMs: 300_000, mostAttempts: 20 };
/** What another side may ask for at most, ms. */
const RETRY_AFTER_MAX = LONGEST_WAIT_MS - BACK_OFF.baseMs;

/**
 * Exponential with full jitter: anything between nothing and the bound of this attempt, so that senders that failed
 * together do not come back together (M. Brooker, "Exponential Backoff And Jitter", 2015).
 *
 * @param attempts how many failed so far, from 1
 * @param random 0 ≤ random < 1
 */
export function delayOf(attempts: number, random: number, { baseMs, capMs }: BackOff): number {
  // 2 ** 1023 is the last double: beyond the cap long before.
  return Math.floor(random * Math.min(capMs, baseMs * 2 ** Math.min(attempts - 1, 40)));
}

export interface Failed {
  error: unknown;
  /** In plain words, without secrets. */
  words: string;
  /** Attempts, with this one. */
  attempts: number;
  /** Milliseconds since 1970. */
  at: number;
  random: number;
}

export function outcomeOf({ error, words, attempts, at, random }: Failed, backOff: BackOff): AlertOutcome {
  const known = error instanceof DeliveryError ? error : undefined;
  if (known?.retry === false || attempts >= backOff.mostAttempts) return { state: 'dead', words, at };
  const asked = Math.min(Math.max(0, known?.retryAfterMs ?? 0), RETRY_AFTER_MAX);
  // A little later than asked, so that not everybody comes at that very moment.
  const wait = asked > 0 ? asked + Math.floor(random * backOff.baseMs) : delayOf(attempts, random, backOff);
  return { state: 'waiting', words, at, nextAt: at + wait };
}
