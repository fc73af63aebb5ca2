/** What was too large is told once of a key, counted each time, and moves no cursor. */
import { expect, it } from 'vitest';
import { Refusals, tooLargeWords } from '../../../src-main/run/fleet/transport/refusals.ts';

it('is told of the first time, and counted', () => {
  const told: string[] = [];
  const refusals = new Refusals((key, one) => void told.push(tooLargeWords(key, one)));
  refusals.add('sonde:results:main', 'entry 5-0', 900);
  refusals.add('sonde:results:main', 'entry 6-0', 800);
  refusals.add('sonde:table:workers:main', 'a\u001b[2J\n', 0);
  const begin = 'Too large to be taken from the server, and passed over';
  const cure = 'Look who has rights in Redis, and remove it there.';
  expect(told).toEqual([
    `${begin}: sonde:results:main (entry 5-0, 900 bytes). ${cure}`,
    `${begin}: sonde:table:workers:main (a\ufffd[2J\ufffd). ${cure}`,
  ]);
  expect([...refusals.byKey]).toEqual([
    ['sonde:results:main', { part: 'entry 6-0', bytes: 800, times: 2 }],
    ['sonde:table:workers:main', { part: 'a\ufffd[2J\ufffd', bytes: 0, times: 1 }],
  ]);
});

it('is remembered of so many keys only', () => {
  const refusals = new Refusals();
  for (let i = 0; i < 1000; i++) refusals.add(`key${i}`, 'x'.repeat(10_000), i);
  expect(refusals.byKey.size).toBe(64);
  expect([...refusals.byKey.values()].every(({ part }) => part.length <= 128)).toBe(true);
});
