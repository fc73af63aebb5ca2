/**
 * The transport over Redis 7: streams, keys with a time to live, and transactions that hold only while a key is as it was
 * (WATCH). No scripts: servers may forbid them.
 */
import { SondeError } from '../../../../src-shared/errors.ts';
import { sha256 } from '../names.ts';
import type {
  Answerer,
  Commit,
  Entry,
  Lease,
  Offset,
  ReadOptions,
  Saved,
  StreamEnds,
  TooLarge,
  Transport,
} from '../types.ts';
import { Connection } from './connection.ts';
import { RedisRoles } from './redis-roles.ts';
import { Refusals } from './refusals.ts';
import { RedisValues, refuseLarge, SMALL } from './redis-values.ts';
import { RedisServices } from './redis-services.ts';
import { RedisStreams } from './redis-streams.ts';
import { numberOf } from './replies.ts';
import type { RedisSettings } from './settings.ts';

export interface RedisOptions {
  /** Told when the server is reached, and when it is lost with the reason. */
  onState?: (isUp: boolean, why: string) => void;
  /** Told the first time that something of a key is too large to be taken. */
  onTooLarge?: (key: string, one: TooLarge) => void;
}

export class RedisTransport implements Transport {
  readonly name: string;
  private readonly main: Connection;
  private readonly checking: Connection;
  private readonly roles: RedisRoles;
  private readonly streams: RedisStreams;
  private readonly services: RedisServices;
  private readonly prefix: string;
  private readonly refusals: Refusals;
  private readonly values: RedisValues;

  /** Connects by itself, and again when it was lost. */
  constructor(settings: RedisSettings, { onState, onTooLarge }: RedisOptions = {}) {
    this.name = settings.name;
    this.prefix = settings.prefix;
    this.main = new Connection(settings, onState);
    this.checking = new Connection(settings);
    this.refusals = new Refusals(onTooLarge);
    this.values = new RedisValues(this.main, settings.prefix, this.refusals);
    this.roles = new RedisRoles(this.main, this.checking, settings.prefix, this.refusals);
    this.streams = new RedisStreams(this.main, settings, this.refusals);
    this.services = new RedisServices(this.main, settings.prefix, this.streams);
  }

  get isUp(): boolean {
    return this.main.isUp;
  }

  get tooLarge(): ReadonlyMap<string, TooLarge> {
    return this.refusals.byKey;
  }

  /** Rejects with the reason when the server has not answered in time, at once when it refuses us. @throws SondeError */
  async ready(ms: number): Promise<void> {
    const until = performance.now() + ms;
    for (;;) {
      try {
        const answered = Promise.all([this.main.send('PING'), this.checking.send('PING')]);
        await Promise.race([answered, this.silence(until - performance.now())]);
        return;
      } catch (error) {
        const isOver = performance.now() >= until;
        const isRefused = error instanceof SondeError && error.code === 'not-permitted';
        if (isOver || isRefused) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Where something takes connections and says nothing, that is heard much later only. @throws SondeError after `ms` */
  private async silence(ms: number): Promise<never> {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)).unref());
    const { name } = this;
    const cure = 'Look whether it runs and may be reached from here; it is tried again.';
    throw new SondeError('connection-lost', `${name} takes connections and does not answer`, name, cure);
  }

  publish(stream: string, bodies: readonly Uint8Array[], most: number): Promise<Offset[]> {
    return this.streams.publish(stream, bodies, most);
  }

  read(from: ReadonlyMap<string, Offset>, options: ReadOptions): Promise<Entry[]> {
    return this.streams.read(from, options);
  }

  ends(stream: string): Promise<StreamEnds> {
    return this.streams.ends(stream);
  }

  last(stream: string): Promise<Entry | undefined> {
    return this.streams.last(stream);
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

  get(key: string, most = SMALL): Promise<Uint8Array | undefined> {
    return this.values.get(`key:${key}`, most);
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

  eachField(table: string, most: number): AsyncIterable<[field: string, body: Uint8Array]> {
    return this.values.fields(`table:${table}`, most);
  }

  fields(table: string): Promise<Map<string, Uint8Array>> {
    return this.values.all(`table:${table}`);
  }

  someFields(table: string, fields: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    return this.values.some(`table:${table}`, fields);
  }

  async fieldCount(table: string): Promise<number> {
    return numberOf(await this.main.send('HLEN', this.key(`table:${table}`)));
  }

  async putBlob(body: Uint8Array): Promise<string> {
    const hash = sha256(body);
    refuseLarge(body, hash);
    await this.main.send('SET', this.key(`blob:${hash}`), Buffer.from(body));
    return hash;
  }

  getBlob(hash: string): Promise<Uint8Array | undefined> {
    return this.values.blob(hash);
  }

  ask(service: string, request: Uint8Array, waitMs: number): AsyncIterable<Uint8Array> {
    return this.services.ask(service, request, waitMs);
  }

  serve(service: string, answer: Answerer, signal: AbortSignal): Promise<void> {
    return this.services.serve(service, answer, signal);
  }

  close(): Promise<void> {
    for (const connection of [this.main, this.checking]) connection.close();
    this.streams.close();
    return Promise.resolve();
  }

  private key(name: string): string {
    return this.prefix + name;
  }
}
