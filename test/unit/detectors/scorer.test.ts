import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { anomalyFindings, createAnomalyCollector } from '../../../src-main/detect/detectors/anomalies.ts';
import { decodeModel, encodeModel, MODEL_FORMAT } from '../../../src-main/detect/detectors/model-file.ts';
import { ModelError, type Model } from '../../../src-main/detect/detectors/model.ts';
import { createTrainer, trainModel } from '../../../src-main/detect/detectors/train.ts';
import {
  createScorer,
  MINIMUM_FLOWS,
  scorerFromState,
  shareForBudget,
  type Scorer,
} from '../../../src-main/detect/detectors/triage.ts';
import { explainFlow } from '../../../src-main/detect/explain/index.ts';
import { MissingFeatureError } from '../../../src-main/detect/features/errors.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { makeFlowEventBatch, type FlowBatch } from '../../../src-main/meter/flows/types.ts';
import { batchOf, eventsOf, ordinaryFlows, probe, type SyntheticFlow } from './synthetic.ts';

let model: Model;

beforeAll(async () => {
  const flows = ordinaryFlows(4000, 1);
  const trainer = createTrainer({ seed: 1 });
  trainer.observe(eventsOf(flows), batchOf(flows));
  model = await trainer.finish({ epochs: 2, autoencoder: { backends: ['wasm', 'cpu'] } });
});

/** What nobody else does: 80 MB out by file transfer. */
const upload = (): Partial<SyntheticFlow> => ({
  target: 40,
  service: 'ftp',
  port: 21,
  proto: 6,
  origPkts: 60_000,
  origBytes: 80_000_000,
  respBytes: 300,
  seconds: 900,
});

/** Ordinary flows, and one upload as nobody else makes. */
function office(count = 2500): SyntheticFlow[] {
  const flows = ordinaryFlows(count, 2);
  flows[777] = { ...flows[777]!, ...upload() };
  return flows;
}

function scorerOver(
  flows: readonly SyntheticFlow[],
  mode: 'offline' | 'causal' = 'offline',
  seed = 1,
): { scorer: Scorer; batch: FlowBatch } {
  const scorer = createScorer({ model, seed, mode });
  const batch = batchOf(flows);
  scorer.observe(eventsOf(flows), batch);
  scorer.finish();
  return { scorer, batch };
}

/** The rows of a batch again in batches of other sizes. */
function cut(flows: readonly SyntheticFlow[], context: Uint8Array, size: number): FlowBatch[] {
  const out: FlowBatch[] = [];
  for (let from = 0; from < flows.length; from += size) {
    const part = batchOf(flows.slice(from, from + size));
    part.columns.context.set(context.subarray(from * 12, (from + part.count) * 12));
    out.push(part);
  }
  return out;
}

