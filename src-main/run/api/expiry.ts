/** Suppressions that expire while the program runs: what they silenced is heard again at once. */
import { bugMessage } from './bugs.ts';
import type { Desk } from './desk.ts';

/** How often it is looked whether a suppression has expired, ms: also of those that came meanwhile. */
const EVERY_MS = 15_000;

/** Looks on time for the next that expires. Returns what ends it. */
export function watchExpiry(
  desk: Pick<Desk, 'readers' | 'now' | 'refreshSuppressions'>,
  everyMs = EVERY_MS,
): () => void {
  /** Undefined before the first look. */
  let known: string | undefined;
  let timer: NodeJS.Timeout;
  let over = false;
  const look = async (): Promise<number> => {
    const now = desk.now();
    const list = await desk.readers.ask('listSuppressions', [now]);
    const states = list.map((s) => `${s.id} ${s.state}`).join();
    if (known !== undefined && states !== known) await desk.refreshSuppressions();
    known = states;
    const ends = list.flatMap((s) => (s.state === 'active' && s.expiresAt !== null ? [s.expiresAt - now] : []));
    return Math.min(everyMs, ...ends);
  };
  const wait = (ms: number): void => {
    if (over) return;
    timer = setTimeout(() => {
      look().then(wait, (error: unknown) => {
        if (!over) bugMessage(error);
        wait(everyMs);
      });
    }, ms);
    timer.unref();
  };
  // One may end before the first interval is over.
  wait(0);
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
