/** `sonde sensor` on a virtual cable, a Redis server and a worker: what goes over the cable is told of at the other end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SensorEvent } from '../../../src-main/run/fleet/sensor/events.ts';
import { redisSettings } from '../../../src-main/run/fleet/transport/settings.ts';
import { RedisTransport } from '../../../src-main/run/fleet/transport/redis.ts';
import type { WorkerEvent } from '../../../src-main/run/fleet/worker/events.ts';
import { Worker } from '../../../src-main/run/fleet/worker/worker.ts';
import { triage } from '../../../src-main/run/pipeline/triage.ts';
import { attackOnly } from '../../generator/scenario.ts';
import { makeFleet, toldBy, type Fleet } from '../../setup/fleet-kit.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { NO_REDIS, REDIS, RedisServer } from '../fleet/transport-server.ts';
import { MAIN } from '../cli/run.ts';
import { Cable, hasTcpreplay, whyNoCable } from './network.ts';

const SLOW = 120_000;
const GROUP = 'live';
const noTools = hasTcpreplay() ? '' : 'tcpreplay, dumpcap or setcap is not installed';
const why = (await whyNoCable()) || noTools || (REDIS ? '' : NO_REDIS);

suiteNeeds(why === '', why)('a sensor on a cable', () => {
  let cable: Cable;
  let fleet: Fleet;
  let server: RedisServer;
  let transport: RedisTransport;
  let packets: number;

  beforeAll(async () => {
    cable = new Cable('s');
    const made = attackOnly({ seed: 5, hours: 0.1, format: 'pcap', attacks: ['port-scan/xmas:0.5', 'host-sweep:0.5'] });
    packets = made.packets;
    fleet = makeFleet(made.bytes, 1);
    server = await RedisServer.start();
    transport = new RedisTransport(await redisSettings(server.url, '--publish'));
    await transport.ready(10_000);
  }, SLOW);

  afterAll(async () => {
    await transport.close();
    await server.stop();
    fleet.remove();
    cable.remove();
  });

  /** The sensor as a program, until `act` is over and it was asked to end. */
  async function whileSensing(act: () => Promise<void>, more: string[] = []): Promise<SensorEvent[]> {
    const key = join(fleet.folder, 'key.pem');
    writeFileSync(key, fleet.privateKeys[0]!.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    const to = ['--publish', server.url, '--name', fleet.sensors[0]!, '--key', key, '--shards', '1'];
    const child = spawn(process.execPath, [MAIN, 'sensor', '--interface', cable.name, '--json', ...to, ...more]);
    const closed = once(child, 'close');
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    await expect.poll(() => out, { timeout: 30_000 }).toContain('"started"');
    await act();
    child.kill('SIGINT');
    expect([(await closed)[0], err]).toEqual([0, '']);
    return out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SensorEvent);
  }

  it(
    'loses nothing, and a worker names what the capture played holds',
    async () => {
      const told = await whileSensing(async () => {
        await cable.replay(fleet.whole, '--mbps=2');
        await new Promise((resolve) => setTimeout(resolve, 2500));
      });
      expect(told[0]).toMatchObject({ event: 'started', interface: cable.name });
      expect(told.at(-1)).toMatchObject({
        event: 'ended',
        reason: 'signal',
        stats: { packets, dropped: 0, spool: { batches: 0, lostBatches: 0 } },
      });
      const events: WorkerEvent[] = [];
      const onEvent = (event: WorkerEvent): void => void events.push(event);
      const site = { transport, group: GROUP, keys: fleet.keys, shards: 1, patienceMs: 60_000, seed: 1 };
      const own = { name: 'one', once: true, model: undefined, signal: new AbortController().signal, onEvent };
      await new Worker({ ...site, ...own }).run();
      expect(events).toContainEqual(expect.objectContaining({ event: 'complete', packets, refused: {} }));
      const { report, close } = await triage({ files: [fleet.whole], seed: 1, threads: 1, causal: true });
      close();
      const named = (all: readonly { kind: string; sources: readonly string[] }[]): string[] =>
        all.map(({ kind, sources }) => `${kind} ${sources.join(' ')}`).sort();
      expect(report.incidents.length).toBeGreaterThan(1);
      expect(named(await toldBy(transport, GROUP))).toEqual(named(report.incidents));
    },
    SLOW,
  );

  it(
    'numbers its run above the last, also where the clock was set back in between',
    async () => {
      const spool = join(fleet.folder, 'spool');
      const last = Date.now() + 86_400_000;
      mkdirSync(join(spool, fleet.sensors[0]!), { recursive: true });
      writeFileSync(join(spool, fleet.sensors[0]!, 'last-run'), `${last}\n`);
      const events = await whileSensing(() => Promise.resolve(), ['--spool', spool]);
      expect(events[0]).toMatchObject({ event: 'started', run: last + 1 });
      expect(events).toContainEqual(expect.objectContaining({ event: 'notice', code: 'clock-behind' }));
    },
    SLOW,
  );
});
