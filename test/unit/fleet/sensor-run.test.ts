/** A sensor over the transport in memory: what arrives, whatever happens on the way. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
