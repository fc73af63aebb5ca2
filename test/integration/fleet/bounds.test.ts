/** Somebody with rights in Redis writes what nobody could hold: desk and worker pass it over, say so, and stay small. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createClient } from '@redis/client';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { LiveIncident } from '../../../src-shared/domain/live.ts';
import { Results } from '../../../src-main/run/fleet/follow/results.ts';
import type { SiteKeeper } from '../../../src-main/run/fleet/follow/site-keeper.ts';
import { Sensors } from '../../../src-main/run/fleet/follow/sensors.ts';
import { Workers } from '../../../src-main/run/fleet/follow/workers.ts';
import { names } from '../../../src-main/run/fleet/names.ts';
import { RedisTransport } from '../../../src-main/run/fleet/transport/redis.ts';
import { redisSettings } from '../../../src-main/run/fleet/transport/settings.ts';
import { BEGINNING, type Offset } from '../../../src-main/run/fleet/types.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { publish, tellWorker, told, workerHealth } from '../../unit/fleet/desk-kit.ts';
import { NO_REDIS, REDIS, RedisServer } from './transport-server.ts';

const SLOW = 120_000;
const GIANT = 400_000_000;
/** All the tests of this file together may take no more of this process's memory than that, KiB. */
const MEMORY_KIB = 300 << 10;

