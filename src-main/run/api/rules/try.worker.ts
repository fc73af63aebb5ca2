/** Tries rules on a capture, on a thread of its own, that is ended where nobody waits for it any more. */
import { failureOf } from '../../../keep/store/failure.ts';
import { inputErrorAsOurs } from '../../pipeline/input-error.ts';
import { threadSide } from '../../pipeline/threads.ts';
import type { FromTry, TryData } from './messages.ts';
import { tryRules } from './tried.ts';

/** Longest time, ms. */
const TIME_MS = 60_000;

const side = threadSide();
const tell = (message: FromTry): void => side.send(message);
const { paths, text } = side.data as TryData;
const until = performance.now() + TIME_MS;
try {
  tell({ type: 'done', tried: await tryRules(paths, text, () => performance.now() > until) });
} catch (error) {
  tell({ type: 'failed', failure: failureOf(inputErrorAsOurs(error), '') });
} finally {
  side.end();
}
