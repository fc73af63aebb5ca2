/** Keys, fields and large values in Redis, read with bounds: nobody may make us hold more than we asked for. */
import { createHash } from 'node:crypto';
import { SondeError } from '../../../../src-shared/errors.ts';
import { lines, numberOf } from './replies.ts';
import type { Connection, Reply } from './connection.ts';
import { markedIn } from './marks.ts';
import type { Refusals } from './refusals.ts';

/** A small value, bytes. */
export const SMALL = 1 << 20;
/** A large one (a model), and what is read of it at once. */
const LARGE = 64 << 20;
const PIECE = 4 << 20;
/** Fields that are looked through at once. */
const AT_ONCE = 256;
/** Pages of one hash, empty ones among them: a server could give such for ever. */
const PAGES_MAX = 20_000;
/** Of a small table: fields, and bytes of them. */
const FIELDS = 10_000;
const FIELD_BYTES = 32 << 20;

export class RedisValues {
  private readonly main: Connection;
  private readonly prefix: string;
  private readonly refusals: Refusals;

  constructor(main: Connection, prefix: string, refusals: Refusals) {
    this.main = main;
    this.prefix = prefix;
    this.refusals = refusals;
  }

  /** The first bytes of a key; undefined where it is not there, empty where there are more. */
  async get(name: string, most = SMALL): Promise<Buffer | undefined> {
    const key = this.prefix + name;
    const found = await this.main.send('GETRANGE', key, '0', String(most));
    if (!Buffer.isBuffer(found) || found.length === 0) return undefined;
    if (found.length <= most) return found;
    this.refusals.add(key, '', numberOf(await this.main.send('STRLEN', key)));
    return Buffer.alloc(0);
  }

  /**
   * Fields of a hash, page by page, until `most` were given; one may come twice, as HSCAN has it. What is larger than a small
   * value comes empty.
   */
  async *fields(name: string, most: number): AsyncIterable<[field: string, body: Buffer]> {
    const key = this.prefix + name;
    let [given, cursor, count, pages] = [0, '0', AT_ONCE, 0];
    do {
      if (++pages > PAGES_MAX) return this.refuseRest(key, most);
      const read = await this.page(key, cursor, count);
      const few = read ?? (await this.page(key, cursor, 1));
      // HSCAN gives at least all fields of one place of the hash table, which may be several.
      if (!few) {
        yield* this.byName(name, most);
        return;
      }
      const [next, page] = lines(few);
      // Around what is too large they are looked through one by one.
      count = read ? Math.min(AT_ONCE, count * 2) : 1;
      cursor = String(next ?? '0');
      for (const [field, value] of this.pairs(key, page)) {
        if (given++ >= most) return this.refuseRest(key, most);
        yield [field, await this.whole(name, field, value)];
      }
    } while (cursor !== '0');
  }

  /** Of a small table all of them. */
  async all(name: string): Promise<Map<string, Buffer>> {
    const found = new Map<string, Buffer>();
    let bytes = 0;
    for await (const [field, body] of this.fields(name, FIELDS)) {
      bytes += field.length + body.length;
      if (bytes > FIELD_BYTES) {
        this.refusals.add(this.prefix + name, 'all fields together', bytes);
        break;
      }
      found.set(field, body);
    }
    return found;
  }

  /** Undefined where so many at once are too large for the line. @throws SondeError */
  private async page(key: string, cursor: string, count: number): Promise<Reply | undefined> {
    try {
      return await this.main.send('HSCAN', key, cursor, 'COUNT', String(count));
    } catch (error) {
      if (!(error instanceof SondeError) || error.code !== 'read-failed') throw error;
      await this.main.reached();
      return undefined;
    }
  }

  /** From the beginning, each field asked for alone. */
  private async *byName(name: string, most: number): AsyncIterable<[field: string, body: Buffer]> {
    const key = this.prefix + name;
    let given = 0;
    for (const field of lines(await this.main.send('HKEYS', key))) {
      const marked = markedIn(field);
      if (marked?.mark === 'TOO_LARGE') this.refusals.add(key, 'the name of a field', marked.bytes);
      if (marked) continue;
      const value = await this.alone(key, String(field));
      if (value === null) continue;
      if (given++ >= most) return this.refuseRest(key, most);
      yield [String(field), await this.whole(name, String(field), value)];
    }
  }

  private async refuseRest(key: string, most: number): Promise<void> {
    const count = numberOf(await this.main.send('HLEN', key));
    if (count > most) this.refusals.add(key, `${count - most} of ${count} fields`, 0);
  }

  /** A name that is too large is no name of ours. */
  private *pairs(key: string, page: Reply | undefined): Generator<[field: string, value: Reply]> {
    const all = lines(page);
    for (let i = 0; i + 1 < all.length; i += 2) {
      const marked = markedIn(all[i]);
      if (marked) this.refusals.add(key, 'the name of a field', marked.bytes);
      else yield [String(all[i]), all[i + 1] ?? null];
    }
  }

  /** Values of some fields, in their order; undefined where one is not there, empty where it is too large. */
  async some(name: string, fields: readonly string[]): Promise<(Buffer | undefined)[]> {
    if (fields.length === 0) return [];
    const values = lines(await this.main.send('HMGET', this.prefix + name, ...fields));
    const found: (Buffer | undefined)[] = [];
    for (const [i, field] of fields.entries()) {
      const value = values[i] ?? null;
      found.push(value === null ? undefined : await this.whole(name, field, value));
    }
    return found;
  }

  /** What had no room beside others is asked for alone. */
  private async whole(name: string, field: string, value: Reply): Promise<Buffer> {
    const key = this.prefix + name;
    const marked = markedIn(value);
    const alone = marked?.mark === 'LEFT_OUT' && marked.bytes <= SMALL ? await this.alone(key, field) : value;
    const bytes = markedIn(alone)?.bytes ?? (Buffer.isBuffer(alone) ? alone.length : 0);
    if (Buffer.isBuffer(alone) && bytes <= SMALL && !markedIn(alone)) return alone;
    this.refusals.add(key, field, bytes);
    return Buffer.alloc(0);
  }

  private async alone(key: string, field: string): Promise<Reply> {
    return lines(await this.main.send('HMGET', key, field))[0] ?? null;
  }

  /** Undefined where it is not there, is too large, or is not what its name says. */
  async blob(hash: string): Promise<Buffer | undefined> {
    const key = `${this.prefix}blob:${hash}`;
    const size = numberOf(await this.main.send('STRLEN', key));
    if (size > LARGE) this.refusals.add(key, '', size);
    if (size === 0 || size > LARGE) return undefined;
    const digest = createHash('sha256');
    const parts: Buffer[] = [];
    for (let at = 0; at < size; at += PIECE) {
      const part = await this.main.send('GETRANGE', key, String(at), String(Math.min(size, at + PIECE) - 1));
      if (!Buffer.isBuffer(part)) return undefined;
      digest.update(part);
      parts.push(part);
    }
    return digest.digest('hex') === hash ? Buffer.concat(parts) : undefined;
  }
}

/** @throws SondeError for what nobody could read again. */
export function refuseLarge(body: Uint8Array, hash: string): void {
  if (body.length <= LARGE) return;
  const what = `${body.length} bytes are more than the ${LARGE} that a worker takes from the server`;
  throw new SondeError('bad-request', what, hash, 'Train it on less, or roll out a smaller one.');
}
