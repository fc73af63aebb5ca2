/** Waits, for a bounded time, for another program that has the database. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SondeError } from '../../../src-shared/errors.ts';

export interface Patience {
  /** After so many milliseconds it is not tried again; each attempt may itself wait for SQLite's locks. */
  forMs: number;
  /** Once, before the first wait. */
  onWait?: (() => void) | undefined;
  /** Between attempts, ms. */
  everyMs?: number;
}

const EVERY_MS = 250;

const isBusy = (error: unknown): error is SondeError => error instanceof SondeError && error.code === 'database-busy';

/**
 * What `work` gives. Where it fails because another program has the database, it is tried again until that is over: so it must
 * do all or nothing.
 *
 * @throws SondeError `database-busy` that says how long it waited; whatever else `work` throws, at once.
 */
export async function whenFree<T>(work: () => T | Promise<T>, { forMs, onWait, everyMs }: Patience): Promise<T> {
  const began = performance.now();
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error)) throw error;
      const waited = performance.now() - began;
      if (waited >= forMs) {
        if (attempt === 0) throw error;
        const what = `${error.message}, and still had it after ${Math.round(waited / 1000)} s`;
        throw new SondeError(error.code, what, error.where, error.cure, { cause: error });
      }
      if (attempt === 0) onWait?.();
      await sleep(everyMs ?? EVERY_MS);
    }
  }
}
