/** The transport within one process, for tests and as the plainest form of what a transport promises. */
import { randomUUID } from 'node:crypto';
import { SondeError } from '../../../../src-shared/errors.ts';
import { compareOffsets, sha256 } from '../names.ts';
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

interface Held {
  holder: string;
  fence: number;
  until: number;
}

interface Request {
  body: Uint8Array;
  reply: (chunk: Uint8Array | null) => void;
}

/** What all members of one fleet share: in place of a server. */
export class MemoryBroker {
  readonly streams = new Map<string, Entry[]>();
  readonly leases = new Map<string, Held>();
  readonly saved = new Map<string, Saved>();
  readonly keys = new Map<string, { body: Uint8Array; until: number }>();
  readonly tables = new Map<string, Map<string, Uint8Array>>();
  readonly blobs = new Map<string, Uint8Array>();
  readonly requests = new Map<string, Request[]>();
  private readonly waiting = new Set<() => void>();
  private count = 0;
  private fences = 0;
  /** As if the server could not be reached. */
  away = false;
  /** Milliseconds; tests may set their own. */
  now: () => number = () => performance.now();

  nextOffset(): Offset {
    return `${++this.count}-0`;
  }

  nextFence(): number {
    return ++this.fences;
  }

  /** Something changed: who waits looks again. */
  wake(): void {
    for (const each of [...this.waiting]) each();
  }

