/**
 * `npm test`: everything that must hold, from a fresh clone: set-up, checks, build, all tests. Every skipped test is
 * printed with its reason. The last line is `N passed, N failed`; checks, the build and forbidden skips count too.
 * With arguments (`npm test -- test/unit/meter`) vitest gets them, and only those tests run.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { ensureBundle } from './lib/bundle.mjs';
import { printCheck, runChecks } from './lib/checks.mjs';
import { foreground } from './lib/child.mjs';
import { ROOT } from './lib/project.mjs';
import { ensureRenderer } from './lib/renderer.mjs';
import { runMain, say } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';
import { isAllowed, readAllowed } from './lib/skips.mjs';

/** @typedef {import('./lib/tests-reporter.mjs').Summary} Summary */
/** @typedef {{ passed: number, failed: string[] }} Count */

/** What a process that outlives the tests may hold back of their output. */
const LAST_LINES_MS = 5000;

await runMain(async () => {
  const count = /** @type {Count} */ ({ passed: 0, failed: [] });
  try {
    await everything(count);
  } catch (error) {
    count.failed.push(error instanceof Error ? error.message : String(error));
  }
  const lines = count.failed.map((name) => `failed: ${name}\n`);
  process.stdout.write(`\n${lines.join('')}${count.passed} passed, ${count.failed.length} failed\n`);
  return count.failed.length > 0 ? 1 : 0;
});

/** @param {Count} count */
async function everything(count) {
  const node = await setUp({ native: true, tests: true, bundle: false });
  say('checking …');
  await runChecks(ROOT, node, (result) => {
    printCheck(result);
    add(count, result.ok, `check: ${result.name}`);
  });
  await buildAndCount(count);
  await runTests(node, count);
  if (process.env['CI'] && process.argv.length === 2) await benchmark(node);
}

/**
 * A minute of the benchmark, to be read and not judged: it depends on what else the machine does.
 * @param {string} node
 */
async function benchmark(node) {
  say('measuring …');
  const code = await foreground(node, [join('test', 'bench', 'main.ts'), '--minute'], { cwd: ROOT });
  if (code !== 0) say(`the benchmark ended with ${code}`);
}

/** @param {Count} count */
async function buildAndCount(count) {
  say('building …');
  try {
    await ensureBundle(ROOT, { force: true });
    await ensureRenderer(ROOT, { force: true });
    count.passed++;
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
    count.failed.push('build');
  }
}

/**
 * What needs the machine's clock runs one file after the other (vitest.config.ts, `whole`), and leaves a processor idle:
 * beside it, the rest.
 * @param {string} node
 * @param {Count} count
 */
async function runTests(node, count) {
  say('testing …');
  const asked = process.argv.slice(2);
  const runs = asked.length > 0 ? [asked] : [['--project=whole'], ['--project=parts', '--maxWorkers=1']];
  const folder = mkdtempSync(join(tmpdir(), 'sonde-test-'));
  try {
    const ended = await Promise.all(runs.map((args, i) => runVitest(node, args, folder, `summary-${i}.json`)));
    for (const { code, summary } of ended) {
      if (summary === null) count.failed.push(`vitest ended with ${code} and no summary`);
      else tally(summary, code, count);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} node
 * @param {string[]} asked
 * @param {string} folder
 * @param {string} name
 * @returns {Promise<{ code: number, summary: Summary | null }>}
 */
async function runVitest(node, asked, folder, name) {
  const summaryFile = join(folder, name);
  const reporter = join(ROOT, 'scripts', 'lib', 'tests-reporter.mjs');
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--reporter=default', `--reporter=${reporter}`, ...asked];
  const env = {
    // The tests start hundreds of programs and threads from source: each would strip and compile the same files again.
    NODE_COMPILE_CACHE: join(folder, 'code'),
    ...process.env,
    NO_COLOR: '1',
    SONDE_TEST_SUMMARY: summaryFile,
  };
  // Two runs print their lines between each other: through pipes, so that neither moves the cursor of a terminal.
  let printed = /** @type {Promise<unknown>} */ (Promise.resolve());
  const onSpawn = (/** @type {import('node:child_process').ChildProcess} */ child) => {
    printed = passOn(child);
  };
  const code = await foreground(node, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], onSpawn });
  await Promise.race([printed, setTimeout(LAST_LINES_MS)]);
  return { code, summary: existsSync(summaryFile) ? readSummary(summaryFile) : null };
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<unknown>} when all it printed has been passed on
 */
function passOn({ stdout, stderr }) {
  stdout?.pipe(process.stdout, { end: false });
  stderr?.pipe(process.stderr, { end: false });
  return Promise.all([stdout, stderr].map(async (stream) => stream && finished(stream)));
}

/**
 * @param {string} file
 * @returns {Summary}
 */
function readSummary(file) {
  return /** @type {Summary} */ (JSON.parse(readFileSync(file, 'utf8')));
}

/**
 * @param {Summary} summary
 * @param {number} code vitest's exit code
 * @param {Count} count
 */
function tally(summary, code, count) {
  const allowed = readAllowed(join(ROOT, 'test', 'allowed-skips.json'));
  count.passed += summary.passed;
  count.failed.push(...summary.failed, ...summary.errors);
  for (const skipped of summary.skipped) {
    process.stdout.write(`skipped: ${skipped.name}: ${skipped.reason || 'no reason given'}\n`);
    if (!isAllowed(skipped, allowed))
      count.failed.push(`a skip that test/allowed-skips.json does not list: ${skipped.name}`);
  }
  if (code !== 0 && count.failed.length === 0) count.failed.push(`vitest ended with ${code}`);
}

/**
 * @param {Count} count
 * @param {boolean} ok
 * @param {string} name
 */
function add(count, ok, name) {
  if (ok) count.passed++;
  else count.failed.push(name);
}
