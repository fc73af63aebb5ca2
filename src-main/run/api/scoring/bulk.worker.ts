/** Scores one file, on a thread of its own. To cancel it the thread is ended. */
import { scoreFile } from '../../../detect/lab/score-file.ts';
import { failureOf } from '../../../keep/store/failure.ts';
import { plainNumber } from '../../../../src-shared/features/words.ts';
import { threadSide } from '../../pipeline/threads.ts';
import { describeModel, headOf, loadModel } from './load.ts';
import type { BulkData, FromBulk } from './messages.ts';
import { RowIndex } from './row-index.ts';

const side = threadSide();
const { file, out, model: source, format, label, reasons } = side.data as BulkData;
const tell = (message: FromBulk): void => side.send(message);

try {
  const model = await loadModel(source);
  const { threshold } = describeModel(model);
  const index = new RowIndex();
  const onProgress = (rows: number, share: number): void =>
    tell({ type: 'step', step: `scored ${plainNumber(rows)} rows`, share });
  const summary = await scoreFile({
    file,
    out,
    model,
    format,
    label,
    reasons,
    onProgress,
    onRow: (row) => index.add(row),
  });
  const { header, starts, rows, lists, scores, counts } = await index.finish(out);
  const { format: found, rows: total, unreadableReasons, labels, learnedFrom } = summary;
  const head = { model: headOf(model), format: found, rows: total, threshold, header };
  tell({
    type: 'done',
    scored: { ...head, counts, unreadableReasons, labels, learnedFrom, scores, lists },
    starts,
    rows,
  });
} catch (error) {
  tell({ type: 'failed', failure: failureOf(error, '') });
} finally {
  side.end();
}
