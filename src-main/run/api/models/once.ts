/** A thread for one answer. */
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { errorOf } from '../../../keep/store/failure.ts';
import { startThread } from '../../pipeline/threads.ts';
import type { FromModelThread, MadeModel, ModelData } from './messages.ts';

/** Models of records take a few tens; a file that wants more is none. */
const HEAP_MIB = 1024;

/** @throws SondeError: what the thread says, or `worker-lost` */
export function madeBy(data: ModelData, signal: CancelSignal): Promise<MadeModel> {
  return new Promise((resolve, reject) => {
    const thread = startThread(
      'run/api/models/model.worker',
      data,
      [],
      {
        onMessage: (message) => {
          const told = message as FromModelThread;
          if (told.type === 'failed') reject(errorOf(told.failure));
          if (told.type === 'done') resolve(told);
        },
        onEnd: (error) =>
          reject(error ?? new SondeError('worker-lost', 'the thread that read it ended', '', 'Try again.')),
      },
      { heapMiB: HEAP_MIB },
    );
    signal.addEventListener('abort', () => void thread.kill(), { once: true });
  });
}
