/** Makes or opens a case on a thread, so that the desk goes on meanwhile. */
import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { CaseManifest } from '../../../keep/exports/case/manifest.ts';
import { errorOf } from '../../../keep/store/failure.ts';
import { startThread } from '../../pipeline/threads.ts';
import { workFolder } from './make.ts';
import type { CaseTask, FromCase } from './messages.ts';

/** @throws SondeError: `cancelled`, or why it could not be made or opened */
export async function caseInThread(task: CaseTask, signal?: CancelSignal): Promise<CaseManifest> {
  if (task.task === 'open') return onThread(task, signal);
  const { out } = task.options;
  const work = workFolder(out);
  try {
    return await onThread({ task: 'make', options: { ...task.options, work } }, signal);
  } finally {
    // A thread that is ended cannot tidy up.
    rmSync(work, { recursive: true, force: true });
    removePartial(out);
  }
}

/** What was written of a file that did not become whole (`writeWhole`). */
function removePartial(out: string): void {
  for (const name of readdirSync(dirname(out)))
    if (name.startsWith(`.${basename(out)}.`) && name.endsWith('.partial'))
      rmSync(join(dirname(out), name), { force: true });
}

function onThread(task: CaseTask, signal?: CancelSignal): Promise<CaseManifest> {
  const about = task.task === 'make' ? task.options.out : task.path;
  return new Promise((resolve, reject) => {
    let stopped = false;
    const cancelled = (): SondeError => new SondeError('cancelled', 'the case was cancelled', about, '');
    const thread = startThread('run/api/cases/case.worker', task, [], {
      onMessage: (message) => {
        const told = message as FromCase;
        if (told.type === 'done') resolve(told.manifest);
        else reject(errorOf(told.failure));
      },
      onEnd: (error) =>
        reject(
          stopped
            ? cancelled()
            : (error ?? new SondeError('worker-lost', 'the case was not finished', about, 'Try again.')),
        ),
    });
    // Told when the thread has ended: it writes nothing from then on.
    const stop = (): void => {
      stopped = true;
      void thread.kill();
    };
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
