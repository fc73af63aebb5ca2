/** Workers of a group: who has the role, what passes from one to the other, and by which model they score. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SondeError } from '../../../src-shared/errors.ts';
import { names } from '../../../src-main/run/fleet/names.ts';
import { MemoryBroker, MemoryTransport } from '../../../src-main/run/fleet/transport/memory.ts';
import type { Transport } from '../../../src-main/run/fleet/types.ts';
import { rollOut } from '../../../src-main/run/fleet/worker/models.ts';
import type { WorkerEvent } from '../../../src-main/run/fleet/worker/events.ts';
import { Worker } from '../../../src-main/run/fleet/worker/worker.ts';
import { loadScoringModel } from '../../../src-main/run/pipeline/model.ts';
import type { NamedModel } from '../../../src-main/run/pipeline/triage-types.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { attackOnly } from '../../generator/scenario.ts';
import { makeFleet, send, toldBy, type Fleet } from '../../setup/fleet-kit.ts';

const SLOW = 600_000;
const SHARDS = 2;
const GROUP = 'test';

let fleet: Fleet;

beforeAll(() => {
  const attacks = ['port-scan/xmas:0.3', 'host-sweep:0.5', 'brute-force:0.5'];
  fleet = makeFleet(attackOnly({ seed: 5, hours: 0.2, format: 'pcap', attacks }).bytes, 2);
}, SLOW);

afterAll(() => fleet.remove());

interface Running {
  events: WorkerEvent[];
  done: Promise<void>;
  stop: AbortController;
}

interface Wanted {
  onEvent?: (event: WorkerEvent) => void;
  model?: NamedModel;
}

function begin(name: string, transport: Transport, { onEvent, model }: Wanted = {}): Running {
  const events: WorkerEvent[] = [];
  const stop = new AbortController();
  const done = new Worker({
    name,
    group: GROUP,
    transport,
    keys: fleet.keys,
    shards: SHARDS,
    patienceMs: 120_000,
    seed: 1,
    model,
    once: true,
    signal: stop.signal,
    onEvent: (event) => {
      events.push(event);
      onEvent?.(event);
    },
  }).run();
  return { events, done, stop };
}

/** A way to the broker that can be cut. */
function cuttable(transport: MemoryTransport): { transport: Transport; cut: (isCut: boolean) => void } {
  let isCut = false;
  const away = (): Promise<never> =>
    Promise.reject(new SondeError('connection-lost', 'the server is away', 'memory', 'Wait.'));
  const proxy = new Proxy(transport, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return isCut ? away : (value.bind(target) as unknown);
    },
  });
  return { transport: proxy, cut: (wanted) => void (isCut = wanted) };
}

const states = ({ events }: Running): string[] => events.flatMap((e) => (e.event === 'role' ? [e.state] : []));

async function told(transport: Transport): Promise<string[]> {
  return (await toldBy(transport, GROUP)).map(({ kind, uid }) => `${kind} ${uid}`).sort();
}

/** What one worker that nothing happens to tells. */
async function alone(): Promise<string[]> {
  const transport = new MemoryTransport(new MemoryBroker());
  for (const [i] of fleet.sensors.entries()) await send(fleet, i, transport, SHARDS);
  await begin('alone', transport).done;
  return told(transport);
}

describe('workers of a group', () => {
  it(
    'go on for one that was cut off, and it writes nothing more',
    async () => {
      const transport = new MemoryTransport(new MemoryBroker());
      const way = cuttable(transport);
      const onEvent = ({ event }: WorkerEvent): void => {
        if (event === 'incident') way.cut(true);
      };
      const first = begin('first', way.transport, { onEvent });
      await send(fleet, 0, transport, SHARDS);
      await send(fleet, 1, transport, SHARDS);
      while (!first.events.some(({ event }) => event === 'error')) await new Promise((next) => setTimeout(next, 20));
      const second = begin('second', transport);
      await second.done;
      way.cut(false);
      first.stop.abort();
      await first.done;
      expect(states(first)).toEqual(['taken']);
      expect(states(second).at(-1)).toBe('given-back');
      const found = await told(transport);
      expect(found.length).toBeGreaterThan(2);
      expect(found).toEqual(await alone());
    },
    SLOW,
  );

  it(
    'give the role back when they are stopped, with all they knew',
    async () => {
      const transport = new MemoryTransport(new MemoryBroker());
      await send(fleet, 0, transport, SHARDS);
      const first = begin('first', transport);
      while (states(first).length === 0) await new Promise((next) => setTimeout(next, 20));
      first.stop.abort();
      await first.done;
      await send(fleet, 1, transport, SHARDS);
      const second = begin('second', transport);
      await second.done;
      expect(states(first).at(-1)).toBe('given-back');
      expect(second.events.find(({ event }) => event === 'role')).toMatchObject({ state: 'taken', resumed: true });
      expect(await told(transport)).toEqual(await alone());
    },
    SLOW,
  );

  it(
    'score by the model that was rolled out, and by the one before where that is damaged',
    async () => {
      const transport = new MemoryTransport(new MemoryBroker());
      const hash = await rollOut(transport, GROUP, readFileSync(resourcePath('models', 'base.model')), 'base.model');
      for (const [i] of fleet.sensors.entries()) await send(fleet, i, transport, SHARDS);
      const first = begin('first', transport);
      await first.done;
      expect(first.events).toContainEqual({ event: 'model', name: hash.slice(0, 12), sha256: hash });
      await transport.put(names.model(GROUP), Buffer.from('0'.repeat(64)));
      const second = begin('second', transport, { model: await loadScoringModel(undefined) });
      await second.done;
      expect(second.events).toContainEqual(expect.objectContaining({ event: 'error', code: 'damaged-model' }));
      await expect(rollOut(transport, GROUP, Buffer.from('no model'), 'x')).rejects.toMatchObject({
        code: 'read-failed',
      });
    },
    SLOW,
  );
});

describe('batches that nobody signed', () => {
  it(
    'are counted, and change nothing',
    async () => {
      const transport = new MemoryTransport(new MemoryBroker());
      const stream = names.slices(0, fleet.sensors[0]!);
      await transport.publish(stream, [Buffer.from('nonsense'), Buffer.alloc(500)], 100);
      for (const [i] of fleet.sensors.entries()) await send(fleet, i, transport, SHARDS);
      // What one sensor signed counts in no stream of another.
      const [first] = await transport.read(new Map([[names.slices(1, fleet.sensors[1]!), '0']]), {
        most: 1,
        waitMs: 0,
      });
      await transport.publish(stream, [first!.body], 100);
      const worker = begin('worker', transport);
      await worker.done;
      const complete = worker.events.find(({ event }) => event === 'complete');
      expect(complete).toMatchObject({ refused: { truncated: 1, 'not-a-batch': 1, 'other-stream': 1 } });
      expect(await told(transport)).toEqual(await alone());
    },
    SLOW,
  );
});
