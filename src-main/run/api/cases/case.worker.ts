/** One case, on a thread of its own. */
import { failureOf } from '../../../keep/store/failure.ts';
import { threadSide } from '../../pipeline/threads.ts';
import { makeCase, type CaseOptions } from './make.ts';
import type { FromCase } from './messages.ts';

const side = threadSide();
const tell = (message: FromCase): void => side.send(message);
const options = side.data as CaseOptions;
try {
  tell({ type: 'done', manifest: await makeCase(options) });
} catch (error) {
  tell({ type: 'failed', failure: failureOf(error, options.out) });
} finally {
  side.end();
}
