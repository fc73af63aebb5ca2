/** The rights of each role as docs/fleet-wire.md has them: enough for what it does, and for nothing else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { names } from '../../../src-main/run/fleet/names.ts';
import { RedisTransport } from '../../../src-main/run/fleet/transport/redis.ts';
import { redisSettings } from '../../../src-main/run/fleet/transport/settings.ts';
import { BEGINNING } from '../../../src-main/run/fleet/types.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { NO_REDIS, REDIS, RedisServer } from './transport-server.ts';

const SLOW = 60_000;
const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/fleet-wire.md'), 'utf8');
const BODY = Buffer.from('x');

/** The lines of redis.conf that the page gives, for a sensor called berlin, with a password for the test. */
function rights(): string[] {
  const lines = PAGE.split('\n').filter((line) => /^user (default|sonde-)/.test(line));
  return lines.map((line) => line.replace(/>\S+/, '>secret'));
}

suiteNeeds(REDIS, NO_REDIS)('the rights of the roles', () => {
  let server: RedisServer;
  const opened: RedisTransport[] = [];

  async function as(user: string, password = 'secret'): Promise<RedisTransport> {
    const address = `redis://${user}:${password}@127.0.0.1:${server.port}`;
    const transport = new RedisTransport(await redisSettings(address, '--publish'));
    opened.push(transport);
    await transport.ready(10_000);
    return transport;
  }

  const refused = (act: Promise<unknown>): Promise<void> =>
    expect(act).rejects.toMatchObject({ code: 'not-permitted', message: expect.stringContaining('NOPERM') as string });

  beforeAll(async () => {
    expect(rights().map((line) => line.split(' ')[1])).toEqual([
      'default',
      'sonde-sensor-berlin',
      'sonde-worker',
      'sonde-desk',
    ]);
    server = await RedisServer.start(rights());
    // There is nothing to be read before somebody wrote it.
    const worker = await as('sonde-worker');
    await worker.putField(names.incidents('g'), 'uid', BODY);
  });

  afterAll(async () => {
    for (const transport of opened) await transport.close();
    await server.stop();
  });

  it(
    'let nobody in without a name, or with a wrong password',
    async () => {
      const nobody = new RedisTransport(await redisSettings(server.url, '--publish'));
      opened.push(nobody);
      await expect(nobody.ready(2000)).rejects.toMatchObject({ code: 'not-permitted' });
      await expect(as('sonde-worker', 'wrong')).rejects.toThrow(/WRONGPASS/);
    },
    SLOW,
  );

  it(
    'let a sensor publish its own slices and health, answer for its packets, and nothing else',
    async () => {
      const sensor = await as('sonde-sensor-berlin');
      const own = names.slices(3, 'berlin');
      await sensor.publish(own, [BODY, BODY], 10);
      expect((await sensor.last(own))?.body.length).toBe(1);
      await sensor.put(names.health('berlin'), BODY, 60_000);
      await sensor.read(new Map([[`ask:${names.packets('berlin')}`, BEGINNING]]), { most: 1, waitMs: 0 });
      await refused(sensor.publish(names.slices(3, 'paris'), [BODY], 10));
      await refused(sensor.publish(names.slices(3, 'berlin2'), [BODY], 10));
      await refused(sensor.last(names.slices(3, 'paris')));
      await refused(sensor.put(names.health('paris'), BODY));
      await refused(sensor.get(names.health('paris')));
      await refused(sensor.trim(own, '9-0'));
      await refused(sensor.drop(names.health('berlin')));
      await refused(sensor.fields(names.incidents('g')));
      await refused(sensor.putField(names.incidents('g'), 'uid', BODY));
      await refused(sensor.takeLease(names.correlatorRole('g'), 'me', 1000));
      await refused(sensor.putBlob(BODY));
    },
    SLOW,
  );

  it(
    'let a worker read slices, hold roles and write what it found, but be no sensor',
    async () => {
      const worker = await as('sonde-worker');
      const own = names.slices(3, 'berlin');
      const entries = await worker.read(new Map([[own, BEGINNING]]), { most: 10, waitMs: 100 });
      expect(entries.length).toBeGreaterThan(0);
      const role = names.correlatorRole('g');
      const lease = (await worker.takeLease(role, 'w1', 10_000))!;
      expect(await worker.renewLease(lease, 10_000)).toBe(true);
      const fields = [{ table: names.incidents('g'), field: 'uid', body: BODY }];
      const append = [{ stream: names.results('g'), body: BODY, most: 10 }];
      const state = Buffer.alloc(5 << 20);
      for (let i = 0; i < 2; i++) {
        expect(await worker.commit(lease, { state, offsets: new Map([[own, '1-0']]), fields, append })).toBe(true);
      }
      expect((await worker.load(role)).state?.length).toBe(state.length);
      await worker.releaseLease(lease);
      expect(await worker.getBlob(await worker.putBlob(BODY))).toBeDefined();
      await worker.put(names.model('g'), BODY);
      await worker.putField(names.workers('g'), 'w1', BODY);
      expect(await worker.fieldCount(names.incidents('g'))).toBe(1);
      await worker.trim(own, '0-1');
      expect(await worker.get(names.health('berlin'))).toBeDefined();
      await refused(worker.publish(own, [BODY], 10));
      await refused(worker.put(names.health('berlin'), BODY));
    },
    SLOW,
  );

  it(
    'let a desk read, ask for packets, and write nothing else',
    async () => {
      const desk = await as('sonde-desk');
      expect((await desk.fields(names.incidents('g'))).size).toBe(1);
      expect(await desk.get(names.health('berlin'))).toBeDefined();
      expect(await desk.holderOf(names.correlatorRole('g'))).toBeUndefined();
      await desk.read(new Map([[names.results('g'), BEGINNING]]), { most: 1, waitMs: 0 });
      await desk.publish(`ask:${names.packets('berlin')}`, [BODY], 10);
      await desk.read(new Map([[`reply:${names.packets('berlin')}:1`, BEGINNING]]), { most: 1, waitMs: 0 });
      await refused(desk.read(new Map([[names.slices(3, 'berlin'), BEGINNING]]), { most: 1, waitMs: 0 }));
      await refused(desk.publish(names.slices(3, 'berlin'), [BODY], 10));
      await refused(desk.publish(names.results('g'), [BODY], 10));
      await refused(desk.putField(names.incidents('g'), 'uid', BODY));
      await refused(desk.dropField(names.incidents('g'), 'uid'));
      await refused(desk.takeLease(names.correlatorRole('g'), 'me', 1000));
    },
    SLOW,
  );

  it(
    'let a desk ask a sensor, which answers it alone; nobody else asks, answers or listens',
    async () => {
      const [sensor, worker, desk] = [
        await as('sonde-sensor-berlin'),
        await as('sonde-worker'),
        await as('sonde-desk'),
      ];
      const service = names.packets('berlin');
      const stop = new AbortController();
      const answer = async function* (request: Uint8Array): AsyncIterable<Uint8Array> {
        yield Buffer.from(request);
      };
      const serving = sensor.serve(service, answer, stop.signal);
      // What is asked before it listens is not answered.
      await new Promise((resolve) => setTimeout(resolve, 500));
      const heard: string[] = [];
      for await (const chunk of desk.ask(service, Buffer.from('please'), 10_000))
        heard.push(String(Buffer.from(chunk)));
      expect(heard).toEqual(['please']);
      stop.abort();
      await serving;
      const nowhere = { most: 1, waitMs: 0 };
      const [asked, reply] = [`ask:${service}`, `reply:${service}:1`];
      await refused(worker.publish(asked, [BODY], 10));
      await refused(worker.publish(reply, [BODY], 10));
      await refused(worker.read(new Map([[reply, BEGINNING]]), nowhere));
      await refused(worker.read(new Map([[asked, BEGINNING]]), nowhere));
      await refused(sensor.publish(asked, [BODY], 10));
      await refused(sensor.read(new Map([[reply, BEGINNING]]), nowhere));
      await refused(sensor.publish(`reply:${names.packets('paris')}:1`, [BODY], 10));
      await refused(sensor.read(new Map([[`ask:${names.packets('paris')}`, BEGINNING]]), nowhere));
      await refused(desk.publish(reply, [BODY], 10));
      await refused(desk.read(new Map([[asked, BEGINNING]]), nowhere));
    },
    SLOW,
  );

  it(
    'let nobody run programs in the server, change it or look at all its keys',
    async () => {
      const { createClient } = await import('@redis/client');
      for (const user of ['sonde-sensor-berlin', 'sonde-worker', 'sonde-desk']) {
        const client = createClient({ url: `redis://${user}:secret@127.0.0.1:${server.port}`, RESP: 2 });
        await client.connect();
        const commands = [
          ['EVAL', 'return 1', '0'],
          ['FUNCTION', 'LIST'],
          ['CONFIG', 'GET', 'dir'],
          ['FLUSHALL'],
          ['KEYS', '*'],
          ['SCAN', '0'],
          ['ACL', 'LIST'],
          ['SHUTDOWN'],
        ];
        for (const command of commands)
          await expect(client.sendCommand(command), command.join(' ')).rejects.toThrow('NOPERM');
        client.destroy();
      }
    },
    SLOW,
  );

  it(
    'keep what was written in transactions when the server is killed and starts again',
    async () => {
      const [sensor, worker] = [await as('sonde-sensor-berlin'), await as('sonde-worker')];
      const own = names.slices(5, 'berlin');
      await sensor.publish(own, [BODY, BODY], 10);
      const lease = (await worker.takeLease(names.correlatorRole('kept'), 'w1', 10_000))!;
      const fields = [{ table: names.incidents('kept'), field: 'uid', body: BODY }];
      expect(await worker.commit(lease, { state: BODY, offsets: new Map([[own, '1-0']]), fields, append: [] })).toBe(
        true,
      );
      await server.kill();
      await server.up();
      const again = await as('sonde-worker');
      expect((await again.load(names.correlatorRole('kept'))).state).toEqual(BODY);
      expect((await again.fields(names.incidents('kept'))).size).toBe(1);
      expect(await again.read(new Map([[own, BEGINNING]]), { most: 10, waitMs: 0 })).toHaveLength(2);
    },
    SLOW,
  );
});
