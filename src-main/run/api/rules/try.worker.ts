/** Tries rules on a capture, on a thread of its own, that is ended where nobody waits for it any more. */
import { failureOf } from '../../../keep/store/failure.ts';
import { inputErrorAsOurs } from '../../pipeline/input-error.ts';
import { threadSide } from '../../pipeline/threads.ts';
import type { FromTry, TryData } from './messages.ts';
import { isSigmaText, tryRules } from './tried.ts';

/** Longest time, ms. */
const TIME_MS = 60_000;

const side = threadSide();
const tell = (message: FromTry): void => side.send(message);
const data = side.data as TryData;
const until = performance.now() + TIME_MS;
try {
  const isOver = (): boolean => performance.now() > until;
  const tried = isSigmaText(data.text)
    ? await (await import('./tried-sigma.ts')).trySigma(data, isOver)
    : await tryRules(data.paths, data.text, isOver);
  tell({ type: 'done', tried });
} catch (error) {
  tell({ type: 'failed', failure: failureOf(inputErrorAsOurs(error), '') });
} finally {
  side.end();
}
