/** Who looked at which capture, for the audit log: whatever question about it came first. */
import type { Caller } from '../../../src-shared/contract/dispatch.ts';
import type { Desk } from './desk.ts';

/** Looking at the same capture again within this time is not told again, ms. */
const AGAIN_MS = 3_600_000;
/** Pairs of person and capture that are remembered. */
const REMEMBERED = 10_000;

function captureOf(input: unknown): number | null {
  if (typeof input !== 'object' || input === null || !('capture' in input)) return null;
  return typeof input.capture === 'number' ? input.capture : null;
}

/** To be called with every question that was answered. */
export function watchOpened(
  desk: Pick<Desk, 'now' | 'audit' | 'readers'>,
): (input: unknown, caller: Caller) => Promise<void> {
  const seen = new Map<string, number>();
  return async (input, { user }) => {
    const capture = captureOf(input);
    if (capture === null) return;
    const key = `${capture} ${user}`;
    if (desk.now() - (seen.get(key) ?? -Infinity) < AGAIN_MS) return;
    seen.delete(key);
    if (seen.size >= REMEMBERED) seen.delete(seen.keys().next().value!);
    seen.set(key, desk.now());
    const name = (await desk.readers.ask('listCaptures', [])).find(({ id }) => id === capture)?.name;
    if (name !== undefined) await desk.audit(user, 'open', name);
  };
}
