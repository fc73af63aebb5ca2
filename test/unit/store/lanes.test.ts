import { expect, it } from 'vitest';
import { asLane, lane, LaneQueue } from '../../../src-main/keep/store/lanes.ts';

const all = (): boolean => true;

it('takes lanes in turn, and each in its order', () => {
  const queue = new LaneQueue<string>();
  for (const item of ['a1', 'a2', 'a3']) queue.push('a', item);
  queue.push('b', 'b1');
  queue.push('c', 'c1');
  expect(Array.from({ length: 6 }, () => queue.shift(all))).toEqual(['a1', 'b1', 'c1', 'a2', 'a3', undefined]);
});

it('passes over a lane that has enough', () => {
  const queue = new LaneQueue<string>();
  queue.push('a', 'a1');
  queue.push('b', 'b1');
  expect(queue.shift((name) => name !== 'a')).toBe('b1');
  expect(queue.shift((name) => name !== 'a')).toBeUndefined();
  expect(queue.remove('a', 'a1')).toBe(true);
  expect(queue.remove('a', 'a1')).toBe(false);
  expect(queue.shift(all)).toBeUndefined();
});

it('knows whose work it is, also after waiting', async () => {
  expect(lane()).toBe('');
  const told = await asLane('ann', async () => {
    await Promise.resolve();
    return lane();
  });
  expect(told).toBe('ann');
  expect(lane()).toBe('');
});
