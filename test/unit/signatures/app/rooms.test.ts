import { describe, expect, it } from 'vitest';
import { ByteQueue, Collector } from '../../../../src-main/detect/signatures/app/bytes.ts';
import { giveRoom, takeRoom } from '../../../../src-main/detect/signatures/app/rooms.ts';
import { latin, raw } from './made.ts';

describe('rooms for bytes', () => {
  it('are as large as asked for, and used again once they were given back', () => {
    for (const size of [0, 1, 512, 513, 4096, 100_000]) expect(takeRoom(size).length).toBeGreaterThanOrEqual(size);
    const room = takeRoom(5000);
    expect(takeRoom(5000)).not.toBe(room);
    giveRoom(room);
    expect(takeRoom(8192)).toBe(room);
  });

  it('are no Buffers, whose slice() would be no copy', () => {
    for (const size of [1, 4096, 100_000]) {
      const room = takeRoom(size);
      room[0] = 1;
      const part = room.subarray(0, 1).slice();
      room[0] = 2;
      expect(part[0]).toBe(1);
    }
  });

  it('keep no more than some megabytes', () => {
    const rooms = Array.from({ length: 40 }, () => takeRoom(1 << 19));
    for (const room of rooms) giveRoom(room);
    const again = new Set(Array.from({ length: 40 }, () => takeRoom(1 << 19)));
    expect(rooms.filter((room) => again.has(room)).length).toBeLessThanOrEqual(16);
  });

  it('show what was written by their owner alone', () => {
    const first = new Collector(10_000);
    first.add(raw('secret'.repeat(100)));
    first.release();
    const next = new Collector(10_000);
    next.add(raw('a'));
    const before = next.bytes();
    next.add(raw('b'.repeat(2000)));
    expect([latin(before), latin(next.bytes())]).toEqual(['a', `a${'b'.repeat(2000)}`]);
    const queue = new ByteQueue();
    queue.push(raw('xyz'));
    queue.take(1);
    expect(latin(queue.view())).toBe('yz');
    queue.take(2);
    expect([queue.length, latin(queue.view())]).toEqual([0, '']);
  });
});
