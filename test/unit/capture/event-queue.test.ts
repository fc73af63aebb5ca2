import { expect, it } from 'vitest';
import { EventQueue, QUEUE_BATCHES } from '../../../src-main/meter/capture/event-queue.ts';
import type { CaptureEvent } from '../../../src-main/meter/capture/types.ts';
import { makePacketBatch } from '../../../src-main/meter/packets/types.ts';

const packets = (count: number): CaptureEvent => ({
  kind: 'packets',
  batch: { ...makePacketBatch(new Uint8Array(0), 1), count },
});
const stopped: CaptureEvent = { kind: 'end', reason: 'stopped', error: null };

it('gives events in order, whether they come before or after they are asked for', async () => {
  const queue = new EventQueue(() => undefined);
  const [first, second] = [packets(3), packets(4)];
  queue.push(first);
  expect(queue.packets).toBe(3);
  expect(await queue.next()).toBe(first);
  expect(queue.packets).toBe(0);
  const later = queue.next();
  queue.push(second);
  expect(await later).toBe(second);
});

it('is full at its bound, and says when there is room again', async () => {
  let room = 0;
  const queue = new EventQueue(() => room++);
  for (let i = 0; i < QUEUE_BATCHES; i++) queue.push(packets(1));
  expect(queue.full).toBe(true);
  await queue.next();
  expect([queue.full, room, queue.packets]).toEqual([false, 1, QUEUE_BATCHES - 1]);
  await queue.next();
  expect(room).toBe(1);
});

it('asks for no more while it is fuller than its bound', async () => {
  let room = 0;
  const queue = new EventQueue(() => room++);
  for (let i = 0; i < QUEUE_BATCHES + 5; i++) queue.push(packets(1));
  for (let i = 0; i < 5; i++) await queue.next();
  expect([queue.full, room]).toEqual([true, 0]);
  await queue.next();
  expect([queue.full, room]).toEqual([false, 1]);
});

it('takes nothing after the end, and then gives null for ever', async () => {
  const queue = new EventQueue(() => undefined);
  queue.push(stopped);
  queue.push(packets(1));
  expect(await queue.next()).toBe(stopped);
  expect(await queue.next()).toBeNull();
  expect(await queue.next()).toBeNull();
});
