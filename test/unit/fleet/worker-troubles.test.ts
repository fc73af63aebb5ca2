/** What keeps a worker from its work is told once, when it changes, and now and then while it stays. */
import { expect, it } from 'vitest';
import type { WorkerEvent } from '../../../src-main/run/fleet/worker/events.ts';
import { Troubles } from '../../../src-main/run/fleet/worker/troubles.ts';

const away = { code: 'connection-lost', message: 'Redis cannot be reached: closed', cure: 'Look.' } as const;
const MINUTE = 60_000;

function begun() {
  const told: string[] = [];
  const clock = { now: 0 };
  const onEvent = (event: WorkerEvent): void => void ('message' in event && told.push(event.message));
  return { told, clock, troubles: new Troubles(onEvent, () => clock.now) };
}

it('says the same once, then after a minute, two, four, and at last each hour', () => {
  const { told, clock, troubles } = begun();
  const at: number[] = [];
  for (clock.now = 0; clock.now < 300 * MINUTE; clock.now += 500) {
    const before = told.length;
    troubles.met(away);
    if (told.length > before) at.push(clock.now / MINUTE);
  }
  expect(at).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
});

it('says what is different at once, and that it is over', () => {
  const { told, troubles } = begun();
  troubles.over();
  troubles.met(away);
  troubles.met(away);
  troubles.met({ ...away, message: 'Redis cannot be reached: ECONNREFUSED' });
  troubles.over();
  troubles.over();
  troubles.met(away);
  expect(told).toEqual([
    'Redis cannot be reached: closed',
    'Redis cannot be reached: ECONNREFUSED',
    'The server answers again: the work goes on.',
    'Redis cannot be reached: closed',
  ]);
});

it('says what to do where something in the server cannot be read', () => {
  const { told, troubles } = begun();
  troubles.met({ code: 'read-failed', message: 'sonde:state is too large', cure: 'Remove it.' });
  expect(told).toEqual(['sonde:state is too large. Remove it.']);
});
