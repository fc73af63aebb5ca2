/** Scores rows of features by a scorer equal to the run's. */
import { decodeModel } from '../../detect/detectors/model-file.ts';
import { scorerFromState } from '../../detect/detectors/triage.ts';
import { packScores } from './parallel-scoring.ts';
import type { ScoringData, ScoringTask } from './scoring-messages.ts';
import { threadSide } from './threads.ts';

const side = threadSide();
const { model, state } = side.data as ScoringData;
const scorer = scorerFromState(decodeModel(Buffer.from(model.buffer, model.byteOffset, model.byteLength)), state);

side.onMessage((message) => {
  const { part, count, rows } = message as ScoringTask;
  const scores = packScores(scorer.scoreRows(new Float32Array(rows), count));
  side.send({ part, count, scores, rows }, [scores, rows]);
});
