/** One case made, or taken apart, on a thread of its own. */
import { failureOf } from '../../../keep/store/failure.ts';
import { threadSide } from '../../pipeline/threads.ts';
import { makeCase } from './make.ts';
import type { CaseTask, FromCase } from './messages.ts';
import { openCase } from './open.ts';

const side = threadSide();
const tell = (message: FromCase): void => side.send(message);
const task = side.data as CaseTask;
try {
  const manifest =
    task.task === 'make' ? await makeCase(task.options) : (await openCase(task.path, task.folder)).manifest;
  tell({ type: 'done', manifest });
} catch (error) {
  tell({ type: 'failed', failure: failureOf(error, task.task === 'make' ? task.options.out : task.path) });
} finally {
  side.end();
}
