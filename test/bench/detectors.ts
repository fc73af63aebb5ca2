/**
 * What features, detectors and explanations cost a flow: `npm run bench:detectors [-- FLOWS]`. Processor time of this
 * process (other work on the machine counts less than in wall time), the best of five runs. Made-up flows of two kinds:
 * an ordinary mix, and a flood of single packets. Then all scores on two threads, by the clock and by processor time;
 * memory; and what the libraries take that stand behind two of the detectors. A benchmark, never a test.
 */
import { cpus } from 'node:os';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { IsolationForest } from 'ml-isolation-forest';
import { loadModel } from '../../src-main/detect/detectors/model-file.ts';
import { createScorer, type Scorer } from '../../src-main/detect/detectors/triage.ts';
import { explainFlow } from '../../src-main/detect/explain/index.ts';
import { extractFeatures } from '../../src-main/detect/features/extract.ts';
import { randomSource } from '../../src-main/detect/features/random.ts';
import type { FeatureMatrix } from '../../src-main/detect/types.ts';
import type { FlowBatch, FlowEventBatch } from '../../src-main/meter/flows/types.ts';
import { RandomForest } from '../../src-main/detect/detectors/random-forest/detector.ts';
import { scoreInParallel } from '../../src-main/run/pipeline/parallel-scoring.ts';
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
  say('  explanation of a flow, the mean of 50', ms, 50);
  // What an incident costs: it is explained by its most unusual flow, with TreeSHAP twice and sampled Shapley values.
  const { surprise, count } = scorer.score(batch);
  let odd = 0;
  for (let row = 1; row < count; row++) if (surprise[row]! > surprise[odd]!) odd = row;
  const one = best(() => void explainFlow(scorer, batch, odd));
  process.stdout.write(`${'  explanation of one incident'.padEnd(44)} ${one.toFixed(1)} ms\n`);
}

const peakMiB = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

interface Took {
  wall: number;
  cpu: number;
}

async function took(scorer: Scorer, batches: readonly FlowBatch[], threads: number): Promise<Took> {
  let [wall, cpu] = [Infinity, Infinity];
  for (let i = 0; i < ROUNDS; i++) {
    const [begin, used] = [performance.now(), cpuMs()];
    await scoreInParallel(scorer, batches, threads);
    wall = Math.min(wall, performance.now() - begin);
    cpu = Math.min(cpu, cpuMs() - used);
  }
  return { wall, cpu };
}

/**
 * All scores, from batches to arrays, on so many threads. Each further flow: from the difference of two runs, one four times
 * as long, so that what starting the threads costs is told by itself.
 */
async function parallel(name: string, { batches, count }: Capture, scorer: Scorer, threads: number): Promise<void> {
  const once = await took(scorer, batches, threads);
  const often = await took(scorer, [...batches, ...batches, ...batches, ...batches], threads);
  const [wall, cpu] = [often.wall - once.wall, often.cpu - once.cpu];
  say(`${name}, ${threads} threads, by the clock`, wall, count * 3);
  say(`${name}, ${threads} threads, processor time of all`, cpu, count * 3);
  const most = Math.round((count * 3 * threads) / cpu).toLocaleString('en-US');
  const start = Math.max(0, Math.round(once.cpu - cpu / 3));
  process.stdout.write(
    `${''.padEnd(44)} two processors to itself: ${most} k rows/s; starting the threads: ${start} ms of processor time\n`,
  );
}

/** Every fast detector of the model on every row, as if there were no cascade. */
function everyDetector(scorer: Scorer, batch: FlowBatch): void {
  const { preparation, scaler, suite } = scorer.model;
  const prepared = new Float32Array(batch.count * preparation.width);
  const scaled = new Float32Array(prepared.length);
  const raw = new Float64Array(batch.count);
  const ms = best(() => {
    preparation.into(extractFeatures(batch).data, batch.count, prepared);
    scaler.apply(prepared, batch.count, scaled);
    for (const { detector } of suite.members) detector.raw(scaled, batch.count, raw);
  });
  say('every detector on every row, features and all', ms, batch.count);
}

