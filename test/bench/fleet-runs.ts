/** The runs of the fleet's benchmark: sensors and workers over a real server. */
import { names } from '../../src-main/run/fleet/names.ts';
import { RedisTransport } from '../../src-main/run/fleet/transport/redis.ts';
import { redisSettings } from '../../src-main/run/fleet/transport/settings.ts';
import type { WorkerHealth } from '../../src-main/run/fleet/worker/health.ts';
import type { RedisServer } from '../integration/fleet/transport-server.ts';
import type { Fleet } from '../setup/fleet-kit.ts';
import { memoryOf, Program, withServer, writeKeys } from './fleet-parts.ts';

/** How long lag is measured, and what of it is the start, seconds of the clock. */
const LAG_S = 20;
const SETTLED_S = 5;

export type Row = Record<string, number | string>;

export const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

/** The time that workers take from having the role to the end. */
function seconds(workers: readonly Program[]): number {
  const heard = (name: string): number[] =>
    workers.flatMap((w) => (w.event(name)?.['heard'] as number | undefined) ?? []);
  return (Math.max(...heard('complete')) - Math.min(...heard('role'))) / 1000;
}

async function take(
  server: RedisServer,
  name: string,
  groups: readonly [string, string][],
  flows: number,
): Promise<Row> {
  const workers = groups.map(
    ([group, list], i) =>
      new Program([
        'worker',
        '--consume',
        server.url,
        '--group',
        group,
        '--sensors',
        list,
        '--shards',
        '1',
        '--once',
        '--no-models',
        '--name',
        `w${i}`,
      ]),
  );
  await Promise.all(workers.map(({ ended }) => ended));
  const processor = workers.reduce((sum, one) => sum + one.processor, 0);
  const took = seconds(workers);
  return {
    run: name,
    seconds: round(took, 1),
    'flows/s': round(flows / took),
    'processor s': round(processor, 1),
    'flows/cpu s': round(flows / processor),
  };
}

/** Two sensors publish all of it, then workers take it in. */
export async function backlog(fleet: Fleet): Promise<{ rows: Row[]; memory: Row }> {
  const { keys, listOf } = writeKeys(fleet);
  return withServer(async (server) => {
    const before = await memoryOf(server);
    const began = performance.now();
    const sensors = fleet.parts.map(
      (file, i) =>
        new Program([
          'sensor',
          '--file',
          file,
          '--publish',
          server.url,
          '--name',
          fleet.sensors[i]!,
          '--key',
          keys[i]!,
          '--shards',
          '1',
        ]),
    );
    await Promise.all(sensors.map(({ ended }) => ended));
    const took = (performance.now() - began) / 1000;
    const sent = sensors.map(
      (one) => (one.event('ended')!['stats'] as { published: { flows: number; bytes: number } }).published,
    );
    const [flows, bytes] = [sent.reduce((n, one) => n + one.flows, 0), sent.reduce((n, one) => n + one.bytes, 0)];
    const used = (await memoryOf(server)) - before;
    const processor = sensors.reduce((sum, one) => sum + one.processor, 0);
    const rows: Row[] = [
      {
        run: 'two sensors',
        seconds: round(took, 1),
        'flows/s': round(flows / took),
        'processor s': round(processor, 1),
        'flows/cpu s': round(flows / processor),
      },
    ];
    const both = listOf([0, 1]);
    rows.push(await take(server, 'one worker', [['one', both]], flows));
    rows.push(
      await take(
        server,
        'two workers, one group',
        [
          ['two', both],
          ['two', both],
        ],
        flows,
      ),
    );
    rows.push(
      await take(
        server,
        'two groups, a worker each',
        [
          ['a', listOf([0])],
          ['b', listOf([1])],
        ],
        flows,
      ),
    );
    const memory = {
      flows,
      'bytes a flow': round(bytes / flows),
      'Redis bytes a flow': round(used / flows),
      'MiB a million flows (extrapolated)': round(((used / flows) * 1e6) / 2 ** 20),
    };
    return { rows, memory };
  });
}

/** One sensor at so many flows a second; how long after its packet passed a worker has told of it, seconds. */
export async function lag(fleet: Fleet, flows: number, span: number, rate: number): Promise<Row> {
  const { keys, listOf } = writeKeys(fleet);
  const speed = (rate * span) / flows;
  return withServer(async (server) => {
    const transport = new RedisTransport(await redisSettings(server.url, 'bench'));
    await transport.ready(10_000);
    const worker = new Program([
      'worker',
      '--consume',
      server.url,
      '--group',
      'lag',
      '--sensors',
      listOf([0]),
      '--shards',
      '1',
      '--no-models',
      '--name',
      'w',
    ]);
    while (!worker.event('role')) await new Promise((next) => setTimeout(next, 50));
    const sensor = new Program([
      'sensor',
      '--file',
      fleet.whole,
      '--publish',
      server.url,
      '--name',
      fleet.sensors[0]!,
      '--key',
      keys[0]!,
      '--shards',
      '1',
      '--speed',
      `${speed}`,
    ]);
    const samples = new Map<number, number>();
    const look = async (): Promise<void> => {
      const body = (await transport.fields(names.workers('lag'))).get('w');
      const started = sensor.event('started');
      if (!body || !started) return;
      const { at, now } = JSON.parse(Buffer.from(body).toString()) as WorkerHealth;
      const passed = (at - (started['heard'] as number)) / 1000;
      if (now > 0 && passed > SETTLED_S) samples.set(at, passed - (now - (started['run'] as number) / 1000) / speed);
    };
    const ended = sensor.ended.then(() => true);
    const until = performance.now() + LAG_S * 1000;
    while (performance.now() < until) {
      if (await Promise.race([ended, new Promise<false>((next) => setTimeout(() => next(false), 300))])) break;
      await look();
    }
    const processor = worker.processor;
    sensor.stop();
    worker.stop();
    await Promise.all([sensor.ended, worker.ended]);
    await transport.close();
    const all = [...samples.values()].sort((a, b) => a - b);
    const at = (share: number): number => round(all[Math.floor((all.length - 1) * share)] ?? NaN, 1);
    return {
      'flows/s': rate,
      speed: round(speed, 1),
      samples: all.length,
      'median s': at(0.5),
      'most s': at(1),
      'worker processor s': round(processor, 1),
    };
  });
}