describe('scoring a capture', () => {
  it('finds the odd flow, and few others', () => {
    const { scorer, batch } = scorerOver(office());
    const { score, anomalous, count } = scorer.score(batch);
    expect(count).toBe(2500);
    expect(anomalous[777]).toBe(1);
    expect(score[777]).toBeGreaterThan(0.999);
    expect(anomalous.reduce((a, b) => a + b, 0)).toBeLessThan(25);
  });

  it('gives the same scores whatever the size and order of the batches', () => {
    const flows = office(1500);
    const { scorer, batch } = scorerOver(flows);
    const expected = scorer.score(batch).surprise.slice();
    const { context } = batch.columns;
    for (const size of [1, 7, 1000, 1024, 1500]) {
      const parts = cut(flows, context, size);
      const scored = parts
        .toReversed()
        .map((part) => scorer.score(part).surprise.slice(0, part.count))
        .toReversed();
      expect(scored.flatMap((part) => [...part])).toEqual([...expected]);
    }
  });

  it('learns the same whatever the batches and the order in which flows end', () => {
    const flows = office(1500);
    const { scorer, batch } = scorerOver(flows);
    const expected = scorer.score(batch).surprise.slice();
    const other = createScorer({ model, seed: 1, mode: 'offline' });
    other.observe(eventsOf(flows), batchOf([]));
    const none = makeFlowEventBatch(1);
    const whole = batchOf(flows);
    for (const part of cut(flows.toReversed(), new Uint8Array(flows.length * 12), 100)) other.observe(none, part);
    other.finish();
    whole.columns.context.set(batch.columns.context);
    expect(other.score(whole).surprise.slice()).toEqual(expected);
  });

  it('depends on the seed where it learns from the capture, and not where it does not', () => {
    const flows = office(1500);
    const surprise = (mode: 'offline' | 'causal', seed: number): Float32Array => {
      const { scorer, batch } = scorerOver(flows, mode, seed);
      return scorer.score(batch).surprise.slice();
    };
    expect(surprise('offline', 1)).toEqual(surprise('offline', 1));
    expect(surprise('offline', 1)).not.toEqual(surprise('offline', 2));
    expect(surprise('causal', 1)).toEqual(surprise('causal', 2));
  });

  it('takes the results of equal rows from memory without changing them', () => {
    const flood = Array.from({ length: 3000 }, (_, i) => probe(i, 1_700_000_000 + (i % 2), 80));
    const { scorer, batch } = scorerOver(flood);
    const all = scorer.score(batch).surprise.slice();
    for (const row of [0, 5, 100, 2999]) {
      const [part] = cut(flood.slice(row, row + 1), batch.columns.context.subarray(row * 12), 1);
      expect(scorerFromState(model, scorer.state()).score(part!).surprise[0]).toBe(all[row]);
    }
  });

  it('lets the second stage look only where the first is not at ease', () => {
    const { scorer, batch } = scorerOver(office());
    const { detectors, perDetector } = scorer.score(batch);
    const at = (id: string): Float32Array => perDetector[detectors.indexOf(id)]!;
    let looked = 0;
    for (let row = 0; row < batch.count; row++) {
      const firsts = detectors.filter((id) => /mean-z2|median-mad|iqr-fences/.test(id)).map((id) => at(id)[row]!);
      const uneasy = Math.max(...firsts) >= 0.9 - 1e-6;
      expect(Number.isNaN(at('autoencoder')[row]!)).toBe(Number.isNaN(at('capture:isolation-forest')[row]!));
      if (!Number.isNaN(at('autoencoder')[row]!)) looked++;
      if (Math.max(...firsts) < 0.9 - 1e-6) expect(at('autoencoder')[row]).toBeNaN();
      else if (uneasy && Math.max(...firsts) > 0.9 + 1e-6) expect(at('autoencoder')[row]).not.toBeNaN();
    }
    expect(looked).toBeGreaterThan(0);
    expect(looked).toBeLessThan(batch.count / 2);
    const report = scorer.detectorReport();
    expect(report.find(({ id }) => id === 'autoencoder')).toMatchObject({ status: 'scored', flowsScored: looked });
    expect(report.find(({ id }) => id === 'mean-z2')).toMatchObject({ status: 'scored', flowsScored: 2500 });
  });

  it('of few flows is insufficient: scored by the model alone, nothing called anomalous', () => {
    const flows = office().slice(750, 750 + MINIMUM_FLOWS - 1);
    const { scorer, batch } = scorerOver(flows);
    const { anomalous, score } = scorer.score(batch);
    expect(scorer.status()).toBe('insufficient');
    expect(anomalous.reduce((a, b) => a + b, 0)).toBe(0);
    expect(score[27]).toBeGreaterThan(0.9);
  });

  it('of some flows leaves out the detectors that need more, and says so', () => {
    const { scorer } = scorerOver(ordinaryFlows(100, 3));
    const report = scorer.detectorReport();
    expect(report.find(({ id }) => id === 'capture:mean-z2')?.status).toBe('scored');
    expect(report.find(({ id }) => id === 'capture:isolation-forest')?.status).toBe('insufficient');
    expect(scorer.status()).toBe('scored');
  });

  it('refuses a batch whose context was never filled', () => {
    const { scorer } = scorerOver(ordinaryFlows(200, 2));
    expect(() => scorer.score(batchOf(ordinaryFlows(10, 3)))).toThrow(MissingFeatureError);
  });

  it('turns a budget of alarms a day into a share of flows', () => {
    expect(shareForBudget(5, 100_000)).toBe(0.00005);
    expect(shareForBudget(5, 10)).toBe(0.01);
    expect(shareForBudget(0, 1000)).toBe(0.000001);
  });
});

describe('explanations', () => {
  it('sum to the surprise minus the base, which is what the flow was scored by', () => {
    const { scorer, batch } = scorerOver(office());
    const scored = scorer.score(batch).surprise.slice();
    for (const row of [0, 1, 2, 3, 400, 777]) {
      const { base, surprise, attributions, rest } = explainFlow(scorer, batch, row);
      const told = attributions.reduce((sum, { contribution }) => sum + contribution, 0);
      expect(Math.abs(base + told + rest - surprise)).toBeLessThan(1e-9);
      expect(Math.abs(surprise - scored[row]!)).toBeLessThan(1e-4);
    }
  });

  it('name what is odd in words, with the number and the usual one', () => {
    const { scorer, batch } = scorerOver(office());
    const { attributions, detectors } = explainFlow(scorer, batch, 777, { top: 52 });
    const upload = attributions.find(({ feature }) => feature === 'orig_bytes');
    expect(upload?.text).toMatch(/^sent 80 MB to the other side \(usual: \d+ B\)$/);
    expect(upload?.contribution).toBeGreaterThan(0);
    expect(Object.keys(detectors)).toContain('isolation-forest');
    expect(Object.keys(detectors)).toContain('capture:mean-z2');
  });
});

