/** For people who read logs: one line. */
import type { Alert } from '../../types.ts';
import { fitting } from '../common/fit.ts';
import { headline, plainLines } from '../common/summary.ts';

/** `max`: bytes that the whole may take. */
export function textBody(alert: Alert, max: number): string {
  const end = ` [key ${alert.key}]`;
  const text = `${headline(alert)} | ${plainLines(alert.text)}`;
  const line = text.replace(/\s+/g, ' ');
  return fitting(line, max - Buffer.byteLength(end), (kept) => kept) + end;
}
