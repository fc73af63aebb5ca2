/**
 * What features, detectors and explanations cost a flow: `node test/bench/detectors.ts [flows]`. Processor time of this
 * process (other work on the machine counts less than in wall time), the best of five runs. Made-up flows of two kinds:
 * an ordinary mix, and a flood of single packets. A benchmark, never a test.
 */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { loadModel } from '../../src-main/detect/detectors/model-file.ts';
import { createScorer, type Scorer } from '../../src-main/detect/detectors/triage.ts';
import { explainFlow } from '../../src-main/detect/explain/index.ts';
import { extractFeatures } from '../../src-main/detect/features/extract.ts';
import { randomSource } from '../../src-main/detect/features/random.ts';
import type { FeatureMatrix } from '../../src-main/detect/types.ts';
import type { FlowBatch, FlowEventBatch } from '../../src-main/meter/flows/types.ts';
import { batchOf, eventsOf, ordinaryFlow, probe, type SyntheticFlow } from '../unit/detectors/synthetic.ts';

const ROUNDS = 5;
const BATCH = 65_536;
const MODEL = join(import.meta.dirname, '..', '..', 'resources', 'models', 'base.model');

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Least processor time of several runs, ms. */
function best(work: () => void): number {
  let least = Infinity;
  for (let i = 0; i < ROUNDS; i++) {
    const begin = cpuMs();
    work();
    least = Math.min(least, cpuMs() - begin);
  }
  return least;
}

function say(what: string, ms: number, rows: number): void {
  const each = (ms * 1000) / rows;
  const rate = Math.round(rows / ms).toLocaleString('en-US');
  process.stdout.write(`${what.padEnd(44)} ${each.toFixed(3).padStart(10)} µs/row ${rate.padStart(10)} k rows/s\n`);
}

interface Capture {
  events: FlowEventBatch[];
  batches: FlowBatch[];
  count: number;
}

function captureOf(flows: readonly SyntheticFlow[]): Capture {
  const events: FlowEventBatch[] = [];
  const batches: FlowBatch[] = [];
  for (let from = 0; from < flows.length; from += BATCH) {
    const part = flows.slice(from, from + BATCH);
    events.push(eventsOf(part));
    batches.push(batchOf(part));
  }
  return { events, batches, count: flows.length };
}

function observe(scorer: Scorer, { events, batches }: Capture): void {
  for (const [i, batch] of batches.entries()) scorer.observe(events[i]!, batch);
}

async function capture(name: string, made: Capture): Promise<Scorer> {
  const model = await loadModel(MODEL);
  const scorer = createScorer({ model, seed: 1, mode: 'offline' });
  let begin = cpuMs();
  observe(scorer, made);
  say(`${name}: context and sample (pass 1)`, cpuMs() - begin, made.count);
  begin = cpuMs();
  scorer.finish();
  process.stdout.write(`${`${name}: learning from the capture`.padEnd(44)} ${Math.round(cpuMs() - begin)} ms in all\n`);
  const ms = best(() => {
    for (const batch of made.batches) scorer.score(batch);
  });
  say(`${name}: all scores (pass 2)`, ms, made.count);
  return scorer;
}

function stages(scorer: Scorer, batch: FlowBatch): void {
  const { preparation, scaler, suite } = scorer.model;
  let matrix: FeatureMatrix | undefined;
  say(
    '  features',
    best(() => void (matrix = extractFeatures(batch))),
    batch.count,
  );
  const prepared = new Float32Array(batch.count * preparation.width);
  say(
    '  preparation',
    best(() => preparation.into(matrix!.data, batch.count, prepared)),
    batch.count,
  );
  const scaled = new Float32Array(prepared.length);
  say(
    '  scaling',
    best(() => scaler.apply(prepared, batch.count, scaled)),
    batch.count,
  );
  const raw = new Float64Array(batch.count);
  for (const { entry, detector } of suite.members) {
    say(
      `  ${entry.id}`,
      best(() => detector.raw(scaled, batch.count, raw)),
      batch.count,
    );
  }
  const width = preparation.width;
  for (const { entry, detector } of suite.members) {
    const row = scaled.slice(0, width);
    const ms = best(() => {
      for (let i = 0; i < 50; i++) detector.explainRow(row);
    });
    say(`  explanation by ${entry.id}`, ms, 50);
  }
  const ms = best(() => {
    for (let row = 0; row < 50; row++) explainFlow(scorer, batch, row);
  });
  say('  explanation of a flow, all together', ms, 50);
}

async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 500_000);
  process.stdout.write(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, ${count} flows\n`);
  const random = randomSource(3);
  const ordinary = captureOf(Array.from({ length: count }, (_, id) => ordinaryFlow(id, random)));
  const scorer = await capture('ordinary mix', ordinary);
  stages(scorer, ordinary.batches[0]!);
  const flood = Array.from({ length: count }, (_, id) => probe(id, 1_700_000_000 + id * 1e-4, id % 1000));
  await capture('flood', captureOf(flood));
}

await main();
