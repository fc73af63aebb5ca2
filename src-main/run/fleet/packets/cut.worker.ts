/** One cut, on a thread of its own: whole captures are read for it. */
import { failureOf } from '../../../keep/store/failure.ts';
import { inputErrorAsOurs } from '../../pipeline/input-error.ts';
import { threadSide } from '../../pipeline/threads.ts';
import { cutPackets, type CutData } from './cut.ts';
import type { FromCut } from './cutting.ts';

const side = threadSide();
const tell = (message: FromCut): void => side.send(message);
const data = side.data as CutData;
try {
  tell({ type: 'done', end: await cutPackets(data) });
} catch (error) {
  tell({ type: 'failed', failure: failureOf(inputErrorAsOurs(error), data.out) });
} finally {
  side.end();
}
