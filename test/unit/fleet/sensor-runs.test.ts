/** Runs of a sensor only rise, whatever its clock says: workers pass over what is lower than they know. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { names } from '../../../src-main/run/fleet/names.ts';
import { keepRun, nextRun, type NewRun, type RunOptions } from '../../../src-main/run/fleet/sensor/runs.ts';
import { MemoryBroker, MemoryTransport } from '../../../src-main/run/fleet/transport/memory.ts';
import { sealBatch } from '../../../src-main/run/fleet/wire/seal.ts';
import { HEAD, KEYS } from './wire-batches.ts';
import { makeRows } from '../../../src-main/run/fleet/wire/rows.ts';

const NOW = 1_795_000_000_000;
let folder: string;
let broker: MemoryBroker;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-runs-'));
  broker = new MemoryBroker();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function next(more: Partial<RunOptions> = {}): Promise<NewRun> {
  const transport = new MemoryTransport(broker);
  const own = { sensor: 'berlin', shards: 2, key: KEYS.privateKey, transport, asked: undefined };
  return nextRun({ ...own, folder, now: () => NOW, ...more });
}

async function sent(run: number, shard = 0, key = KEYS.privateKey): Promise<void> {
  const body = { hosts: Uint32Array.from([0, 0, 0, 0]), rows: makeRows() };
  const sealed = sealBatch({ ...HEAD, run, shard, shards: 2 }, body, key, { withPayload: false });
  await new MemoryTransport(broker).publish(names.slices(shard, 'berlin'), [sealed], 100);
}

it('are numbered by the clock', async () => {
  expect(await next()).toEqual({ run: NOW, isClockBehind: false });
  keepRun(folder, NOW - 5000);
  await sent(NOW - 5000);
  expect(await next()).toEqual({ run: NOW, isClockBehind: false });
});

it('rise also where the clock was set back, by what is kept beside the spool', async () => {
  keepRun(folder, NOW + 5000);
  expect(await next()).toEqual({ run: NOW + 5001, isClockBehind: true });
  keepRun(folder, NOW);
  expect(readFileSync(join(folder, 'last-run'), 'utf8')).toBe(`${NOW + 5000}\n`);
  // Also within the same millisecond.
  expect(await next({ now: () => NOW + 5000 })).toEqual({ run: NOW + 5001, isClockBehind: true });
});

it('rise by what any of its streams has, where there is no spool', async () => {
  await sent(NOW - 1, 0);
  await sent(NOW + 700, 1);
  expect(await next({ folder: undefined })).toEqual({ run: NOW + 701, isClockBehind: true });
});

it('are not raised by what somebody else has written', async () => {
  await sent(NOW + 700, 0, generateKeyPairSync('ed25519').privateKey);
  await new MemoryTransport(broker).publish(names.slices(1, 'berlin'), [Buffer.from('nonsense')], 100);
  for (const text of ['nonsense', '9'.repeat(16), '']) {
    writeFileSync(join(folder, 'last-run'), text);
    expect(await next()).toEqual({ run: NOW, isClockBehind: false });
  }
});

it('do not wait long for a server that is away', async () => {
  keepRun(folder, NOW + 9);
  broker.away = true;
  const began = performance.now();
  expect(await next()).toEqual({ run: NOW + 10, isClockBehind: true });
  expect(performance.now() - began).toBeLessThan(5000);
});

it('that are asked for have to be above the last', async () => {
  await sent(50);
  expect(await next({ asked: 51 })).toEqual({ run: 51, isClockBehind: false });
  await expect(next({ asked: 50 })).rejects.toMatchObject({
    code: 'bad-request',
    cure: expect.stringContaining('--run 51') as string,
  });
});
