/**
 * `npm run evaluate`: runs `sonde evaluate` on the labelled records that lie beside the project (`../shared`, not part of
 * it) and writes the tables into docs/evaluation.md between their markers. `--only NAME` runs one of the sets and leaves the
 * tables of the others; `--seeds 1` is quicker; `--tables` makes the tables of the reports of the last run, in build/evaluate;
 * `--missing` goes on after a run that was interrupted: what has a report there is not run again. Takes some thirty minutes on
 * two processors.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { detectorTables, replaceBetween } from './lib/evaluation-tables.mjs';
import { ROOT } from './lib/project.mjs';
import { runMain, say, SetupError } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

const FLOWS = join(ROOT, '..', 'shared', 'data', 'flows');
const DOCUMENT = join(ROOT, 'docs', 'evaluation.md');
const RESULTS = join(ROOT, 'build', 'evaluate');
const MAIN = join(ROOT, 'src-main', 'run', 'cli', 'main.ts');

/** @param {string} day */
const zeek = (day) => join(`zeek-${day}-zeek-mixed`, 'conn.log.labeled');
const NSL = { train: join('nsl-kdd', 'KDDTrain+_20Percent.txt'), test: join('nsl-kdd', 'KDDTest+.txt') };
const KDD99 = { train: join('kdd99', 'kddcup.data_10_percent.gz'), test: join('kdd99', 'corrected.gz') };
const REGIMES = ['normal-only', 'contaminated', 'supervised'];

/** @type {readonly { name: string, title: string, train: string, test: string, regimes: string[], args?: string[] }[]} */
const SETS = [
  { name: 'nsl-kdd', title: 'NSL-KDD: 20 % training file → Test+', ...NSL, regimes: REGIMES },
  {
    name: 'kdd99',
    title: 'KDD Cup 99: 10 % training file → corrected, duplicates dropped',
    ...KDD99,
    regimes: ['normal-only', 'supervised'],
  },
  {
    name: 'kdd99-duplicates',
    title: 'KDD Cup 99: the same with duplicates kept',
    ...KDD99,
    regimes: ['normal-only', 'supervised'],
    args: ['--duplicates', 'keep'],
  },
  {
    name: 'zeek-008-010',
    title: 'Labelled Zeek days: 008 → 010',
    train: zeek('008'),
    test: zeek('010'),
    regimes: REGIMES,
  },
  {
    name: 'zeek-010-008',
    title: 'Labelled Zeek days: 010 → 008',
    train: zeek('010'),
    test: zeek('008'),
    regimes: REGIMES,
  },
];

/**
 * @param {string} node
 * @param {string[]} args
 * @returns {Promise<string>} what it printed
 */
function sonde(node, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [MAIN, 'evaluate', '--json', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    /** @type {Buffer[]} */
    const parts = [];
    child.stdout.on('data', (/** @type {Buffer} */ part) => parts.push(part));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(parts).toString('utf8'));
      else reject(new SetupError(`sonde evaluate ended with ${code}`, code ?? 1));
    });
  });
}

/**
 * @param {string} name
 * @returns {string | undefined}
 */
function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

await runMain(async () => {
  if (!existsSync(FLOWS)) throw new SetupError(`there is nothing to evaluate on: ${FLOWS} does not exist`, 3);
  const only = option('--only');
  const seeds = option('--seeds') ?? '1,2,3';
  if (only !== undefined && !SETS.some(({ name }) => name === only)) {
    throw new SetupError(`no such set: ${only}; there is ${SETS.map(({ name }) => name).join(', ')}`, 2);
  }
  const node = await setUp({ bundle: false });
  mkdirSync(RESULTS, { recursive: true });
  let text = readFileSync(DOCUMENT, 'utf8');
  for (const { name, title, train, test, regimes, args = [] } of SETS) {
    if (only !== undefined && name !== only) continue;
    /** @type {import('./lib/evaluation-tables.mjs').Report[]} */
    const reports = [];
    for (const regime of regimes) {
      const kept = join(RESULTS, `${name}-${regime}.json`);
      const isKept = process.argv.includes('--missing') && existsSync(kept);
      if (!process.argv.includes('--tables') && !isKept) {
        say(`${title}: ${regime}`);
        const files = ['--train', join(FLOWS, train), '--test', join(FLOWS, test)];
        writeFileSync(kept, await sonde(node, [...files, '--regime', regime, '--seeds', seeds, ...args]));
      }
      if (!existsSync(kept)) continue;
      reports.push(
        /** @type {import('./lib/evaluation-tables.mjs').Report} */ (JSON.parse(readFileSync(kept, 'utf8'))),
      );
    }
    if (reports.length === 0) continue;
    text = replaceBetween(text, name, detectorTables(title, reports, cpus()[0]?.model ?? 'unknown processor'));
    writeFileSync(DOCUMENT, text);
  }
  say(`wrote ${DOCUMENT}; the reports are in ${RESULTS}`);
  return 0;
});
