/** Trains both models of a day and judges them, on a thread of its own: it takes seconds of a processor. */
import { failureOf } from '../../../keep/store/failure.ts';
import { threadSide } from '../threads.ts';
import { learnJudged, learnOrdinary } from './learn.ts';
import type { FromRetrain, RetrainData } from './messages.ts';

const side = threadSide();
const tell = (message: FromRetrain): void => side.send(message);

try {
  const data = side.data as RetrainData;
  const step = (what: string): void => tell({ type: 'step', step: what });
  step('learning from ordinary flows');
  const ordinary = await learnOrdinary(data);
  step('learning from incidents that were judged');
  const judged = await learnJudged(data);
  tell({ type: 'done', ordinary, judged });
} catch (error) {
  tell({ type: 'failed', failure: failureOf(error, '') });
} finally {
  side.end();
}
