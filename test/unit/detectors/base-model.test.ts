import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { schemaId } from '../../../src-shared/features/schema.ts';
import { DETECTORS } from '../../../src-main/detect/detectors/registry.ts';
import { loadModel } from '../../../src-main/detect/detectors/model-file.ts';
import { createScorer } from '../../../src-main/detect/detectors/triage.ts';
import { batchOf, eventsOf, ordinaryFlows } from './synthetic.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'resources', 'models');
const FILE = join(FOLDER, 'base.model');

interface Recipe {
  sha256: string;
  bytes: number;
  description: object;
  captures: { environment: string; flows: number; attacks?: unknown }[];
}

describe('the base model', () => {
  const recipe = JSON.parse(readFileSync(join(FOLDER, 'base.json'), 'utf8')) as Recipe;

  it('is the file that its record speaks of, and small', () => {
    const bytes = readFileSync(FILE);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(recipe.sha256);
    expect(bytes.length).toBe(recipe.bytes);
    expect(bytes.length).toBeLessThan(1_000_000);
  });

  it('learned every detector from the features of this version', async () => {
    const model = await loadModel(FILE);
    expect(model.description).toEqual(recipe.description);
    expect(model.description.schema).toBe(schemaId());
    expect(model.suite.scoring.map(({ entry }) => entry.id)).toEqual(DETECTORS.map(({ id }) => id));
  });

  it('learned from generated traffic without attacks', () => {
    expect(recipe.captures.length).toBeGreaterThanOrEqual(6);
    expect(new Set(recipe.captures.map(({ environment }) => environment))).toEqual(
      new Set(['office', 'home', 'enterprise']),
    );
    for (const capture of recipe.captures) expect(capture.attacks).toBeUndefined();
  });

  it('scores flows alone, when nothing may be learned from the capture', async () => {
    const scorer = createScorer({ model: await loadModel(FILE), seed: 1, mode: 'causal' });
    const flows = ordinaryFlows(200, 1);
    const batch = batchOf(flows);
    scorer.observe(eventsOf(flows), batch);
    const { score, count, detectors } = scorer.score(batch);
    expect(detectors).toEqual(DETECTORS.map(({ id }) => id));
    expect(count).toBe(200);
    for (const s of score.subarray(0, count)) expect(s >= 0 && s <= 1).toBe(true);
  });
});