const versionOf = (name: string): string => {
  const from = createRequire(import.meta.url);
  const file = join(from.resolve(name).split(join('node_modules', name))[0]!, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
};

/** The library that grows our isolation forest, scoring by itself; trees on 256 rows each, as ours. */
function libraryForest(scorer: Scorer, batch: FlowBatch): void {
  const { preparation, scaler } = scorer.model;
  const { width } = preparation;
  const scaled = new Float32Array(batch.count * width);
  const prepared = new Float32Array(scaled.length);
  preparation.into(extractFeatures(batch).data, batch.count, prepared);
  scaler.apply(prepared, batch.count, scaled);
  const row = (r: number): number[] => Array.from(scaled.subarray(r * width, (r + 1) * width));
  const trees = Array.from({ length: 150 }, (_, tree) => {
    const one = new IsolationForest({ nEstimators: 1 });
    one.train(Array.from({ length: 256 }, (_unused, i) => row((tree * 256 + i) % batch.count)));
    return one;
  });
  const rows = Array.from({ length: 200 }, (_, r) => row(r));
  const ms = best(() => {
    for (const tree of trees) tree.predict(rows);
  });
  say(`  ml-isolation-forest ${versionOf('ml-isolation-forest')}, its own scoring`, ms, rows.length);
}

interface LibraryForest {
  train(rows: number[][], labels: number[]): void;
}

/** Learning by labels: ours, and the library's where it is installed, on the same few rows (it is slow). */
async function supervised(): Promise<void> {
  const [rows, columns] = [2000, 20];
  const random = randomSource(5);
  const data = Float32Array.from({ length: rows * columns }, () => random());
  const attack = Uint8Array.from({ length: rows }, (_, r) => (data[r * columns]! + data[r * columns + 1]! > 1 ? 1 : 0));
  const features = Array.from({ length: columns }, (_, j) => `f${j}`);
  const ours = best(() => new RandomForest().fit({ features, rows, data }, 1, attack));
  process.stdout.write(`random forest, 100 trees on ${rows} × ${columns}: ours ${Math.round(ours)} ms\n`);
  const name = 'ml-random-forest';
  const library = (await import(name).catch(() => undefined)) as
    { RandomForestClassifier: new (options: object) => LibraryForest } | undefined;
  if (!library) {
    process.stdout.write(`${name} is not installed: nothing to compare with\n`);
    return;
  }
  const matrix = Array.from({ length: rows }, (_, r) => Array.from(data.subarray(r * columns, (r + 1) * columns)));
  const begin = cpuMs();
  const options = { seed: 1, nEstimators: 100, maxFeatures: Math.round(Math.sqrt(columns)), replacement: true };
  new library.RandomForestClassifier(options).train(matrix, [...attack]);
  process.stdout.write(`${name} ${versionOf(name)}: ${Math.round(cpuMs() - begin)} ms\n`);
}

async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 500_000);
  process.stdout.write(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, ${count} flows\n`);
  const random = randomSource(3);
  const ordinary = captureOf(Array.from({ length: count }, (_, id) => ordinaryFlow(id, random)));
  const scorer = await capture('ordinary mix', ordinary);
  stages(scorer, ordinary.batches[0]!);
  everyDetector(scorer, ordinary.batches[0]!);
  await parallel('ordinary mix', ordinary, scorer, 2);
  libraryForest(scorer, ordinary.batches[0]!);
  const flood = Array.from({ length: count }, (_, id) => probe(id, 1_700_000_000 + id * 1e-4, id % 1000));
  const made = captureOf(flood);
  await parallel('flood', made, await capture('flood', made), 2);
  await supervised();
  process.stdout.write(`peak resident memory of all of it: ${peakMiB()} MiB\n`);
}

await main();
