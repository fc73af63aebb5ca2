import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const MODULE = pathToFileURL(resolve(import.meta.dirname, '../../../src-main/run/pipeline/young-generation.ts')).href;

/** The largest new space of a process whose objects live longer than one collection, MiB. */
function largest(isBounded: boolean): number {
  const program = `
    const { boundMainThread, newSpace } = await import(${JSON.stringify(MODULE)});
    if (${isBounded}) boundMainThread();
    const kept = [];
    let most = 0;
    for (let round = 0; round < 120; round++) {
      const from = (round % 5) * 20_000;
      for (let i = from; i < from + 20_000; i++) kept[i] = { round, i, list: [i] };
      // Long enough that the space is looked at after each round, however busy the machine is.
      await new Promise((done) => setTimeout(done, 25));
      most = Math.max(most, newSpace());
    }
    console.log(most / 1024 ** 2);
  `;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }));
}

it('the space where objects begin stays half of what V8 would take', () => {
  const bounded = largest(true);
  expect(bounded).toBeLessThan(largest(false));
  expect(bounded).toBeLessThanOrEqual(17);
});
