import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RedisTransport } from '../../../src-main/run/fleet/transport/redis.ts';
import { redisSettings } from '../../../src-main/run/fleet/transport/settings.ts';
import { BEGINNING } from '../../../src-main/run/fleet/types.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { promises } from '../../unit/fleet/transport-promises.ts';
import { NO_REDIS, REDIS, RedisServer } from './transport-server.ts';

const SLOW = 60_000;

suiteNeeds(REDIS, NO_REDIS)('the transport over Redis', () => {
  let server: RedisServer;
  const opened: RedisTransport[] = [];

  async function open(url = server.url): Promise<RedisTransport> {
    const transport = new RedisTransport(await redisSettings(url, '--publish'));
    opened.push(transport);
    await transport.ready(10_000);
    return transport;
  }

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterAll(async () => {
    for (const transport of opened) await transport.close();
    await server.stop();
  });

  promises(() => open());

  it(
    'says so while the server is away, and goes on by itself with what the server kept',
    async () => {
      const states: boolean[] = [];
      const transport = new RedisTransport(await redisSettings(server.url, '--publish'), {
        onState: (isUp) => void (states.at(-1) === isUp || states.push(isUp)),
      });
      opened.push(transport);
      await transport.ready(10_000);
      const lease = await transport.takeLease('shard', 'me', 60_000);
      await transport.publish('kept', [Buffer.from('before')], 10);
      expect(await transport.commit(lease!, { state: Buffer.from('state'), offsets: new Map() })).toBe(true);
      const waiting = transport.read(new Map([['later', BEGINNING]]), { most: 1, waitMs: 30_000 });
      const failing = expect(waiting).rejects.toMatchObject({ code: 'connection-lost' });
      await wait(200);
      await server.kill();
      await failing;
      const failure = await transport.publish('kept', [Buffer.from('lost')], 10).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'connection-lost', where: server.url });
      expect((failure as Error).message).toMatch(/^Redis cannot be reached: .*(ECONNREFUSED|closed)/);
      await expect(transport.renewLease(lease!, 60_000)).rejects.toMatchObject({ code: 'connection-lost' });
      await server.up();
      const began = performance.now();
      await transport.ready(10_000);
      expect(performance.now() - began).toBeLessThan(5000);
      expect((await transport.ends('kept')).length).toBe(1);
      expect(await transport.renewLease(lease!, 60_000)).toBe(true);
      expect(Buffer.from((await transport.load('shard')).state!).toString()).toBe('state');
      expect(states).toEqual([true, false, true]);
    },
    SLOW,
  );

  it(
    'takes what another program wrote into a stream for nothing',
    async () => {
      const transport = await open();
      const { createClient } = await import('@redis/client');
      const client = createClient({ url: server.url, RESP: 2 });
      await client.connect();
      await client.xAdd('sonde:odd', '*', { other: 'field' });
      await client.set('sonde:other', 'text');
      await client.close();
      const other = transport.read(new Map([['other', BEGINNING]]), { most: 10, waitMs: 0 });
      await expect(other).rejects.toThrow(/Redis holds something else where a fleet’s data belongs: WRONGTYPE/);
      const entries = await transport.read(new Map([['odd', BEGINNING]]), { most: 10, waitMs: 0 });
      expect(entries.map(({ body }) => body.length)).toEqual([0]);
    },
    SLOW,
  );

  it(
    'gives up when nobody is there, with the reason and without a password',
    async () => {
      const url = 'redis://me:very-secret@127.0.0.1:1';
      const transport = new RedisTransport(await redisSettings(url, '--publish'));
      opened.push(transport);
      const failure = await transport.ready(300).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'connection-lost', where: 'redis://me@127.0.0.1:1' });
      expect(JSON.stringify(failure) + String(failure)).not.toContain('very-secret');
    },
    SLOW,
  );
});

it.each([
  ['localhost', /no address/],
  ['http://localhost', /no address/],
  ['redis://', /no address/],
  ['redis://h/x', /no number of a database/],
  ['redis://h/99999', /no number of a database/],
  ['redis://h?x=1', /a part too many/],
  ['redis://%zz:secret@h', /no address|not written/],
])('%s is no address of a server, and is not repeated', async (address, words) => {
  const failure = await redisSettings(address, '--publish').catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'usage', where: '--publish' });
  expect((failure as Error).message).toMatch(words);
  expect((failure as Error).message).not.toContain('secret');
});

it('reads user, password, port and database from an address', async () => {
  expect(await redisSettings('redis://a%40b:p%3A1@[::1]:7000/3', '--publish')).toEqual({
    name: 'redis://a%40b@[::1]:7000/3',
    host: '::1',
    port: 7000,
    database: 3,
    username: 'a@b',
    password: 'p:1',
    prefix: 'sonde:',
  });
  await expect(redisSettings('redis://h', '--publish', { ca: 'x' })).rejects.toMatchObject({ code: 'usage' });
  await expect(redisSettings('rediss://h', '--publish', { cert: 'x' })).rejects.toMatchObject({ code: 'usage' });
  await expect(redisSettings('redis://h', '--publish', { passwordFile: '/no/such' })).rejects.toMatchObject({
    code: 'not-found',
  });
});
