/** How sensors and workers of a fleet stand, as the desk tells it. */
import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FleetSensor, FleetWorker } from '../../../src-shared/contract/topics/fleet.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { Sensors } from '../../../src-main/run/fleet/follow/sensors.ts';
import { Workers } from '../../../src-main/run/fleet/follow/workers.ts';
import { names } from '../../../src-main/run/fleet/names.ts';
import { MemoryBroker, MemoryTransport } from '../../../src-main/run/fleet/transport/memory.ts';
import type { SensorHealth } from '../../../src-main/run/fleet/types.ts';
import { sealHealth } from '../../../src-main/run/fleet/wire/health.ts';
import { health, standing, tellWorker, workerHealth } from './desk-kit.ts';

const GROUP = 'main';
const ROLE = names.correlatorRole(GROUP);
const pairs = { berlin: generateKeyPairSync('ed25519'), paris: generateKeyPairSync('ed25519') };
const keys = new Map(Object.entries(pairs).map(([name, { publicKey }]) => [name, publicKey]));

let transport: MemoryTransport;
let sensors: Sensors;
let workers: Workers;
let now: number;

beforeEach(() => {
  transport = new MemoryTransport(new MemoryBroker());
  sensors = new Sensors(keys);
  workers = new Workers(GROUP);
  now = 1_000_500;
});

async function says(more: Partial<SensorHealth> = {}, key = pairs.berlin.privateKey): Promise<void> {
  await transport.put(names.health('berlin'), sealHealth(health('berlin', more), key), 60_000);
}

async function berlin(): Promise<FleetSensor> {
  await sensors.look(transport, now);
  await workers.look(transport, now);
  return sensors.states(workers.analysed(now), now)[0]!;
}

async function works(): Promise<FleetWorker[]> {
  await workers.look(transport, now);
  return workers.states(now);
}

describe('a sensor', () => {
  it('was never heard, or sends', async () => {
    expect(await berlin()).toMatchObject({ name: 'berlin', state: 'unheard', heard: null, health: null });
    await says();
    expect(await berlin()).toMatchObject({
      state: 'well',
      heard: 1_000_000,
      lag: { packets: null, wall: 1 },
      health: { packetsPerSecond: 120, flowsPerSecond: null, dropped: 0, interface: 'eth0', version: '0.1.0' },
    });
  });

  it('tells rates between what it said, by its own clock', async () => {
    await says();
    await berlin();
    now += 2000;
    await says({ at: 1_002_000, flows: 400 });
    const seen = await berlin();
    expect(seen.health?.flowsPerSecond).toBe(50);
    expect(seen.heard).toBe(now);
  });

  it('loses while its losses grow, and for half a minute', async () => {
    await says({ dropped: 7 });
    expect((await berlin()).state).toBe('well');
    now += 2000;
    await says({ at: 1_002_000, dropped: 9 });
    expect((await berlin()).state).toBe('losing');
    now += 29_000;
    await says({ at: 1_031_000, dropped: 9 });
    expect((await berlin()).state).toBe('losing');
    now += 2000;
    await says({ at: 1_033_000, dropped: 9 });
    expect((await berlin()).state).toBe('well');
  });

  it('is silent when it says nothing new, or its words are gone', async () => {
    await says();
    await berlin();
    now += 10_000;
    expect(await berlin()).toMatchObject({ state: 'silent', heard: 1_000_000, health: { version: '0.1.0' } });
    await transport.drop(names.health('berlin'));
    expect((await berlin()).state).toBe('silent');
  });

  it('is not believed where another has signed, or nobody', async () => {
    await says();
    await berlin();
    await says({ at: 1_002_000, packets: 1 }, pairs.paris.privateKey);
    expect(await berlin()).toMatchObject({ state: 'refused', health: { packets: 5000 } });
    await transport.put(names.health('berlin'), Buffer.from('nonsense'), 60_000);
    expect((await berlin()).state).toBe('refused');
    // What another sensor says of itself is not said of this one.
    const other = sealHealth(health('paris'), pairs.paris.privateKey);
    await transport.put(names.health('berlin'), other, 60_000);
    expect((await berlin()).state).toBe('refused');
    await says({ at: 1_004_000 });
    expect((await berlin()).state).toBe('well');
  });

  it('is left behind or has ended, as the worker says', async () => {
    await says();
    await tellWorker(
      transport,
      GROUP,
      workerHealth('w1', { sensors: [standing('berlin', { behind: true, late: 4 })] }),
    );
    expect(await berlin()).toMatchObject({ state: 'behind', standing: { late: 4 } });
    const ended = [standing('berlin', { ended: true, until: null, missing: 2 })];
    await tellWorker(transport, GROUP, workerHealth('w1', { at: 1_000_100, sensors: ended }));
    expect(await berlin()).toMatchObject({
      state: 'ended',
      lag: { packets: null, wall: null },
      standing: { missing: 2 },
    });
  });

  it.each([
    ['left behind', { behind: true }, 'behind'],
    ['ended', { ended: true, until: null }, 'ended'],
  ])('that sends is not %s by what a worker said before it fell silent', async (_name, more, said) => {
    await says();
    const sensors = [standing('berlin', { ...more, late: 4 })];
    await tellWorker(transport, GROUP, workerHealth('w1', { at: now - 9000, sensors }));
    expect((await berlin()).state).toBe(said);
    now += 2000;
    await says({ at: 1_002_000 });
    // The worker was heard 11 seconds ago, the sensor now.
    expect(await berlin()).toMatchObject({ state: 'well', standing: { late: 4 } });
    // Where neither says anything new, what was said last stays.
    now += 20_000;
    expect((await berlin()).state).toBe(said === 'ended' ? 'ended' : 'silent');
  });

  it('is as far ahead of the analysis as something waits', async () => {
    await says({ until: 10_040 });
    const waits = [standing('berlin', { until: 10_000, waiting: 3 }), standing('paris', { until: 9980 })];
    await tellWorker(transport, GROUP, workerHealth('w1', { now: 998, sensors: waits }));
    expect((await berlin()).lag.packets).toBeCloseTo(6);
    // A link without packets is not behind: its time has passed all the same.
    const idle = [standing('berlin', { until: 10_040 }), standing('paris', { until: 10_040 })];
    await tellWorker(transport, GROUP, workerHealth('w1', { at: 1_000_200, now: 500, sensors: idle }));
    expect((await berlin()).lag.packets).toBeCloseTo(0);
  });
});

