/** A sensor over the transport in memory: what arrives, whatever happens on the way. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileRun } from '../../../src-main/run/fleet/sensor/file-run.ts';
import { Output } from '../../../src-main/run/fleet/sensor/output.ts';
import type { Publisher } from '../../../src-main/run/fleet/sensor/publisher.ts';
import type { Waiting } from '../../../src-main/run/fleet/spool/segment.ts';
import type { Spool } from '../../../src-main/run/fleet/spool/spool.ts';
import { names } from '../../../src-main/run/fleet/names.ts';
import type { SensorEvent } from '../../../src-main/run/fleet/sensor/events.ts';
import { runSensor, type SensorOptions } from '../../../src-main/run/fleet/sensor/sensor.ts';
import { MemoryBroker, MemoryTransport } from '../../../src-main/run/fleet/transport/memory.ts';
import { BEGINNING, ROW_LISTS, type SliceBatch } from '../../../src-main/run/fleet/types.ts';
import { openHealth } from '../../../src-main/run/fleet/wire/health.ts';
import { openBatch } from '../../../src-main/run/fleet/wire/seal.ts';
import { KEYS, office, withFile } from './wire-batches.ts';

const SLOW = 120_000;
const SHARDS = 3;
const CAPTURE = office(21);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-sensor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Told {
  events: SensorEvent[];
  isAllSent: boolean;
}

async function run(broker: MemoryBroker, file: string, more: Partial<SensorOptions> = {}): Promise<Told> {
  const events: SensorEvent[] = [];
  const options: SensorOptions = {
    name: 'berlin',
    key: KEYS.privateKey,
    transport: new MemoryTransport(broker),
    shards: SHARDS,
    retention: 100_000,
    withPayload: false,
    spool: { memory: 32 << 20, disk: 32 << 20 },
    source: { files: [file], speed: 'max' },
    onEvent: (event) => void events.push(event),
    signal: new AbortController().signal,
    ...more,
  };
  return { events, ...(await runSensor(options)) };
}

async function batchesOf(broker: MemoryBroker): Promise<SliceBatch[]> {
  const transport = new MemoryTransport(broker);
  const from = new Map(Array.from({ length: SHARDS }, (_, shard) => [names.slices(shard, 'berlin'), BEGINNING]));
  const entries = await transport.read(from, { most: 1e6, waitMs: 0 });
  return entries.map(({ body }) => openBatch(body, () => KEYS.publicKey));
}

/** Every row that arrived, by slice, list and place, as long as nothing came twice. */
function rows(batches: readonly SliceBatch[]): string[] {
  const all: string[] = [];
  for (const { slices } of batches) {
    for (const { number, cell, order, observations } of slices) {
      for (const list of ROW_LISTS) {
        for (const [row, place] of order[list].entries()) {
          const flow = list === 'flows' ? observations.flows.columns.id[row] : '';
          all.push(`${number} ${cell} ${list} ${place} ${flow}`);
        }
      }
    }
  }
  return all.sort();
}

const codes = (events: readonly SensorEvent[]): string[] =>
  events.flatMap((event) => (event.event === 'notice' ? [event.code] : []));

