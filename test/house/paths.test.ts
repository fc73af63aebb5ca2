import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { workerPath, workerUrl } from '../../src-main/run/pipeline/workers.ts';
import { appRoot, FROM_SOURCES, resourcePath, resourcesOf, rootAbove } from '../../src-main/run/paths.ts';

const checkout = join(import.meta.dirname, '..', '..');
const elsewhere = mkdtempSync(join(tmpdir(), 'an application '));
afterAll(() => rmSync(elsewhere, { recursive: true }));

it('finds the checkout from its sources', () => {
  expect(FROM_SOURCES).toBe(true);
  expect(appRoot()).toBe(checkout);
  expect(resourcePath('schemas', 'a.json')).toBe(join(checkout, 'resources', 'schemas', 'a.json'));
});

it("finds the root from any depth, past other packages' manifests", () => {
  const deep = join(elsewhere, 'dist', 'chunks');
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(elsewhere, 'package.json'), '{ "name": "sonde" }');
  writeFileSync(join(elsewhere, 'dist', 'package.json'), '{ "type": "module" }');
  expect(rootAbove(join(deep, 'a.js'))).toBe(elsewhere);
});

it('says so where there is none', () => {
  expect(() => rootAbove(tmpdir())).toThrow('does not lie within an installation of Sonde');
});

it('finds the resources beside the archive of a packaged application', () => {
  const packaged = join('/opt', 'Sonde', 'resources', 'app.asar');
  expect(resourcesOf(packaged)).toBe(join('/opt', 'Sonde', 'resources', 'resources'));
});

it('finds a worker among the sources, or among the bundles', () => {
  const sources = join(checkout, 'src-main', 'run', 'pipeline', 'meter.worker.ts');
  expect(fileURLToPath(workerUrl('run/pipeline/meter.worker'))).toBe(sources);
  expect(workerPath('/a', 'keep/store/owner.worker', false)).toBe(
    join('/a', 'dist', 'src-main', 'keep', 'store', 'owner.worker.js'),
  );
});
