/** Streams in Redis: entries are read with bounds, and whoever waits for some has a connection of its own meanwhile. */
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Entry, Offset, ReadOptions, StreamEnds } from '../types.ts';
import { Connection, type Reply } from './connection.ts';
import type { Refusals } from './refusals.ts';
import { entriesOf, lines, numberOf, xadd, type RawEntry } from './replies.ts';
import type { RedisSettings } from './settings.ts';

/** A blocking read asks again after so long, ms: its signal is heard by then. */
export const BLOCK_MS = 500;

export class RedisStreams {
  private readonly settings: RedisSettings;
  private readonly main: Connection;
  private readonly refusals: Refusals;
  private readonly prefix: string;
  /** Connections that wait for entries, one a reader at a time; and those of them that nobody uses. */
  private readonly all: Connection[] = [];
  private readonly idle: Connection[] = [];
  /** Which stream is asked for first. */
  private first = 0;

  constructor(main: Connection, settings: RedisSettings, refusals: Refusals) {
    this.main = main;
    this.settings = settings;
    this.refusals = refusals;
    this.prefix = settings.prefix;
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
    try {
      return await this.waiting((connection) => this.readWith(connection, from, options));
    } catch (error) {
      if (!(error instanceof SondeError) || error.code !== 'read-failed') throw error;
      // What nobody can hold together is read one by one: an entry alone can always be passed over.
      return this.readApart(from);
    }
  }

  private async readApart(from: ReadonlyMap<string, Offset>): Promise<Entry[]> {
    const one = { most: 1, waitMs: 0 };
    const found: Entry[] = [];
    for (const each of from) {
      const entries = await this.waiting((connection) => this.readWith(connection, new Map([each]), one));
      found.push(...entries);
      if (entries.some(({ tooLarge }) => tooLarge !== undefined)) break;
    }
    return found;
  }

  private async readWith(
    connection: Connection,
    from: ReadonlyMap<string, Offset>,
    { most, waitMs, signal }: ReadOptions,
  ): Promise<Entry[]> {
    const until = performance.now() + waitMs;
    const count = String(Math.max(1, Math.floor(most / from.size)));
    const all = [...from.keys()];
    // After what had no room another stream comes first.
    const names = [...all.slice(this.first % all.length), ...all.slice(0, this.first % all.length)];
    const after = names.map((name) => from.get(name)!);
    const streams = ['STREAMS', ...names.map((name) => this.key(name)), ...after];
    for (;;) {
      const left = Math.min(BLOCK_MS, Math.floor(until - performance.now()));
      const block = left > 0 ? ['BLOCK', String(left)] : [];
      const reply = await connection.send('XREAD', 'COUNT', count, ...block, ...streams);
      const found = lines(reply).flatMap((each) => this.streamOf(each));
      if (found.length > 0 || performance.now() >= until || signal?.aborted) return this.withRoom(found);
    }
  }

  private streamOf(reply: Reply): RawEntry[] {
    const [name, entries] = lines(reply);
    return entriesOf(String(name).slice(this.prefix.length), entries ?? null);
  }

  /** Those that came whole; what had no room beside them is read the next time, and what never has is told of, and empty. */
  private withRoom(found: readonly RawEntry[]): Entry[] {
    const full = new Set<string>();
    const taken: Entry[] = [];
    for (const { marked, ...entry } of found) {
      if (marked?.mark === 'LEFT_OUT' && taken.length > 0) full.add(entry.stream);
      if (full.has(entry.stream)) continue;
      if (marked) this.refusals.add(this.key(entry.stream), `entry ${entry.offset}`, marked.bytes);
      taken.push(marked ? { ...entry, tooLarge: marked.bytes } : entry);
    }
    if (full.size > 0) this.first++;
    return taken;
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
    return this.withRoom(
      entriesOf(stream, await this.main.send('XREVRANGE', this.key(stream), '+', '-', 'COUNT', '1')),
    )[0];
  }

  close(): void {
    for (const connection of this.all) connection.close();
  }

  /** Lends a connection to somebody who makes it wait. */
  private async waiting<T>(act: (connection: Connection) => Promise<T>): Promise<T> {
    let connection = this.idle.pop();
    // One that was lost while nobody used it may wait for its next try when the server has long been back.
    for (; connection && !connection.isUp; connection = this.idle.pop()) this.giveUp(connection);
    if (!connection) {
      connection = new Connection(this.settings);
      this.all.push(connection);
      await connection.reached();
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
