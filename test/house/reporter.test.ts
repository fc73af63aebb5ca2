import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAllowed } from '../../scripts/lib/skips.mjs';
import type { Summary } from '../../scripts/lib/tests-reporter.mjs';
import { CHECKOUT } from './tree.ts';

function summaryOfFixtures(): Summary {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-summary-'));
  const file = join(folder, 'summary.json');
  const vitest = join(CHECKOUT, 'node_modules', 'vitest', 'vitest.mjs');
  const reporter = join(CHECKOUT, 'scripts', 'lib', 'tests-reporter.mjs');
  const fixtures = join(import.meta.dirname, 'fixtures');
  try {
    spawnSync(process.execPath, [vitest, 'run', '--root', fixtures, `--reporter=${reporter}`], {
      env: { PATH: process.env['PATH'], SONDE_TEST_SUMMARY: file },
    });
    return JSON.parse(readFileSync(file, 'utf8')) as Summary;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('counts every outcome, with the reason of each skip', () => {
  const { passed, failed, skipped, errors } = summaryOfFixtures();
  expect(passed).toBe(3);
  expect(failed).toEqual(['outcomes.fixture.ts > a suite > fails']);
  expect(skipped).toEqual([
    { name: 'outcomes.fixture.ts > a suite > skips silently', reason: '' },
    { name: 'outcomes.fixture.ts > a suite > is yet to come', reason: '' },
    { name: 'outcomes.fixture.ts > a suite > needs a file', reason: 'no such file' },
    { name: 'outcomes.fixture.ts > a suite for a machine > all of it', reason: 'no such machine' },
  ]);
  expect(errors).toEqual(['broken.fixture.ts: cannot be loaded']);
});

it('reads the committed list of allowed skips, and it is short', () => {
  expect(readAllowed(join(CHECKOUT, 'test', 'allowed-skips.json')).length).toBeLessThanOrEqual(18);
});
