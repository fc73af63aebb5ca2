/** What a fleet tells is what one process tells of the merged capture, whoever of its workers does what. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Incident } from '../../../src-shared/domain/report.ts';
import { MemoryBroker, MemoryTransport } from '../../../src-main/run/fleet/transport/memory.ts';
import type { FleetIncident } from '../../../src-main/run/fleet/worker/tell.ts';
import type { WorkerEvent } from '../../../src-main/run/fleet/worker/events.ts';
import { Worker } from '../../../src-main/run/fleet/worker/worker.ts';
import { triage } from '../../../src-main/run/pipeline/triage.ts';
import { schemaFaults } from '../serve/desk-client.ts';
import { busyOffice, makeFleet, send, toldBy, type Fleet } from '../../setup/fleet-kit.ts';

const SLOW = 600_000;
const SHARDS = 4;
const GROUP = 'test';

let fleet: Fleet;
let expected: Incident[];

beforeAll(async () => {
  fleet = makeFleet(busyOffice(7), 3);
  const alone = await triage({ files: [fleet.whole], seed: 1, threads: 1, causal: true });
  expected = alone.report.incidents;
  alone.close();
}, SLOW);

afterAll(() => fleet.remove());

interface Crew {
  events: WorkerEvent[];
  done: Promise<void>;
}

function crew(transport: MemoryTransport, count: number, signal = new AbortController().signal): Crew {
  const events: WorkerEvent[] = [];
  const done = Array.from({ length: count }, (_, i) =>
    new Worker({
      name: `worker-${i}`,
      group: GROUP,
      transport,
      keys: fleet.keys,
      shards: SHARDS,
      patienceMs: 120_000,
      seed: 1,
      signal,
      once: true,
      onEvent: (event) => void events.push(event),
    }).run(),
  );
  return { events, done: Promise.all(done).then(() => undefined) };
}

const sorted = (incidents: readonly (Incident | FleetIncident)[]): string[] =>
  incidents.map(({ kind, uid }) => `${kind} ${uid}`).sort();

describe('a fleet of three sensors', () => {
  it.each([1, 2, 4])(
    'with %i workers',
    async (workers) => {
      const transport = new MemoryTransport(new MemoryBroker());
      const { events, done } = crew(transport, workers);
      await Promise.all(fleet.sensors.map((_, i) => send(fleet, i, transport, SHARDS)));
      await done;
      const told = await toldBy(transport, GROUP);
      expect(expected.length).toBeGreaterThan(10);
      expect(sorted(told)).toEqual(sorted(expected));
      // On a machine that is busy enough a role may pass on: nobody sees it from what is told.
      expect(events.some(({ event }) => event === 'complete')).toBe(true);
      for (const event of events) expect(schemaFaults('sonde.worker-1', event)).toBeNull();
    },
    SLOW,
  );

  it(
    'tells of an incident what one process tells of it, and who saw it',
    async () => {
      const transport = new MemoryTransport(new MemoryBroker());
      const { done } = crew(transport, 1);
      await Promise.all(fleet.sensors.map((_, i) => send(fleet, i, transport, SHARDS)));
      await done;
      const told = new Map((await toldBy(transport, GROUP)).map((incident) => [incident.uid, incident]));
      for (const { uid, kind, title, severity, firstTs, decidedTs, lastTs, flows, sourcesTotal } of expected) {
        expect(told.get(uid)).toMatchObject({ kind, title, severity, firstTs, decidedTs, lastTs, flows, sourcesTotal });
      }
      // A sweep of many hosts lies on all links, and is one incident.
      const sweep = [...told.values()].find(({ kind }) => kind === 'host-sweep');
      expect(sweep?.sensors).toEqual(fleet.sensors);
    },
    SLOW,
  );

  it(
    'in whatever order the sensors send',
    async () => {
      const transport = new MemoryTransport(new MemoryBroker());
      const { done } = crew(transport, 1);
      for (const i of [2, 0, 1]) await send(fleet, i, transport, SHARDS);
      await done;
      expect(sorted(await toldBy(transport, GROUP))).toEqual(sorted(expected));
    },
    SLOW,
  );
});
