/** Who saw an incident stays known, also when the numbers of its first flows are forgotten. */
import { expect, it } from 'vitest';
import { Site, type SiteOptions } from '../../../src-main/run/fleet/worker/site.ts';
import { seenBy, seenByMany } from '../../../src-renderer/lib/seen-by.ts';

const OPTIONS: SiteOptions = { seed: 1, sensors: ['rome', 'oslo', 'bern'], shards: 1, patienceMs: 1000, now: () => 0 };

/** A site whose merge knows of flows what it is told here. */
function site(knows: (flow: number) => string[]): Site {
  const made = new Site(OPTIONS);
  const sensorsOf = (flows: Iterable<number>): string[] => [...flows].flatMap(knows);
  Object.assign(made.timeline, { sensorsOf });
  return made;
}

it('adds up what its flows tell, in the order of the list of sensors', () => {
  const made = site((flow) => (flow === 1 ? ['bern'] : flow === 2 ? ['rome'] : []));
  expect(made.sensorsOf('u', [1])).toEqual(['bern']);
  expect(made.sensorsOf('u', [2])).toEqual(['rome', 'bern']);
  expect(made.sensorsOf('u', [])).toEqual(['rome', 'bern']);
  expect(made.sensorsOf('other', [])).toEqual([]);
});

it('goes on with the state of the worker', () => {
  const made = site(() => ['oslo']);
  made.sensorsOf('u', [1]);
  const moved = Site.restored(made.saved(), OPTIONS);
  expect(moved.sensorsOf('u', [])).toEqual(['oslo']);
});

it('is said in words', () => {
  expect(
    [undefined, [], ['a'], ['a', 'b', 'c'], Array.from({ length: 13 }, String)].map((each) => seenBy(each)),
  ).toEqual(['', '', 'seen by a', 'seen by three sensors', 'seen by 13 sensors']);
  expect([seenByMany(1), seenByMany(2)]).toEqual(['Seen by', 'Seen by two sensors']);
});
