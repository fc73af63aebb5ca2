import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleIsCurrent, cliEntry, ensureBundle } from '../../scripts/lib/bundle.mjs';
import { Tree } from './tree.ts';

const MAIN = `
import { Worker } from 'node:worker_threads';
import { workerUrl } from '../pipeline/workers.ts';
import { FROM_SOURCES, resourcePath } from '../paths.ts';
const { late } = await import('./late.ts');
const worker = new Worker(workerUrl('run/pipeline/echo.worker'));
worker.postMessage('ping');
worker.once('message', (answer: string) => {
  console.log(JSON.stringify({ answer, late, sources: FROM_SOURCES, resource: resourcePath('a.txt') }));
  void worker.terminate();
});`;

const FILES = {
  'src-main/run/cli/main.ts': MAIN,
  'src-main/run/cli/late.ts': `export const late: string = 'loaded';`,
  'src-main/run/pipeline/echo.worker.ts': `
import { parentPort } from 'node:worker_threads';
import { suffix } from '../../../src-shared/suffix.ts';
parentPort?.on('message', (text: string) => parentPort?.postMessage(text + suffix));`,
  'src-shared/suffix.ts': `export const suffix = ' pong';`,
};

let tree: Tree;
beforeAll(() => {
  tree = new Tree(FILES);
});
afterAll(() => tree.remove());

function run(entry: string): unknown {
  return JSON.parse(execFileSync(process.execPath, [entry], { encoding: 'utf8', cwd: '/' }));
}

it('starts workers and finds resources from the sources', () => {
  const resource = tree.path('resources', 'a.txt');
  expect(run(tree.path('src-main/run/cli/main.ts'))).toEqual({
    answer: 'ping pong',
    late: 'loaded',
    sources: true,
    resource,
  });
});

it('starts workers and finds resources from the bundles', async () => {
  expect(bundleIsCurrent(tree.root)).toBe(false);
  expect(await ensureBundle(tree.root)).toBe(true);
  const resource = tree.path('resources', 'a.txt');
  expect(run(cliEntry(tree.root))).toEqual({ answer: 'ping pong', late: 'loaded', sources: false, resource });
});

it('builds nothing while no source has changed', async () => {
  expect(await ensureBundle(tree.root)).toBe(false);
});

it('builds again for a change, a new time, a lost program, and a source that is gone', async () => {
  tree.write('src-shared/suffix.ts', `export const suffix = ' pang';`);
  expect(await ensureBundle(tree.root)).toBe(true);
  expect(run(cliEntry(tree.root))).toMatchObject({ answer: 'ping pang' });

  utimesSync(tree.path('src-shared/suffix.ts'), 1, 1);
  expect(await ensureBundle(tree.root)).toBe(true);

  rmSync(cliEntry(tree.root));
  expect(await ensureBundle(tree.root)).toBe(true);

  tree.write('src-main/run/pipeline/old.worker.ts', 'export {};');
  await ensureBundle(tree.root);
  expect(existsSync(tree.path('dist/src-main/run/pipeline/old.worker.js'))).toBe(true);
  rmSync(tree.path('src-main/run/pipeline/old.worker.ts'));
  expect(await ensureBundle(tree.root)).toBe(true);
  expect(existsSync(tree.path('dist/src-main/run/pipeline/old.worker.js'))).toBe(false);
});

it('leaves no half-written file behind', () => {
  const names = readdirSync(tree.path('dist'), { recursive: true }).map(String);
  expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

it('says which source does not build, and keeps the program that did', async () => {
  tree.write('src-main/run/cli/late.ts', `export const late = ;`);
  await expect(ensureBundle(tree.root)).rejects.toThrow(/the sources do not build[^]*late\.ts:1/);
  expect(run(cliEntry(tree.root))).toMatchObject({ late: 'loaded' });
  tree.write('src-main/run/cli/late.ts', FILES['src-main/run/cli/late.ts']);
});