describe('bare anomalies', () => {
  const hosts = new HostTable();
  for (let i = 1; i < 300; i++) hosts.intern(Uint32Array.of(0, 0, 0xffff, 0x0a000000 + i), 0);

  it('are a few findings of severity info, grouped by source', () => {
    const { scorer, batch } = scorerOver(office());
    const collector = createAnomalyCollector(scorer);
    collector.add(batch, scorer.score(batch));
    const findings = anomalyFindings(collector, { hosts, skipFlows: () => false });
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.length).toBeLessThanOrEqual(10);
    const upload = findings.find(({ finding }) => finding.flows.includes(777))!;
    expect(upload.finding.kind).toBe('size-anomaly');
    for (const { finding } of findings) {
      expect(finding.severity).toBe('info');
      expect(finding.technique).toBeUndefined();
      expect(finding.evidence.length).toBeGreaterThan(0);
      expect(finding.confidence).toBeLessThanOrEqual(0.5);
    }
    expect(new Set(findings.map(({ key }) => key)).size).toBe(findings.length);
  });

  it('leave out flows that an incident explains', () => {
    const { scorer, batch } = scorerOver(office());
    const collector = createAnomalyCollector(scorer);
    collector.add(batch, scorer.score(batch));
    const findings = anomalyFindings(collector, { hosts, skipFlows: (id) => id === 777 });
    expect(findings.some(({ finding }) => finding.flows.includes(777))).toBe(false);
    expect(anomalyFindings(collector, { hosts, skipFlows: () => true })).toEqual([]);
  });

  it('of many hosts towards one target are one finding', () => {
    const odd = office().map((flow, i) => (i < 12 ? { ...flow, ...upload(), source: 100 + i } : flow));
    const { scorer, batch } = scorerOver(odd);
    const scores = scorer.score(batch);
    scores.anomalous.fill(0).fill(1, 0, 12);
    const collector = createAnomalyCollector(scorer);
    collector.add(batch, scores);
    const findings = anomalyFindings(collector, { hosts, skipFlows: () => false });
    expect(findings).toHaveLength(1);
    expect(findings[0]!.finding.sources).toHaveLength(12);
    expect(findings[0]!.finding.title).toBe('12 hosts: unusual sizes in 12 connections');
  });

  it('hold a bounded number of flows: the most unusual', () => {
    const { scorer, batch } = scorerOver(office());
    const collector = createAnomalyCollector(scorer);
    const scores = scorer.score(batch);
    scores.anomalous.fill(1);
    for (let i = 0; i < 4; i++) collector.add(batch, scores);
    expect(collector.flows().length).toBe(2048);
    expect(collector.flows()[0]!.id).toBe(777);
    expect(collector.rows.columns.id[collector.flows()[0]!.row]).toBe(777);
  });
});

describe('the model file', () => {
  it('holds everything: the same scores after loading, and the same bytes again', () => {
    const bytes = encodeModel(model);
    const loaded = decodeModel(bytes);
    expect(encodeModel(loaded).equals(bytes)).toBe(true);
    expect(bytes.length).toBeLessThan(1_000_000);
    const flows = office(1000);
    const score = (given: Model): Float32Array => {
      const scorer = createScorer({ model: given, seed: 1, mode: 'offline' });
      const batch = batchOf(flows);
      scorer.observe(eventsOf(flows), batch);
      scorer.finish();
      return scorer.score(batch).surprise.slice();
    };
    expect(score(loaded)).toEqual(score(model));
  });

  const codeOf = (bytes: Buffer): string => {
    try {
      decodeModel(bytes);
      return 'loaded';
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      expect(error.cure.length).toBeGreaterThan(0);
      return error.code;
    }
  };

  it('is refused whole when it is no model, cut, damaged or of another version', () => {
    const bytes = encodeModel(model);
    expect(codeOf(Buffer.alloc(0))).toBe('model-unreadable');
    expect(codeOf(Buffer.from('hello, this is a text file and not a model at all'))).toBe('model-unreadable');
    expect(codeOf(bytes.subarray(0, bytes.length - 1))).toBe('model-damaged');
    const newer = Buffer.from(bytes);
    newer.writeUInt32LE(MODEL_FORMAT + 1, 8);
    expect(codeOf(newer)).toBe('model-version');
  });

  it('never loads with any byte changed', () => {
    const bytes = encodeModel(model);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(bytes);
        changed[at] = changed[at]! ^ by;
        expect(codeOf(changed)).not.toBe('loaded');
      }),
      { numRuns: 100 },
    );
  });

  it('of other features is refused by name', () => {
    const other = { ...model, description: { ...model.description, schema: '0123456789abcdef' } };
    expect(codeOf(encodeModel(other))).toBe('model-features');
    expect(() => createScorer({ model: other, seed: 1, mode: 'offline' })).toThrow(ModelError);
  });
});

describe('training', () => {
  it('refuses too few flows', async () => {
    const flows = ordinaryFlows(300, 1);
    const trainer = createTrainer({ seed: 1 });
    trainer.observe(eventsOf(flows), batchOf(flows));
    await expect(trainer.finish()).rejects.toMatchObject({ code: 'too-few-flows' });
  });

  it('refuses a matrix that lacks a feature', async () => {
    const matrix = { features: ['duration'], rows: 1, data: Float32Array.of(1) };
    await expect(trainModel([matrix], { seed: 1 })).rejects.toThrow(MissingFeatureError);
  });
});