  /** Until something changes, the time is over or the signal is given. */
  async change(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.waiting.add(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}

export class MemoryTransport implements Transport {
  readonly name = 'memory';
  readonly tooLarge: ReadonlyMap<string, TooLarge> = new Map();
  private readonly broker: MemoryBroker;

  constructor(broker: MemoryBroker) {
    this.broker = broker;
  }

  publish(stream: string, bodies: readonly Uint8Array[], most: number): Promise<Offset[]> {
    return this.here(() => {
      const offsets = bodies.map((body) => this.append(stream, body, most));
      this.broker.wake();
      return offsets;
    });
  }

  private append(stream: string, body: Uint8Array, most: number): Offset {
    const { streams } = this.broker;
    const entries = streams.get(stream) ?? [];
    const offset = this.broker.nextOffset();
    entries.push({ stream, offset, body: body.slice() });
    if (entries.length > most) entries.splice(0, entries.length - most);
    streams.set(stream, entries);
    return offset;
  }

  async read(from: ReadonlyMap<string, Offset>, { most, waitMs, signal }: ReadOptions): Promise<Entry[]> {
    const until = performance.now() + waitMs;
    for (;;) {
      const found = await this.here(() => this.after(from, most));
      const left = until - performance.now();
      if (found.length > 0 || left <= 0 || signal?.aborted) return found;
      await this.broker.change(left, signal);
    }
  }

  private after(from: ReadonlyMap<string, Offset>, most: number): Entry[] {
    const found: Entry[] = [];
    for (const [stream, offset] of from) {
      const entries = this.broker.streams.get(stream) ?? [];
      found.push(...entries.filter((entry) => compareOffsets(entry.offset, offset) > 0).slice(0, most - found.length));
    }
    return found;
  }

  ends(stream: string): Promise<StreamEnds> {
    return this.here(() => {
      const entries = this.broker.streams.get(stream) ?? [];
      return { length: entries.length, first: entries[0]?.offset ?? '0', last: entries.at(-1)?.offset ?? '0' };
    });
  }

  last(stream: string): Promise<Entry | undefined> {
    return this.here(() => this.broker.streams.get(stream)?.at(-1));
  }

  trim(stream: string, before: Offset): Promise<number> {
    return this.here(() => {
      const entries = this.broker.streams.get(stream) ?? [];
      const kept = entries.filter(({ offset }) => compareOffsets(offset, before) >= 0);
      this.broker.streams.set(stream, kept);
      return entries.length - kept.length;
    });
  }

  takeLease(role: string, holder: string, ms: number): Promise<Lease | undefined> {
    return this.here(() => {
      const { leases, now } = this.broker;
      const held = leases.get(role);
      if (held && held.until > now() && held.holder !== holder) return undefined;
      const fence = this.broker.nextFence();
      leases.set(role, { holder, fence, until: now() + ms });
      return { role, holder, fence };
    });
  }

  renewLease(lease: Lease, ms: number): Promise<boolean> {
    return this.here(() => {
      const held = this.held(lease);
      if (held) held.until = this.broker.now() + ms;
      return held !== undefined;
    });
  }

  releaseLease(lease: Lease): Promise<void> {
    return this.here(() => {
      if (this.held(lease)) this.broker.leases.delete(lease.role);
    });
  }

  holderOf(role: string): Promise<string | undefined> {
    return this.here(() => {
      const held = this.broker.leases.get(role);
      return held && held.until > this.broker.now() ? held.holder : undefined;
    });
  }

  private held({ role, fence }: Lease): Held | undefined {
    const held = this.broker.leases.get(role);
    return held?.fence === fence && held.until > this.broker.now() ? held : undefined;
  }

  load(role: string): Promise<Saved> {
    return this.here(() => {
      const saved = this.broker.saved.get(role);
      return { state: saved?.state?.slice(), offsets: new Map(saved?.offsets) };
    });
  }

  commit(lease: Lease, { state, offsets, append = [], fields = [] }: Commit): Promise<boolean> {
    return this.here(() => {
      if (!this.held(lease)) return false;
      const before = this.broker.saved.get(lease.role);
      this.broker.saved.set(lease.role, {
        state: state?.slice() ?? before?.state,
        offsets: new Map([...(before?.offsets ?? []), ...offsets]),
      });
      for (const { stream, body, most } of append) this.append(stream, body, most);
      for (const { table, field, body } of fields) this.setField(table, field, body);
      this.broker.wake();
      return true;
    });
  }

  put(key: string, body: Uint8Array, ms = Infinity): Promise<void> {
    return this.here(() => void this.broker.keys.set(key, { body: body.slice(), until: this.broker.now() + ms }));
  }

  get(key: string, most = Infinity): Promise<Uint8Array | undefined> {
    return this.here(() => {
      const found = this.broker.keys.get(key);
      if (!found || found.until <= this.broker.now()) return undefined;
      return found.body.slice(0, found.body.length > most ? 0 : undefined);
    });
  }

  drop(key: string): Promise<void> {
    return this.here(() => void this.broker.keys.delete(key));
  }

  putField(table: string, field: string, body: Uint8Array): Promise<void> {
    return this.here(() => this.setField(table, field, body));
  }

  dropField(table: string, field: string): Promise<void> {
    return this.here(() => this.setField(table, field, undefined));
  }

  fields(table: string): Promise<Map<string, Uint8Array>> {
    return this.here(() => new Map(this.broker.tables.get(table)));
  }

  async *eachField(table: string, most: number): AsyncIterable<[field: string, body: Uint8Array]> {
    yield* [...(await this.fields(table))].slice(0, most);
  }

  someFields(table: string, fields: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    return this.here(() => fields.map((field) => this.broker.tables.get(table)?.get(field)));
  }

  fieldCount(table: string): Promise<number> {
    return this.here(() => this.broker.tables.get(table)?.size ?? 0);
  }

  private setField(table: string, field: string, body: Uint8Array | undefined): void {
    const fields = this.broker.tables.get(table) ?? new Map<string, Uint8Array>();
    if (body) fields.set(field, body.slice());
    else fields.delete(field);
    this.broker.tables.set(table, fields);
  }

  putBlob(body: Uint8Array): Promise<string> {
    return this.here(() => {
      const hash = sha256(body);
      this.broker.blobs.set(hash, body.slice());
      return hash;
    });
  }

  getBlob(hash: string): Promise<Uint8Array | undefined> {
    return this.here(() => {
      const body = this.broker.blobs.get(hash);
      return body && sha256(body) === hash ? body.slice() : undefined;
    });
  }

  async *ask(service: string, request: Uint8Array, waitMs: number): AsyncIterable<Uint8Array> {
    const chunks: (Uint8Array | null)[] = [];
    const id = randomUUID();
    const reply = (chunk: Uint8Array | null): void => {
      chunks.push(chunk);
      this.broker.wake();
    };
    await this.here(() => {
      const queue = this.broker.requests.get(service) ?? [];
      queue.push({ body: request.slice(), reply });
      this.broker.requests.set(service, queue);
      this.broker.wake();
    });
    let until = performance.now() + waitMs;
    for (;;) {
      const chunk = chunks.shift();
      if (chunk === null) return;
      if (chunk) {
        until = performance.now() + waitMs;
        yield chunk;
        continue;
      }
      if (performance.now() >= until) throw noAnswer(service, id);
      await this.broker.change(until - performance.now());
    }
  }

  async serve(service: string, answer: Answerer, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const request = this.broker.requests.get(service)?.shift();
      if (!request) {
        await this.broker.change(1000, signal);
        continue;
      }
      for await (const chunk of answer(request.body, signal)) request.reply(chunk.slice());
      request.reply(null);
    }
  }

  close(): Promise<void> {
    this.broker.wake();
    return Promise.resolve();
  }

  private here<T>(act: () => T): Promise<T> {
    if (!this.broker.away) return Promise.resolve().then(act);
    const cure = 'It goes on by itself when the server is back.';
    return Promise.reject(new SondeError('connection-lost', 'the server is away', this.name, cure));
  }
}

export function noAnswer(service: string, request: string): SondeError {
  const cure = 'Look whether the sensor runs and allows this.';
  return new SondeError('connection-lost', `nobody answers ${service} (request ${request})`, service, cure);
}
