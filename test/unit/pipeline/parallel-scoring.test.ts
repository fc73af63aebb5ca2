/** Scores by several threads are those of one, to the bit. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadModel } from '../../../src-main/detect/detectors/model-file.ts';
import { createScorer, type FlowScores, type Scorer } from '../../../src-main/detect/detectors/triage.ts';
import { extractFeatures } from '../../../src-main/detect/features/extract.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import type { FlowBatch } from '../../../src-main/meter/flows/types.ts';
import { packScores, scoreInParallel, unpackScores } from '../../../src-main/run/pipeline/parallel-scoring.ts';
import { batchOf, eventsOf, ordinaryFlow, probe } from '../detectors/synthetic.ts';

const MODEL = join(import.meta.dirname, '..', '..', '..', 'resources', 'models', 'base.model');

const copy = (scores: FlowScores): FlowScores => unpackScores(packScores(scores), scores.count, [...scores.detectors]);

async function capture(mode: 'offline' | 'causal'): Promise<{ scorer: Scorer; batches: FlowBatch[] }> {
  const scorer = createScorer({ model: await loadModel(MODEL), seed: 1, mode });
  const random = randomSource(2);
  const batches: FlowBatch[] = [];
  for (let part = 0; part < 7; part++) {
    const size = part === 3 ? 1 : 1500;
    const flows = Array.from({ length: size }, (_, i) => {
      const id = part * 1500 + i;
      return i % 10 === 9 ? probe(id, 1_700_000_000 + id * 0.4, i % 900) : ordinaryFlow(id, random);
    });
    const batch = batchOf(flows);
    scorer.observe(eventsOf(flows), batch);
    batches.push(batch);
  }
  scorer.finish();
  return { scorer, batches };
}

describe('scoring on several threads', () => {
  it.each(['offline', 'causal'] as const)('gives the scores and the counts of one thread: %s', async (mode) => {
    const { scorer, batches } = await capture(mode);
    const alone = batches.map((batch) => copy(scorer.score(batch)));
    const report = scorer.detectorReport();
    scorer.countAnew();
    const together = await scoreInParallel(scorer, batches, 3);
    expect(together).toEqual(alone);
    expect(scorer.detectorReport()).toEqual(report);
    expect(report.every(({ flowsScored }) => flowsScored > 0)).toBe(true);
  });

  it('of rows equals that of their batch', async () => {
    const { scorer, batches } = await capture('offline');
    const { data, rows } = extractFeatures(batches[0]!);
    const whole = copy(scorer.score(batches[0]!));
    expect(copy(scorer.scoreRows(data, rows))).toEqual(whole);
  });

  it('passes on what went wrong, and leaves no thread behind', async () => {
    const { scorer, batches } = await capture('causal');
    function* failing(): Generator<FlowBatch> {
      yield batches[0]!;
      throw new RangeError('the disk is gone');
    }
    await expect(scoreInParallel(scorer, failing(), 2)).rejects.toThrow('the disk is gone');
    // A thread that cannot make its scorer ends with an error, and nobody waits for it.
    const broken = Object.create(scorer, {
      state: { value: () => ({ ...scorer.state(), capture: 'none' }) },
    }) as Scorer;
    await expect(scoreInParallel(broken, batches, 2)).rejects.toThrow();
  });
});
