/**
 * Learning by labels, at the size people have: `npm run bench:lab [-- --minutes 10]`. A random forest of 100 trees on the 10 % file of
 * KDD Cup 99 (../shared, not part of the project), once encoded, each fit in a process of its own: wall and processor time of
 * the fit alone, and the peak of the whole process (reading and encoding among it). Beside ours the library of npm on the same
 * rows, few of them, since its time grows faster than they do; both are then judged by the same rows that neither saw. A fit is
 * ended after so many minutes by the clock.
 * `npm run study` tells what was measured here last.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RandomForest } from '../../src-main/detect/detectors/random-forest/detector.ts';
import { takeRows } from '../../src-main/detect/detectors/matrix/types.ts';
import { randomSource, sampleWithoutReplacement } from '../../src-main/detect/features/random.ts';
import { Encoder } from '../../src-main/detect/lab/encode.ts';
import { readTable } from '../../src-main/detect/lab/formats/registry.ts';
import { allRows } from '../../src-main/detect/lab/split.ts';
import type { FeatureMatrix } from '../../src-main/detect/types.ts';
import { thisMachine, today } from '../evaluate/study/machine.ts';
import { keepTraining, type Fitted, type Training } from '../evaluate/study/training.ts';

const TREES = 100;

const FILE = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'shared',
  'data',
  'flows',
  'kdd99',
  'kddcup.data_10_percent.gz',
);
const LIBRARY = 'ml-random-forest';
/** Rows by which both are judged. */
const JUDGED = 5000;
const STEPS = [500, 2000];

interface LibraryForest {
  train(rows: number[][], labels: number[]): void;
  predict(rows: number[][]): number[];
}

const rowsOf = ({ data, rows, features: { length } }: FeatureMatrix): number[][] =>
  Array.from({ length: rows }, (_, r) => Array.from(data.subarray(r * length, (r + 1) * length)));

/** Learns; how it then judges rows: 1 is an attack. */
async function fitted(
  by: string,
  matrix: FeatureMatrix,
  attack: Uint8Array,
): Promise<(matrix: FeatureMatrix) => number[]> {
  if (by === 'ours') {
    const forest = new RandomForest();
    forest.fit(matrix, 1, attack);
    return (other) => Array.from(forest.score(other), (share) => (share >= 0.5 ? 1 : 0));
  }
  const library = (await import(LIBRARY)) as { RandomForestClassifier: new (options: object) => LibraryForest };
  const maxFeatures = Math.round(Math.sqrt(matrix.features.length));
  const options = { seed: 1, nEstimators: TREES, maxFeatures, replacement: true, noOOB: true };
  const forest = new library.RandomForestClassifier(options);
  forest.train(rowsOf(matrix), [...attack]);
  return (other) => forest.predict(rowsOf(other));
}

function libraryVersion(): string {
  const path = createRequire(import.meta.url).resolve(LIBRARY);
  const folder = path.slice(0, path.lastIndexOf(LIBRARY) + LIBRARY.length);
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** One fit, in this process. `wanted` rows, 0: all. */
async function fitOne(by: string, wanted: number): Promise<Fitted> {
  const table = await readTable([FILE]);
  const all = allRows(table.rows);
  const encoded = Encoder.fit(table, all, { keepShortcuts: false }).encode(table, all);
  const count = wanted === 0 ? table.rows : wanted;
  // The file goes by time, and a flood fills much of it: rows are drawn.
  const drawn = wanted === 0 ? all : sampleWithoutReplacement(table.rows, count + JUDGED, randomSource(1));
  const [learned, judged] = [drawn.slice(0, count), drawn.slice(count)];
  const attackOf = (rows: Int32Array | Uint32Array): Uint8Array => Uint8Array.from(rows, (row) => table.attack[row]!);
  const matrix = wanted === 0 ? encoded : takeRows(encoded, Int32Array.from(learned));
  const [began, used] = [performance.now(), processorSeconds()];
  const judge = await fitted(by, matrix, attackOf(learned));
  const spent = { wallSeconds: (performance.now() - began) / 1000, processorSeconds: processorSeconds() - used };
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  const truth = attackOf(judged);
  const said = judged.length === 0 ? [] : judge(takeRows(encoded, Int32Array.from(judged)));
  const right = said.filter((label, i) => label === truth[i]).length;
  const accuracy = judged.length === 0 ? null : right / judged.length;
  return { rows: count, columns: matrix.features.length, ...spent, peakMiB, accuracy };
}

/** The same in a process of its own; null where it takes longer or has not memory enough. */
function fitApart(by: string, rows: number, minutes: number): Promise<Fitted | null> {
  return new Promise((resolve, reject) => {
    const args = ['--max-old-space-size=8192', import.meta.filename, '--one', by, '--rows', String(rows)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: minutes * 60_000 });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0 ? (JSON.parse(text) as Fitted) : null));
  });
}

function say(name: string, { rows, columns, accuracy, ...spent }: Fitted): void {
  const right = accuracy === null ? '' : `, ${(accuracy * 100).toFixed(2)} % of ${JUDGED} other rows right`;
  process.stdout.write(
    `${name.padEnd(23)} ${rows.toLocaleString('en').padStart(8)} × ${columns}: ${spent.wallSeconds.toFixed(1).padStart(7)} s, ` +
      `${spent.processorSeconds.toFixed(1)} s of processor time, peak ${spent.peakMiB.toLocaleString('en')} MiB${right}\n`,
  );
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { one: { type: 'string' }, rows: { type: 'string' }, minutes: { type: 'string', default: '10' } },
  });
  if (!existsSync(FILE)) {
    process.stderr.write(`there is nothing to learn from: ${FILE} does not exist\n`);
    return 3;
  }
  if (values.one !== undefined) {
    process.stdout.write(JSON.stringify(await fitOne(values.one, Number(values.rows ?? 0))));
    return 0;
  }
  const minutes = Number(values.minutes);
  const machine = thisMachine();
  const common = { day: today(), machine, load: loadavg()[0]!, trees: TREES, judged: JUDGED };
  const training: Training = { ...common, whole: 0, library: `${LIBRARY} ${libraryVersion()}`, minutes, fits: [] };
  const { processor, cores, memoryGiB, node } = machine;
  const load = training.load.toFixed(1);
  process.stdout.write(`${cores} × ${processor}, ${memoryGiB} GiB, Node ${node}, load ${load}; ${TREES} trees\n`);
  const run = async (by: 'ours' | 'library', rows: number): Promise<Fitted | null> => {
    const fitted = await fitApart(by, rows, minutes);
    training.fits.push({ by, rows: fitted?.rows ?? rows, fitted });
    const name = by === 'ours' ? 'ours' : training.library;
    if (fitted) say(name, fitted);
    else
      process.stdout.write(
        `${name}: not done with ${rows.toLocaleString('en')} rows in ${minutes} minutes and 8 GiB\n`,
      );
    return fitted;
  };
  training.whole = (await run('ours', 0))?.rows ?? 0;
  for (const rows of STEPS) {
    await run('ours', rows);
    if (!(await run('library', rows))) break;
  }
  keepTraining(training);
  return 0;
}

process.exitCode = await main();
