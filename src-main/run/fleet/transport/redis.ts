/**
 * The transport over Redis 7: streams, keys with a time to live, and transactions that hold only while a key is as it was
 * (WATCH). No scripts: servers may forbid them.
 */
import { randomUUID } from 'node:crypto';
import { SondeError } from '../../../../src-shared/errors.ts';
import { sha256 } from '../names.ts';
import type { Answerer, Commit, Entry, Lease, Offset, ReadOptions, Saved, StreamEnds, Transport } from '../types.ts';
import { Connection, type Reply } from './connection.ts';
import { noAnswer } from './memory.ts';
import { RedisRoles } from './redis-roles.ts';
import { BODY, entriesOf, lines, numberOf, pairs, xadd } from './replies.ts';
import type { RedisSettings } from './settings.ts';

/** A blocking read asks again after so long, ms: its signal is heard by then. */
const BLOCK_MS = 500;
/** Requests that wait for a service; answers are forgotten after so long, ms. */
const REQUESTS = 256;
const REPLY_MS = 120_000;
const CHUNKS = 16_384;
const SMALL = 1 << 20;

export interface RedisOptions {
  /** Told when the server is reached, and when it is lost with the reason. */
  onState?: (isUp: boolean, why: string) => void;
}

export class RedisTransport implements Transport {
  readonly name: string;
  private readonly settings: RedisSettings;
  private readonly main: Connection;
  private readonly roles: RedisRoles;
  /** Connections that wait for entries, one a reader at a time. */
  private readonly idle: Connection[] = [];
  private readonly all: Connection[];
  private readonly prefix: string;

  /** Connects by itself, and again when it was lost. */
  constructor(settings: RedisSettings, { onState }: RedisOptions = {}) {
    this.name = settings.name;
    this.settings = settings;
    this.prefix = settings.prefix;
    this.main = new Connection(settings, onState);
    const checking = new Connection(settings);
    this.roles = new RedisRoles(this.main, checking, settings.prefix);
    this.all = [this.main, checking];
  }

  get isUp(): boolean {
    return this.main.isUp;
  }