describe('a sensor of a file', () => {
  it(
    'publishes to every shard, in order, with a watermark that never goes back, and says its end',
    async () => {
      const broker = new MemoryBroker();
      const { events, isAllSent } = await withFile(CAPTURE, (file) => run(broker, file));
      expect(isAllSent).toBe(true);
      const batches = await batchesOf(broker);
      for (let shard = 0; shard < SHARDS; shard++) {
        const own = batches.filter((batch) => batch.shard === shard);
        expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, i) => i));
        expect(own.map(({ until }) => until)).toEqual(own.map(({ until }) => until).toSorted((a, b) => a - b));
        expect(own.map(({ end }) => end)).toEqual(own.map((_, i) => i === own.length - 1));
        for (const { until, slices } of own.slice(0, -1))
          for (const { cell } of slices) expect(cell).toBeLessThanOrEqual(until);
        for (const { cell } of own.at(-1)!.slices) expect(cell).toBeLessThan(own.at(-1)!.until);
      }
      const started = events.find((event) => event.event === 'started')!;
      expect(started).toMatchObject({ sensor: 'berlin', shards: SHARDS, server: 'memory' });
      const ended = events.at(-1)!;
      expect(ended).toMatchObject({ event: 'ended', reason: 'end-of-file' });
      const told = await new MemoryTransport(broker).get(names.health('berlin'));
      const health = openHealth(told!, () => KEYS.publicKey);
      expect(health.published.flows).toBe(health.flows);
      expect(health.flows).toBeGreaterThan(50);
    },
    SLOW,
  );

  it(
    'goes on where an earlier process of the same run ended, whatever had been sent',
    async () => {
      const whole = new MemoryBroker();
      await withFile(CAPTURE, async (file) => {
        await run(whole, file, { source: { files: [file], speed: 20 }, flushMs: 100 });
        const all = rows(await batchesOf(whole));
        for (const share of [0.2, 0.6, 0.95]) {
          const broker = new MemoryBroker();
          for (const [stream, entries] of whole.streams) {
            // Each stream had got to somewhere else.
            const some = Math.ceil(entries.length * share * (stream.includes(':1:') ? 0.7 : 1));
            const kept = Math.min(some, entries.length - 1);
            broker.streams.set(stream, entries.slice(0, kept));
          }
          for (let i = 0; i < 1e6; i++) broker.nextOffset();
          const { events } = await run(broker, file);
          expect(codes(events)).toContain('resumed');
          const batches = await batchesOf(broker);
          expect(rows(batches)).toEqual(all);
          for (let shard = 0; shard < SHARDS; shard++) {
            const own = batches.filter((batch) => batch.shard === shard);
            expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, i) => i));
          }
        }
        // And nothing where all of it had been sent.
        const { events } = await run(whole, file);
        expect(codes(events)).toEqual(['sent-before']);
        expect(rows(await batchesOf(whole))).toEqual(all);
      });
    },
    SLOW,
  );

  it(
    'never hides what it sent of a cell behind a batch without rows of the same cell',
    async () => {
      const sent: Waiting[] = [];
      await withFile(CAPTURE, async (file) => {
        const made: { output?: Output } = {};
        const run = await FileRun.open({ files: [file], speed: 'max' }, (...slice) => {
          made.output?.take(...slice);
          made.output?.flush();
        });
        const publisher = { add: (items: readonly Waiting[]) => void sent.push(...items) } as Publisher;
        const spool = { hasRoom: (): boolean => true } as unknown as Spool;
        const options = { sensor: 'berlin', run: 1, shards: SHARDS, key: KEYS.privateKey, withPayload: false };
        const cell = (): number => run.slicer.cell;
        made.output = new Output({ ...options, publisher, spool, cell }, run.source.meter.hosts);
        while (await run.next());
        run.finish();
        made.output.flush(true);
        await run.source.close();
      });
      const batches = sent.map(({ body }) => openBatch(body, () => KEYS.publicKey));
      let empty = 0;
      for (let shard = 0; shard < SHARDS; shard++) {
        const own = batches.filter((batch) => batch.shard === shard);
        expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, i) => i));
        for (const [i, batch] of own.slice(0, -1).entries()) {
          if (batch.slices.length > 0) continue;
          empty++;
          if (i > 0) expect(batch.until).toBeGreaterThan(own[i - 1]!.until);
        }
      }
      expect(empty).toBeGreaterThan(0);
    },
    SLOW,
  );

  it(
    'waits while the server is away, keeps what it read on disk when it is stopped, and sends it the next time',
    async () => {
      const whole = new MemoryBroker();
      const broker = new MemoryBroker();
      await withFile(CAPTURE, async (file) => {
        await run(whole, file);
        const spool = { folder, memory: 64 << 10, disk: 32 << 20 };
        const stop = new AbortController();
        const running = run(broker, file, { spool, signal: stop.signal, source: { files: [file], speed: 60 } });
        await wait(1500);
        broker.away = true;
        await wait(1500);
        expect(broker.streams.size).toBe(SHARDS);
        stop.abort();
        const first = await running;
        expect(first.isAllSent).toBe(false);
        expect(codes(first.events)).toContain('server-away');
        broker.away = false;
        await run(broker, file, { spool });
        expect(rows(await batchesOf(broker))).toEqual(rows(await batchesOf(whole)));
      });
    },
    SLOW,
  );

  it(
    'says that the server is away before anything was sent, and that it is back',
    async () => {
      const broker = new MemoryBroker();
      broker.away = true;
      await withFile(CAPTURE, async (file) => {
        const running = run(broker, file);
        await wait(700);
        broker.away = false;
        const { events, isAllSent } = await running;
        expect(isAllSent).toBe(true);
        expect(codes(events).slice(0, 2)).toEqual(['server-away', 'server-back']);
      });
    },
    SLOW,
  );

  it(
    'refuses a run before the one that it sent last, which workers would pass over',
    async () => {
      const broker = new MemoryBroker();
      await withFile(CAPTURE, async (file) => {
        await run(broker, file, { run: 7 });
        const all = rows(await batchesOf(broker));
        await expect(run(broker, file, { run: 6 })).rejects.toMatchObject({ message: expect.stringContaining('has sent run 7 already') as string, cure: expect.stringContaining('--run 8') as string }); // prettier-ignore
        expect(rows(await batchesOf(broker))).toEqual(all);
        await run(broker, file, { run: 8 });
        expect((await batchesOf(broker)).at(-1)?.run).toBe(8);
      });
    },
    SLOW,
  );

  it(
    'tells a server again what that has forgotten',
    async () => {
      const whole = new MemoryBroker();
      const broker = new MemoryBroker();
      await withFile(CAPTURE, async (file) => {
        await run(whole, file);
        const source = { files: [file], speed: 40 };
        const running = run(broker, file, { source });
        await wait(1500);
        broker.away = true;
        await wait(700);
        let forgotten = 0;
        for (const entries of broker.streams.values()) forgotten += entries.splice(-1, 1).length;
        expect(forgotten).toBe(SHARDS);
        broker.away = false;
        const { events } = await running;
        expect(codes(events)).toEqual(expect.arrayContaining(['server-away', 'server-back']));
        expect(rows(await batchesOf(broker))).toEqual(rows(await batchesOf(whole)));
      });
    },
    SLOW,
  );

  it(
    'counts what it loses when nothing more fits, and goes on',
    async () => {
      const broker = new MemoryBroker();
      broker.away = true;
      await withFile(CAPTURE, async (file) => {
        const stop = new AbortController();
        // Less room than for one batch.
        const spool = { memory: 1000, disk: 0 };
        const source = { files: [file], speed: 40 };
        setTimeout(() => (broker.away = false), 100);
        setTimeout(() => (broker.away = true), 800);
        const running = run(broker, file, { spool, source, signal: stop.signal });
        await wait(3500);
        stop.abort();
        const { events, isAllSent } = await running;
        expect(isAllSent).toBe(false);
        expect(codes(events)).toContain('spool-full');
        const ended = events.at(-1)!;
        expect(ended.event === 'ended' && ended.stats.spool.lostBatches).toBeGreaterThan(0);
      });
    },
    SLOW,
  );
});
