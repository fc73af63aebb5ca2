import { afterAll, describe, expect, it } from 'vitest';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate } from '../../../src-main/detect/lab/evaluate.ts';
import { decodeLabModel, encodeLabModel } from '../../../src-main/detect/lab/lab-model-file.ts';
import { contributionsOf, partsOf } from '../../../src-main/detect/lab/lab-reasons.ts';
import { trainLabModel } from '../../../src-main/detect/lab/lab-train.ts';
import { rocAuc, stepsOf } from '../../../src-main/detect/lab/metrics.ts';
import { readTable } from '../../../src-main/detect/lab/formats/registry.ts';
import { scoreRecord } from '../../../src-main/detect/lab/record.ts';
import { scoreFile } from '../../../src-main/detect/lab/score-file.ts';
import { labelledRecords } from './records.ts';
import { labelled, trained, TRAINING } from './lab-records.ts';

const folder = mkdtempSync(join(tmpdir(), 'sonde-together-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const train = join(folder, 'train.txt');
const test = join(folder, 'test.txt');
writeFileSync(train, `${labelledRecords(2400, 1)}\n`);
writeFileSync(test, `${labelledRecords(800, 2)}\n`);

const fresh = labelled(200, 3);

describe('several detectors as one model', () => {
  it.each([
    ['ensemble', 'normal-only'],
    ['stacked-forest', 'supervised'],
  ] as const)(
    'of %s say the same as in a comparison',
    async (detector, regime) => {
      const report = await evaluate({
        train: [train],
        test: [test],
        regime,
        detectors: [detector],
        split: 'official',
        seeds: [1],
        validation: 0.2,
        targetFpr: 0.05,
        duplicates: 'keep',
        keepShortcuts: false,
        clock: () => 0,
      });
      const { model } = await trainLabModel({ ...TRAINING, parameters: {}, detector, regime, files: [train] });
      const table = await readTable([test]);
      const { raw } = model.score(model.align(table, test));
      const auc = rocAuc(stepsOf(raw, table.attack));
      // The stacked forest that is kept has seen the kinds that were left out of the comparison's.
      if (regime === 'normal-only') {
        expect(auc).toBe(report.results[0]!.rocAuc);
        expect(model.description.threshold.raw).toBe(report.results[0]!.threshold.value);
        expect(model.description.chosen).toBe(report.results[0]!.chosen);
      } else expect(auc).toBeGreaterThan(0.9);
    },
    60_000,
  );

  it.each(['ensemble', 'stacked-forest'])(
    'of %s: what the columns add sums to the score, also after saving',
    async (detector) => {
      const { model } = await trained({ detector }, 2400);
      const again = decodeLabModel(encodeLabModel(model));
      for (const row of [0, 1, 3, 6]) {
        const encoded = model.encode(fresh, Int32Array.of(row));
        const { base, score, bySource } = partsOf(model, model.detector, encoded);
        expect([...contributionsOf(again, encoded)]).toEqual([...bySource]);
        expect(score).toBeCloseTo(model.raw(encoded)[0]!, 6);
        expect(base + bySource.reduce((a, b) => a + b, 0)).toBeCloseTo(score, 6);
      }
    },
    60_000,
  );

  it.each(['ensemble', 'stacked-forest'])(
    'of %s: single records and files are scored, with reasons',
    async (detector) => {
      const regime = detector === 'ensemble' ? 'normal-only' : 'supervised';
      const { model } = await trainLabModel({ ...TRAINING, parameters: {}, detector, regime, files: [train] });
      const out = join(folder, `${detector}.csv`);
      const summary = await scoreFile({ file: test, out, model: { kind: 'records', model }, reasons: 'anomalous' });
      expect(summary.rows).toBe(800);
      expect(summary.labels!.tp).toBeGreaterThan(summary.labels!.fn);
      const lines = readFileSync(out, 'utf8').split('\n');
      const caught = lines.filter((line) => /,(neptune|satan),21,/.test(line) && line.includes(',anomalous,'));
      expect(caught.length).toBe(summary.labels!.tp);
      expect(caught.every((line) => /,anomalous,[^,]+/.test(line))).toBe(true);
      const verdict = scoreRecord(model, { flag: 'S0', count: 300, serror_rate: 1 });
      expect(verdict.reasons.length).toBeGreaterThan(0);
      expect(verdict.unknown).toContain('service');
    },
    60_000,
  );
});
