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

/** Questions about incidents that, where they name no capture, are about those of all. */
const ABOUT_ALL = new Set(['incidents.list']);

/** To be called with every question that was answered, by its name. */
export function watchOpened(
  desk: Pick<Desk, 'now' | 'audit' | 'readers' | 'changes'>,
): (input: unknown, caller: Caller, name: string) => Promise<void> {
  const seen = new Map<string, number>();
  const writing = new Map<string, Promise<void>>();
  // A number that was removed may be another capture's soon.
  desk.changes.listen(({ what, capture }) => {
    if (what !== 'captures' || capture === null) return;
    for (const key of seen.keys()) if (key.startsWith(`${capture} `)) seen.delete(key);
  });
  return async (input, { user }, name) => {
    const capture = captureOf(input);
    if (capture === null && !ABOUT_ALL.has(name)) return;
    const key = `${capture ?? 'all'} ${user}`;
    if (desk.now() - (seen.get(key) ?? -Infinity) < AGAIN_MS) return;
    // Questions of one view come at once: one entry, for which all of them wait.
    const begun = writing.get(key);
    if (begun) return begun;
    const work = (async (): Promise<void> => {
      if (!(await note(desk, capture, user))) return;
      seen.delete(key);
      if (seen.size >= REMEMBERED) seen.delete(seen.keys().next().value!);
      seen.set(key, desk.now());
    })();
    writing.set(key, work);
    await work.finally(() => writing.delete(key));
  };
}

/** False where there is no such capture. Where it cannot be written, the next question tries again. */
async function note(desk: Pick<Desk, 'readers' | 'audit'>, capture: number | null, user: string): Promise<boolean> {
  const object = capture === null ? 'all captures' : await desk.readers.ask('captureName', [capture]);
  if (object === null) return false;
  await desk.audit(user, 'open', object);
  return true;
}