describe('a sensor that reads files', () => {
  it('is behind no clock, nor behind an analysis of another time', async () => {
    await says({ replay: true, until: 10_040 });
    const waits = [standing('berlin', { until: 10_000, waiting: 3 })];
    await tellWorker(transport, GROUP, workerHealth('w1', { now: 998, sensors: waits }));
    expect(await berlin()).toMatchObject({ health: { replay: true }, lag: { wall: null } });
    expect((await berlin()).lag.packets).toBeCloseTo(6);
    now += 1000;
    await says({ at: 1_001_000, replay: true, until: 2e10 });
    expect((await berlin()).lag).toEqual({ packets: null, wall: null });
  });

  it('makes no worker behind its clock, where all do', async () => {
    await says({ replay: true });
    await transport.takeLease(ROLE, 'w1', 60_000);
    const lagWith = async (at: number, of: string[]): Promise<number | null | undefined> => {
      const waitedFor = of.map((name) => standing(name, { until: 9990 }));
      await tellWorker(transport, GROUP, workerHealth('w1', { at, now: 998, sensors: waitedFor }));
      await sensors.look(transport, now);
      await workers.look(transport, now);
      return workers.states(now, sensors.replaying())[0]?.lag.wall;
    };
    expect(await lagWith(1_000_000, ['berlin'])).toBeNull();
    expect(await lagWith(1_001_000, ['berlin', 'paris'])).toBeCloseTo(2);
  });

  it.each([{ packetsPerSecond: 1e308 }, { at: 9e15 }, { flows: 1.5 }, { packets: 1e308 }])(
    'is not believed where it says %o, though its key has signed it',
    async (more) => {
      await says(more);
      expect((await berlin()).state).toBe('refused');
    },
  );
});

describe('workers', () => {
  it('work by their lease, stand by or are silent', async () => {
    await transport.takeLease(ROLE, 'w1', 60_000);
    await tellWorker(transport, GROUP, workerHealth('w1', { sensors: [standing('berlin', { until: 10_000 })] }));
    await tellWorker(transport, GROUP, workerHealth('w2', { standby: true, now: 0, model: null }));
    await tellWorker(transport, GROUP, workerHealth('old', { at: 900_000 }));
    await transport.putField(names.workers(GROUP), '(complete)', Buffer.from('1'));
    await transport.putField(names.workers(GROUP), 'w9', Buffer.from('nonsense'));
    const found = await works();
    expect(found.map(({ name, state, lease }) => [name, state, lease])).toEqual([
      ['w1', 'works', ROLE],
      ['w2', 'stands-by', null],
      ['old', 'silent', null],
    ]);
    expect(found[0]).toMatchObject({ model: 'ab'.repeat(32), lag: { packets: 0, wall: 0 }, flows: 600 });
    expect(found[1]).toMatchObject({ model: null, lag: { packets: null, wall: null } });
    expect(workers.refused).toBe(1);
    expect(workers.figures()).toEqual({ packets: 10_000, flows: 600, now: 998 });
  });

  it('are forgotten a day after they were heard', async () => {
    await tellWorker(transport, GROUP, workerHealth('w1'));
    expect(await works()).toHaveLength(1);
    now += 86_399_000;
    expect((await works()).map(({ state }) => state)).toEqual(['silent']);
    now += 1000;
    expect(await works()).toEqual([]);
  });

  it('that are not to be asked who has the role are told apart by what they say', async () => {
    await tellWorker(transport, GROUP, workerHealth('w1'));
    await tellWorker(transport, GROUP, workerHealth('w2', { standby: true }));
    const refuse = (): Promise<never> =>
      Promise.reject(new SondeError('not-permitted', 'Redis refuses: NOPERM', 'redis', 'Compare.'));
    await workers.look({ fields: (table) => transport.fields(table), holderOf: refuse }, now);
    expect(workers.states(now).map(({ name, state }) => [name, state])).toEqual([
      ['w1', 'works'],
      ['w2', 'stands-by'],
    ]);
  });
});