  /** Rejects with the reason when the server has not answered in time, at once when it refuses us. @throws SondeError */
  async ready(ms: number): Promise<void> {
    const until = performance.now() + ms;
    for (;;) {
      try {
        await this.main.send('PING');
        return;
      } catch (error) {
        const isOver = performance.now() >= until;
        const isRefused = error instanceof SondeError && error.code === 'not-permitted';
        if (isOver || isRefused) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async publish(stream: string, bodies: readonly Uint8Array[], most: number): Promise<Offset[]> {
    const commands = bodies.map((body) => xadd(this.key(stream), body, most));
    const [first] = commands;
    if (!first) return [];
    const replies = commands.length === 1 ? [await this.main.send(...first)] : await this.main.together(commands);
    return replies.map(String);
  }

  async read(from: ReadonlyMap<string, Offset>, options: ReadOptions): Promise<Entry[]> {
    if (from.size === 0) return [];
    return this.waiting((connection) => this.readWith(connection, from, options));
  }

  private async readWith(
    connection: Connection,
    from: ReadonlyMap<string, Offset>,
    { most, waitMs, signal }: ReadOptions,
  ): Promise<Entry[]> {
    const until = performance.now() + waitMs;
    const count = String(Math.max(1, Math.floor(most / from.size)));
    const streams = ['STREAMS', ...[...from.keys()].map((name) => this.key(name)), ...from.values()];
    for (;;) {
      const left = Math.min(BLOCK_MS, Math.floor(until - performance.now()));
      const block = left > 0 ? ['BLOCK', String(left)] : [];
      const reply = await connection.send('XREAD', 'COUNT', count, ...block, ...streams);
      const found = lines(reply).flatMap((each) => this.streamOf(each));
      if (found.length > 0 || performance.now() >= until || signal?.aborted) return found;
    }
  }

  private streamOf(reply: Reply): Entry[] {
    const [name, entries] = lines(reply);
    return entriesOf(String(name).slice(this.prefix.length), entries ?? null);
  }

  async ends(stream: string): Promise<StreamEnds> {
    const key = this.key(stream);
    const [length, first, last] = await Promise.all([
      this.main.send('XLEN', key),
      this.main.send('XRANGE', key, '-', '+', 'COUNT', '1'),
      this.main.send('XREVRANGE', key, '+', '-', 'COUNT', '1'),
    ]);
    const offset = (reply: Reply): Offset => entriesOf(stream, reply)[0]?.offset ?? '0';
    return { length: numberOf(length), first: offset(first), last: offset(last) };
  }

  async last(stream: string): Promise<Entry | undefined> {
    return entriesOf(stream, await this.main.send('XREVRANGE', this.key(stream), '+', '-', 'COUNT', '1'))[0];
  }

  async trim(stream: string, before: Offset): Promise<number> {
    return numberOf(await this.main.send('XTRIM', this.key(stream), 'MINID', before));
  }

  takeLease(role: string, holder: string, ms: number): Promise<Lease | undefined> {
    return this.roles.take(role, holder, ms);
  }

  renewLease(lease: Lease, ms: number): Promise<boolean> {
    return this.roles.renew(lease, ms);
  }

  releaseLease(lease: Lease): Promise<void> {
    return this.roles.release(lease);
  }

  holderOf(role: string): Promise<string | undefined> {
    return this.roles.holderOf(role);
  }

  load(role: string): Promise<Saved> {
    return this.roles.load(role);
  }

  commit(lease: Lease, what: Commit): Promise<boolean> {
    return this.roles.commit(lease, what);
  }

  async put(key: string, body: Uint8Array, ms?: number): Promise<void> {
    if (body.length > SMALL) throw new RangeError(`a small value of ${body.length} bytes`);
    const expiry = ms === undefined ? [] : ['PX', String(Math.max(1, Math.ceil(ms)))];
    await this.main.send('SET', this.key(`key:${key}`), Buffer.from(body), ...expiry);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const found = await this.main.send('GET', this.key(`key:${key}`));
    return Buffer.isBuffer(found) ? found : undefined;
  }

  async drop(key: string): Promise<void> {
    await this.main.send('DEL', this.key(`key:${key}`));
  }

  async putField(table: string, field: string, body: Uint8Array): Promise<void> {
    await this.main.send('HSET', this.key(`table:${table}`), field, Buffer.from(body));
  }

  async dropField(table: string, field: string): Promise<void> {
    await this.main.send('HDEL', this.key(`table:${table}`), field);
  }

  async fields(table: string): Promise<Map<string, Uint8Array>> {
    return pairs(await this.main.send('HGETALL', this.key(`table:${table}`)));
  }

  async fieldCount(table: string): Promise<number> {
    return numberOf(await this.main.send('HLEN', this.key(`table:${table}`)));
  }

  async putBlob(body: Uint8Array): Promise<string> {
    const hash = sha256(body);
    await this.main.send('SET', this.key(`blob:${hash}`), Buffer.from(body));
    return hash;
  }

  async getBlob(hash: string): Promise<Uint8Array | undefined> {
    const body = await this.main.send('GET', this.key(`blob:${hash}`));
    return Buffer.isBuffer(body) && sha256(body) === hash ? body : undefined;
  }

  async *ask(service: string, request: Uint8Array, waitMs: number): AsyncIterable<Uint8Array> {
    const id = randomUUID();
    const asked = Buffer.concat([Buffer.from(id, 'latin1'), request]);
    await this.publish(`ask:${service}`, [asked], REQUESTS);
    const stream = `reply:${service}:${id}`;
    let after: Offset = '0';
    for (;;) {
      const entries = await this.read(new Map([[stream, after]]), { most: 16, waitMs });
      if (entries.length === 0) throw noAnswer(service, id);
      for (const { offset, body } of entries) {
        // An empty chunk is the end.
        if (body.length === 0) return;
        yield body;
        after = offset;
      }
    }
  }

  async serve(service: string, answer: Answerer, signal: AbortSignal): Promise<void> {
    const stream = `ask:${service}`;
    let after: Offset | undefined;
    while (!signal.aborted) {
      try {
        // What was asked before we were there is asked again, or nobody waits for it.
        after ??= (await this.ends(stream)).last;
        for (const { offset, body } of await this.read(new Map([[stream, after]]), { most: 1, waitMs: 1000, signal })) {
          after = offset;
          await this.answerOne(service, body, answer, signal);
        }
      } catch (error) {
        if (!(error instanceof SondeError) || error.code !== 'connection-lost') throw error;
        await new Promise((resolve) => setTimeout(resolve, BLOCK_MS));
      }
    }
  }

  private async answerOne(service: string, asked: Uint8Array, answer: Answerer, signal: AbortSignal): Promise<void> {
    const id = Buffer.from(asked.subarray(0, 36)).toString('latin1');
    if (!/^[\da-f-]{36}$/.test(id)) return;
    const stream = `reply:${service}:${id}`;
    const send = async (chunk: Uint8Array): Promise<void> => {
      await this.main.together([
        xadd(this.key(stream), chunk, CHUNKS),
        ['PEXPIRE', this.key(stream), String(REPLY_MS)],
      ]);
    };
    for await (const chunk of answer(asked.subarray(36), signal)) if (chunk.length > 0) await send(chunk);
    await send(BODY.END);
  }

  close(): Promise<void> {
    for (const connection of [...this.all, ...this.idle]) connection.close();
    return Promise.resolve();
  }

  /** Lends a connection to somebody who makes it wait. */
  private async waiting<T>(act: (connection: Connection) => Promise<T>): Promise<T> {
    let connection = this.idle.pop();
    // One that was lost while nobody used it may wait for its next try when the server has long been back.
    for (; connection && !connection.isUp; connection = this.idle.pop()) this.giveUp(connection);
    if (!connection) {
      connection = new Connection(this.settings);
      this.all.push(connection);
      await connected(connection);
    }
    try {
      return await act(connection);
    } finally {
      this.idle.push(connection);
    }
  }

  private giveUp(connection: Connection): void {
    connection.close();
    this.all.splice(this.all.indexOf(connection), 1);
  }

  private key(name: string): string {
    return this.prefix + name;
  }
}

/** A new connection needs a moment. */
async function connected(connection: Connection): Promise<void> {
  for (let i = 0; i < 100 && !connection.isUp; i++) await new Promise((resolve) => setTimeout(resolve, 10));
}
