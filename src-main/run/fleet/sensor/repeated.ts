import { setTimeout as wait } from 'node:timers/promises';
import { SondeError } from '../../../../src-shared/errors.ts';

const AGAIN_MS = 200;

/** Asks until the server is there, and says once that it is not; undefined when it was stopped before. */
export async function repeated<T>(
  signal: AbortSignal,
  act: () => Promise<T>,
  onState: (isUp: boolean, why: string) => void,
): Promise<T | undefined> {
  let isTold = false;
  while (!signal.aborted) {
    try {
      const found = await act();
      if (isTold) onState(true, '');
      return found;
    } catch (error) {
      if (!(error instanceof SondeError) || error.code !== 'connection-lost') throw error;
      if (!isTold) onState(false, error.message);
      isTold = true;
      await wait(AGAIN_MS);
    }
  }
  return undefined;
}
