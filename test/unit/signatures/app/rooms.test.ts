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

  it('hold what was announced as it comes, and what was shown stays as it was', () => {
    const all = raw(Array.from({ length: 20_000 }, (_, i) => String.fromCharCode(i % 251)).join(''));
    const one = new Collector(15_000);
    one.expected = all.length;
    let shown = one.bytes();
    for (let at = 0; at < all.length; at += 700) {
      one.addOf(all, at, Math.min(all.length, at + 700));
      if (at === 700) shown = one.bytes();
    }
    expect([one.total, one.bytes().length]).toEqual([20_000, 15_000]);
    expect(latin(one.bytes())).toBe(latin(all.subarray(0, 15_000)));
    takeRoom(1024).fill(1);
    expect(latin(shown)).toBe(latin(all.subarray(0, 1400)));
  });
});
