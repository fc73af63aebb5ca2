/**
 * Nothing is lost and nothing is told twice, whoever is killed and when: a worker, a sensor, or the server itself (with its
 * append-only file), at random moments of a run.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { names } from '../../../src-main/run/fleet/names.ts';
import { publicText } from '../../../src-main/run/fleet/wire/keys.ts';
import { RedisTransport } from '../../../src-main/run/fleet/transport/redis.ts';
import { redisSettings } from '../../../src-main/run/fleet/transport/settings.ts';
import { triage } from '../../../src-main/run/pipeline/triage.ts';
import { busyOffice, hasRedis, makeFleet, toldBy, type Fleet } from '../../setup/fleet-kit.ts';
import { suiteNeeds } from '../../setup/skip.ts';

const SLOW = 600_000;
const CLI = join(import.meta.dirname, '../../../src-main/run/cli/main.ts');
const SHARDS = 2;
const GROUP = 'kill';
const WORKERS = 2;
/** Kills of one kind in this test; FLEET_KILLS sets another number. */
const KILLS = Number(process.env['FLEET_KILLS'] ?? 7);
/** A killed worker's work goes on within this, ms. */
const RESUMED_MS = 10_000;

/** The same numbers in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** A process that is started again as it was. */
class Program {
  lines: string[] = [];
  private child: ChildProcess | undefined;
  private readonly command: string;
  private readonly args: readonly string[];

  constructor(command: string, args: readonly string[]) {
    this.command = command;
    this.args = args;
  }

  start(): this {
    const child = spawn(this.command, this.args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.child = child;
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      this.lines.push(...parts);
    });
    return this;
  }

  get isRunning(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (!child || !this.isRunning) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async ended(): Promise<number | null> {
    const { child } = this;
    if (child && this.isRunning) await once(child, 'exit');
    return child?.exitCode ?? null;
  }

  events(name: string): Record<string, unknown>[] {
    const all = this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    return all.filter(({ event }) => event === name);
  }
}

suiteNeeds(hasRedis(), 'redis-server is not installed')('killed at random moments', () => {
  let fleet: Fleet;
  let expected: string[];
  let transport: RedisTransport;
  let redis: Program;
  let sensors: Program[];
  let workers: Program[];

  beforeAll(async () => {
    fleet = makeFleet(busyOffice(7), 3);
    const alone = await triage({ files: [fleet.whole], seed: 1, threads: 1, causal: true });
    expected = alone.report.incidents.map(({ kind, uid }) => `${kind} ${uid}`).sort();
    alone.close();
    await prepare();
  }, SLOW);

  afterAll(async () => {
    for (const one of [...sensors, ...workers]) await one.kill();
    await transport.close();
    await redis.kill();
    fleet.remove();
  });

  /** Files of keys, and the programs as they are started. */
  async function prepare(): Promise<void> {
    const { folder } = fleet;
    const port = await freePort();
    const url = `redis://127.0.0.1:${port}`;
    transport = new RedisTransport(await redisSettings(url, 'test'));
    mkdirSync(join(folder, 'redis'));
    const server = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', join(folder, 'redis'), '--save', ''];
    redis = new Program('redis-server', [...server, '--appendonly', 'yes', '--appendfsync', 'everysec']);
    const list = fleet.sensors.map((name, i) => ({ name, key: publicText(fleet.privateKeys[i]!) }));
    const listed = join(folder, 'sensors.json');
    writeFileSync(listed, JSON.stringify({ schema: 'sonde.sensors/1', sensors: list }));
    sensors = fleet.sensors.map((name, i) => {
      const key = join(folder, `${name}.pem`);
      writeFileSync(key, fleet.privateKeys[i]!.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
      const to = ['--publish', url, '--name', name, '--key', key, '--shards', `${SHARDS}`, '--json', '--with-payload'];
      // 12 minutes of packets in less than half a minute, anew after each kill.
      return new Program(process.execPath, [CLI, 'sensor', '--file', fleet.parts[i]!, ...to, '--speed', '30']);
    });
    workers = Array.from({ length: WORKERS }, (_, i) => {
      const from = ['--consume', url, '--group', GROUP, '--sensors', listed, '--shards', `${SHARDS}`];
      const how = ['--name', `worker-${i}`, '--no-models', '--patience', '600', '--once', '--json'];
      return new Program(process.execPath, [CLI, 'worker', ...from, ...how]);
    });
  }

  const taken = (): Record<string, unknown>[] =>
    workers.flatMap((worker) => worker.events('role')).filter(({ state }) => state === 'taken');

  /** The worker that has the site's role, as the server knows it; the others stand by. */
  async function holder(): Promise<Program | undefined> {
    const name = await transport.holderOf(names.correlatorRole(GROUP)).catch(() => undefined);
    return workers.find((_, i) => name === `worker-${i}`);
  }

  async function hasState(): Promise<boolean> {
    const saved = await transport.load(names.correlatorRole(GROUP)).catch(() => undefined);
    return saved?.state !== undefined;
  }

  it(
    `${3 * KILLS} times: the incidents are those of one process`,
    async () => {
      const next = random(1);
      const resumedMs: number[] = [];
      redis.start();
      await transport.ready(RESUMED_MS);
      for (const one of [...sensors, ...workers]) one.start();
      let killed = 0;
      for (let i = 0; i < 3 * KILLS; i++) {
        while ((await holder()) === undefined || !(await hasState())) await wait(100);
        await wait(200 + next() * 1300);
        const working = await holder();
        // Of the workers the one that works: somebody has to go on. Of the sensors one that has more to send.
        const sending = sensors.filter(({ isRunning }) => isRunning);
        const some = [working ? [working] : workers, sending, [redis]][i % 3]!;
        const one = some[Math.floor(next() * some.length)]!;
        const [isWorking, before] = [one === working, taken().length];
        if (one.isRunning) killed++;
        await one.kill();
        const at = performance.now();
        one.start();
        if (!isWorking) continue;
        while (taken().length === before) await wait(50);
        resumedMs.push(performance.now() - at);
      }
      expect(killed).toBe(3 * KILLS);
      for (const sensor of sensors) expect(await sensor.ended()).toBe(0);
      for (const worker of workers) await worker.ended();
      const told = await toldBy(transport, GROUP);
      expect(told.map(({ kind, uid }) => `${kind} ${uid}`).sort()).toEqual(expected);
      expect(taken().some(({ resumed }) => resumed)).toBe(true);
      expect(resumedMs.length).toBeGreaterThan(0);
      for (const ms of resumedMs) expect(ms).toBeLessThan(RESUMED_MS);
    },
    SLOW,
  );
});
