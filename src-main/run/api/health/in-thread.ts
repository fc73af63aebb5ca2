import { SondeError } from '../../../../src-shared/errors.ts';
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import { startThread } from '../../pipeline/threads.ts';
import { whenCancelled } from '../cancel.ts';
import type { HealthTask } from './messages.ts';

/** What the thread answers. @throws SondeError where it ends without an answer, or nobody waits any more */
export function inThread(task: HealthTask, signal: CancelSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const thread = startThread('run/api/health/health.worker', task, [], {
      onMessage: resolve,
      onEnd: (error) =>
        reject(error ?? new SondeError('worker-lost', 'the check ended without a word', '', 'Try again.')),
    });
    void whenCancelled(signal).then(() => thread.kill());
  });
}
