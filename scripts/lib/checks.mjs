/** What `npm run check` and `npm test` check before any test runs. Each is one command that must exit 0. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { background } from './child.mjs';

/** One non-composite tsconfig a runtime; at a root of project references `tsc` would check nothing and exit 0. */
const TYPED = ['src-shared', 'src-main', 'src-renderer', 'test', 'scripts'];

/** @typedef {{ name: string, args: string[] }} Check */
/** @typedef {{ name: string, ok: boolean, output: string, ms: number }} CheckResult */

/**
 * @param {string} root
 * @returns {Check[]} args: for Node, from the project's root
 */
export function checks(root) {
  const types = TYPED.filter((folder) => hasSources(join(root, folder)));
  const bin = (/** @type {string} */ path) => join('node_modules', path);
  return [
    { name: 'format', args: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'] },
    ...types.map((folder) => ({ name: `types of ${folder}`, args: [bin('typescript/bin/tsc'), '-p', folder] })),
    { name: 'lint', args: [bin('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings', '--format=unix', '.'] },
    { name: 'boundaries', args: [join('scripts', 'boundaries.mjs')] },
    { name: 'words', args: [join('scripts', 'words.mjs')] },
  ];
}

/**
 * Two at a time: most of them use one processor.
 * @param {string} root
 * @param {string} node
 * @param {(result: CheckResult) => void} report called as each ends
 * @returns {Promise<CheckResult[]>}
 */
export async function runChecks(root, node, report) {
  const waiting = checks(root);
  /** @type {CheckResult[]} */
  const results = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const result = await runCheck(root, node, next);
      report(result);
      results.push(result);
    }
  };
  await Promise.all([work(), work()]);
  return results;
}

/**
 * @param {string} root
 * @param {string} node
 * @param {Check} check
 * @returns {Promise<CheckResult>}
 */
async function runCheck(root, node, { name, args }) {
  const began = Date.now();
  const { ok, output } = await background(node, args, { cwd: root, limitMs: 300_000 });
  return { name, ok, output, ms: Date.now() - began };
}

/** @param {CheckResult} result */
export function printCheck({ name, ok, output, ms }) {
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name} (${(ms / 1000).toFixed(1)} s)\n`);
  if (!ok) process.stdout.write(`${output.trimEnd()}\n`);
}

/**
 * The renderer's folder holds only its tsconfig until the desk is built.
 * @param {string} folder
 */
function hasSources(folder) {
  return readdirSync(folder, { recursive: true }).some((name) => /\.(tsx?|mjs)$/.test(String(name)));
}
