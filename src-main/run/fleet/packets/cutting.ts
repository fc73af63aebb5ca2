/** Starts a cut on a thread, and ends it where nobody waits for it any more. */
import { SondeError } from '../../../../src-shared/errors.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import { errorOf } from '../../../keep/store/failure.ts';
import type { Failure } from '../../../keep/store/protocol.ts';
import { startThread } from '../../pipeline/threads.ts';
import type { AnswerEnd } from './answer.ts';
import type { CutData } from './cut.ts';

export type FromCut = { type: 'done'; end: AnswerEnd } | { type: 'failed'; failure: Failure };

/** What of a signal is needed: those of the contract have no more. */
export interface Stopping {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
}

/** @throws SondeError: `cancelled`, or why a capture could not be read or the file not be written */
export function cutInThread(asked: Omit<CutData, 'program'>, signal: Stopping): Promise<AnswerEnd> {
  const data: CutData = { ...asked, program: `sonde ${VERSION}` };
  return new Promise((resolve, reject) => {
    const thread = startThread('run/fleet/packets/cut.worker', data, [], {
      onMessage: (message) => {
        const told = message as FromCut;
        if (told.type === 'done') resolve(told.end);
        else reject(errorOf(told.failure));
      },
      onEnd: (error) =>
        reject(
          error ?? new SondeError('worker-lost', 'looking for packets ended unexpectedly', data.out, 'Try again.'),
        ),
    });
    const stop = (): void => {
      reject(new SondeError('cancelled', 'looking for packets was cancelled', data.out, ''));
      void thread.kill();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