suiteNeeds(REDIS, NO_REDIS)('what is too large to be taken from the server', () => {
  let server: RedisServer;
  let transport: RedisTransport;
  let before: number;
  const said: string[] = [];

  /** In the server: nothing of it passes through this process. */
  async function run(script: string, key: string): Promise<void> {
    const client = createClient({ url: server.url, RESP: 2 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.eval(script, { keys: [`sonde:${key}`] });
    } finally {
      client.destroy();
    }
  }

  /** A command whose last argument is giant, sent as it is made. */
  async function pour(...args: string[]): Promise<void> {
    const socket = connect(server.port, '127.0.0.1');
    const piece = Buffer.alloc(1_000_000, 'x');
    socket.write(`*${args.length + 1}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}$${GIANT}\r\n`);
    for (let sent = 0; sent < GIANT; sent += piece.length) if (!socket.write(piece)) await once(socket, 'drain');
    socket.write('\r\n');
    await once(socket, 'data');
    socket.destroy();
  }

  /** Names of fields that share a place of the hash table of `key`: HSCAN gives all of them or none. */
  async function sharing(key: string, count: number): Promise<string[]> {
    const client = createClient({ url: server.url, RESP: 2 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      const all = Array.from({ length: 2000 }, (_, i) => `giant${i}`);
      for (const name of all) await client.hSet(key, name, 'x'.repeat(100));
      let cursor = '0';
      do {
        const page = await client.hScan(key, cursor, { COUNT: 1 });
        const found = page.entries.map(({ field }) => field).filter((field) => field.startsWith('giant'));
        if (found.length >= count) {
          await client.hDel(key, all);
          return found.slice(0, count);
        }
        cursor = page.cursor;
      } while (cursor !== '0');
      throw new Error('no place of the table has so many');
    } finally {
      client.destroy();
    }
  }

  beforeAll(async () => {
    server = await RedisServer.start(['appendonly no', 'lua-time-limit 60000']);
    transport = new RedisTransport(await redisSettings(server.url, '--fleet'), {
      onTooLarge: (key) => void said.push(key),
    });
    await transport.ready(10_000);
    before = process.resourceUsage().maxRSS;
  });

  afterEach(() => run("redis.call('flushall', 'async')", ''));

  afterAll(async () => {
    await transport.close();
    await server.stop();
  });

  const small = (): void => expect(process.resourceUsage().maxRSS - before).toBeLessThan(MEMORY_KIB);
  const tooLarge = (key: string) => transport.tooLarge.get(`sonde:${key}`);

  function reader(group: string, from: Offset = BEGINNING) {
    const events: LiveIncident[] = [];
    const keeper = {
      offset: from,
      take: (more: readonly LiveIncident[], offset: Offset): Promise<void> => {
        events.push(...more);
        keeper.offset = offset;
        return Promise.resolve();
      },
    };
    const { signal } = new AbortController();
    const results = new Results({ transport, group, keeper: keeper as unknown as SiteKeeper, signal });
    return { results, uids: () => events.map(({ uid }) => uid) };
  }

  it(
    'is passed over where it is an entry of a stream, and what comes after it is read',
    async () => {
      const stream = names.results('one');
      await transport.publish(stream, [Buffer.from('first')], 100);
      const { offset } = (await transport.last(stream))!;
      await pour('XADD', `sonde:${stream}`, '*', 'b');
      const many = "local f = {} for i = 1, 7000 do f[i] = 'n' end redis.call('xadd', KEYS[1], '*', unpack(f))";
      await run(many, stream);
      await publish(transport, 'one', [told('after', ['berlin'])]);
      const { results, uids } = reader('one', offset);
      await results.next();
      expect(uids()).toEqual(['after']);
      expect(results.refused.get('too-large')).toBe(2);
      expect(tooLarge(stream)).toMatchObject({ times: 2 });
      expect(said).toContain(`sonde:${stream}`);
      small();
    },
    SLOW,
  );

  it(
    'is passed over where many entries together are, and each is read in its turn',
    async () => {
      const stream = names.results('many');
      const script = `for i = 1, 40 do redis.call('xadd', KEYS[1], '*', 'b', string.rep('x', 4000000)) end`;
      await run(script, stream);
      await publish(transport, 'many', [told('after', ['berlin'])]);
      let after = BEGINNING;
      let count = 0;
      for (;;) {
        const entries = await transport.read(new Map([[stream, after]]), { most: 64, waitMs: 0 });
        if (entries.length === 0) break;
        expect(entries.slice(0, -1).every(({ body }) => body.length === 4_000_000)).toBe(true);
        count += entries.length;
        after = entries.at(-1)!.offset;
      }
      expect(count).toBe(41);
      expect(tooLarge(stream)).toBeUndefined();
      small();
    },
    SLOW,
  );

  it(
    'is passed over where it is a field, and the others are taken',
    async () => {
      await publish(transport, 'two', [told('a', ['berlin']), told('b', [])]);
      const table = names.incidents('two');
      await pour('HSET', `sonde:table:${table}`, 'giant');
      // Seven that are each within the bound of a text, but larger than any record.
      await run(
        `for i = 1, 30 do redis.call('hset', KEYS[1], 'f' .. i, string.rep('x', 4000000)) end`,
        `table:${table}`,
      );
      await run(`redis.call('hset', KEYS[1], string.rep('n', 10000000), 'x')`, `table:${table}`);
      const { results, uids } = reader('two');
      await results.next();
      expect(uids().sort()).toEqual(['a', 'b']);
      expect(results.refused.get('too-large')).toBe(31);
      expect(tooLarge(`table:${table}`)?.times).toBe(32);
      small();
    },
    SLOW,
  );

  it(
    'is passed over where workers tell of themselves',
    async () => {
      const table = names.workers('three');
      await tellWorker(transport, 'three', workerHealth('w1', { at: Date.now() }));
      await pour('HSET', `sonde:table:${table}`, 'giant');
      const workers = new Workers('three');
      await workers.look(transport, Date.now());
      expect(workers.states(Date.now()).map(({ name }) => name)).toEqual(['w1']);
      expect(workers.refused).toBe(1);
      expect(tooLarge(`table:${table}`)).toEqual({ part: 'giant', bytes: GIANT, times: 1 });
      small();
    },
    SLOW,
  );

  it(
    'is looked at no further where it is a million fields',
    async () => {
      const script = `for i = 1, 1000000 do redis.call('hset', KEYS[1], 'w' .. i, 'x') end`;
      await run(script, `table:${names.workers('four')}`);
      const workers = new Workers('four');
      await workers.look(transport, Date.now());
      expect(workers.refused).toBe(10_000);
      expect(tooLarge(`table:${names.workers('four')}`)?.part).toBe('990000 of 1000000 fields');
      await run(script.replace('1000000', '200000'), `table:${names.incidents('four')}`);
      await publish(transport, 'four', [told('a', [])]);
      const { results, uids } = reader('four');
      await results.next();
      expect(uids().length).toBeLessThan(2);
      expect(results.refused.get('no-json')).toBeGreaterThan(199_998);
      small();
    },
    SLOW,
  );

  it(
    'is passed over where it is a whole key',
    async () => {
      const { publicKey } = generateKeyPairSync('ed25519');
      for (const key of [`key:${names.health('berlin')}`, `key:${names.model('g')}`, 'blob:ab', 'lease:role'])
        await run(`redis.call('setrange', KEYS[1], ${GIANT - 1}, 'x')`, key);
      const sensors = new Sensors(new Map([['berlin', publicKey]]));
      await sensors.look(transport, Date.now());
      expect(sensors.states(undefined, Date.now())[0]?.state).toBe('refused');
      expect(tooLarge(`key:${names.health('berlin')}`)).toEqual({ part: '', bytes: GIANT, times: 1 });
      expect((await transport.get(names.model('g')))?.length).toBe(0);
      expect(await transport.getBlob('ab')).toBeUndefined();
      expect(await transport.takeLease('role', 'me', 1000)).toBeUndefined();
      expect(tooLarge('lease:role')).toMatchObject({ bytes: GIANT });
      small();
    },
    SLOW,
  );

  it(
    'ends the reading of a state that nobody could hold, with its key, its size and what to do',
    async () => {
      await run(`redis.call('hset', KEYS[1], 'generation', 'g', 'pieces', '1')`, 'saved:big');
      await run(`redis.call('setrange', KEYS[1], ${GIANT - 1}, 'x')`, 'state:big:g:0');
      await expect(transport.load('big')).rejects.toMatchObject({ code: 'read-failed', where: 'sonde:state:big:g:0' });
      await run(`redis.call('hset', KEYS[1], 'pieces', '1000000000')`, 'saved:big');
      await expect(transport.load('big')).rejects.toMatchObject({ code: 'read-failed', where: 'sonde:saved:big' });
      await run(`for i = 1, 200000 do redis.call('hset', KEYS[1], 's' .. i, '1-1') end`, 'offsets:wide');
      await expect(transport.load('wide')).rejects.toThrow(/200000 streams/);
      await run(`redis.call('hset', KEYS[1], 'good', '5-1', 'bad', 'x')`, 'offsets:odd');
      await pour('HSET', 'sonde:offsets:odd', 'giant');
      expect((await transport.load('odd')).offsets).toEqual(new Map([['good', '5-1']]));
      small();
    },
    SLOW,
  );

  it(
    'is gone around where several entries together are too large for the line',
    async () => {
      const stream = names.results('seven');
      await publish(transport, 'seven', [told('before', [])]);
      const { offset } = (await transport.last(stream))!;
      for (let i = 0; i < 3; i++) await pour('XADD', `sonde:${stream}`, '*', 'b');
      await publish(transport, 'seven', [told('after', [])]);
      const { results, uids } = reader('seven', offset);
      for (let i = 0; i < 4; i++) await results.next();
      expect(uids()).toEqual(['after']);
      expect(results.refused.get('too-large')).toBe(3);
      small();
    },
    SLOW,
  );

  it(
    'is gone around where several fields together are',
    async () => {
      await publish(transport, 'eight', [told('a', []), told('b', [])]);
      const table = names.incidents('eight');
      const giants = await sharing(`sonde:table:${table}`, 3);
      for (const giant of giants) await pour('HSET', `sonde:table:${table}`, giant);
      const fields = await transport.fields(table);
      const whole = [...fields].filter(([, body]) => body.length > 0).map(([name]) => name);
      expect([fields.size, whole.sort()]).toEqual([5, ['a', 'b']]);
      small();
    },
    SLOW,
  );

  it(
    'ends the connection where even the line cannot carry it, names the key, and goes on with another',
    async () => {
      for (let i = 0; i < 3; i++) await pour('HSET', 'sonde:offsets:five', `${i}`);
      const failure = await transport.load('five').catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'read-failed', where: 'sonde:saved:five, sonde:offsets:five' });
      expect((failure as Error).message).toMatch(/sonde:offsets:five is too large: \d{10} bytes were read/);
      await transport.ready(10_000);
      await publish(transport, 'six', [told('on', [])]);
      const { results, uids } = reader('six');
      await results.next();
      expect(uids()).toEqual(['on']);
      small();
    },
    SLOW,
  );
});
