/** What a status of HTTP means for a delivery. */
import { DeliveryError, type Answer } from '../types.ts';
import { saidBy, shorten, WORDS_MAX } from './words.ts';
import type { Reply } from './request.ts';

/** Statuses below 500 after which the same request may succeed. */
const LATER: ReadonlySet<number> = new Set([408, 425, 429]);
/** Longest pause another side may ask for, ms. */
const PAUSE_MAX = 24 * 3_600_000;

/** Milliseconds of a Retry-After header: seconds, or a date (RFC 9110 10.2.3); undefined where it says neither. */
export function pauseOf(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}(\.\d{1,9})?$/.test(text)) return Math.min(PAUSE_MAX, Math.ceil(Number(text) * 1000));
  // Bare numbers would be read as years.
  const date = /[A-Za-z]/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? undefined : Math.min(PAUSE_MAX, Math.max(0, date - now));
}

export interface Judging {
  readonly secrets: readonly string[];
  readonly now: number;
  /** What the body asks to wait, ms, where it says so itself. */
  readonly pause?: number;
}

/** The answer in the other side's words, or why the delivery failed. @throws DeliveryError */
export function judged({ status, headers, text, whole }: Reply, { secrets, now, pause }: Judging): Answer {
  const said = saidBy(text, secrets);
  const cut = whole ? '' : ' (its answer was cut)';
  const words = shorten(`${status}${said === '' ? '' : ` ${said}`}${cut}`, WORDS_MAX);
  if (status >= 200 && status < 300) return { words };
  const retry = status >= 500 || LATER.has(status);
  throw new DeliveryError(words, retry, retry ? (pause ?? pauseOf(headers['retry-after'], now)) : undefined);
}
