import { Rng } from '../prng.ts';
import { Bytes, Pool, PoolBytes, TlsRecords, type Content } from './content.ts';
import type { Host } from './hosts.ts';
import { LabelTable, type Tag } from './labels.ts';
import { Output, type OutputOptions } from './output.ts';
import { EventQueue, type Process } from './queue.ts';
import { Wire } from './wire.ts';

export const SECOND = 1e9;
export const MS = 1e6;
export const MINUTE = 60e9;
export const HOUR = 3600e9;
export const BENIGN: Tag = { kind: 'benign', scenario: 'benign' };

/** What happened, when and who: one entry per injected scenario. */
export interface Truth {
  id: string;
  kind: string;
  /** ns from the start. */
  start: number;
  end: number;
  sources: string[];
  targets: string[];
  note: string;
}

export interface SimOptions extends OutputOptions {
  seed: number;
  /** Seconds since 1970 of the capture's start. */
  startSeconds: number;
  /** ns after which nothing more is written. */
  duration: number;
  labels?: boolean;
  /** Bytes of the ciphertext pool; small pools compress well. */
  poolSize?: number;
  maxPackets?: number;
  /** Ciphertext is longer by up to this share of its length, drawn anew each time. */
  padding?: number;
}

class GeneratorProcess implements Process {
  private readonly generator: Generator<number, void>;
  constructor(generator: Generator<number, void>) {
    this.generator = generator;
  }
  step(): number {
    const r = this.generator.next();
    return r.done ? -1 : r.value;
  }
}

class CallProcess implements Process {
  private readonly call: () => void;
  constructor(call: () => void) {
    this.call = call;
  }
  step(): number {
    this.call();
    return -1;
  }
}

/** The wire and its clock: processes are called in order of time and put packets on it. */
export class Sim {
  readonly rng: Rng;
  readonly wire = new Wire();
  readonly labels = new LabelTable();
  readonly truth: Truth[] = [];
  readonly truthOf = new Map<Tag, Truth>();
  readonly pool: Pool;
  readonly options: SimOptions;
  readonly output: Output;
  private readonly queue = new EventQueue();
  private readonly labelling: boolean;
  private readonly maxPackets: number;
  private readonly padding: number;
  /** ns from the start of the capture. */
  now = 0;

  constructor(options: SimOptions) {
    this.options = options;
    this.rng = new Rng(options.seed);
    this.pool = new Pool(this.rng.fork('pool'), options.poolSize ?? 65536);
    this.output = new Output(options.startSeconds, options);
    this.labelling = options.labels ?? true;
    this.padding = options.padding ?? 0;
    this.maxPackets = options.maxPackets ?? Number.POSITIVE_INFINITY;
  }

  get duration(): number {
    return this.options.duration;
  }

  /** Starts a process at `time`; nothing that would start after the end is kept. */
  start(time: number, process: Process): void {
    if (time < this.options.duration) this.queue.push(Math.max(Math.floor(time), this.now), process);
  }

  /** Starts a generator that yields the absolute times at which it wants to go on. */
  spawn(time: number, generator: Generator<number, void>): void {
    this.start(time, new GeneratorProcess(generator));
  }

  at(time: number, call: () => void): void {
    this.start(time, new CallProcess(call));
  }

  label(tag: Tag, proto: number, src: Uint8Array, dst: Uint8Array, sport: number, dport: number): void {
    this.touch(tag);
    if (this.labelling) this.labels.add(tag, this.now, proto, src, dst, sport, dport);
  }

  /** A scenario did something now: its end moves on. */
  touch(tag: Tag): void {
    const truth = this.truthOf.get(tag);
    if (truth !== undefined && this.now > truth.end) truth.end = this.now;
  }

  /** Writes what the wire holds, now. */
  emit(): void {
    if (this.output.packets >= this.maxPackets) return;
    this.output.packet(this.now, this.wire.buffer, this.wire.length);
  }

  /** Writes a frame made by the builders, now. */
  emitFrame(frame: Uint8Array): void {
    this.wire.raw(frame);
    this.emit();
  }

  /** One UDP datagram, now. The addresses are the hosts' IPv6 ones when `v6`. */
  udp(src: Host, dst: Host, v6: boolean, sport: number, dport: number, payload: Uint8Array | Content): void {
    this.wire.udp(src, dst, v6, sport, dport, payload instanceof Uint8Array ? new Bytes(payload) : payload);
    this.emit();
  }

  /** Ciphertext-like bytes. */
  cipher(length: number): PoolBytes {
    return new PoolBytes(this.pool, Math.floor(this.padded(length)), this.rng.int(0, this.pool.size - 1));
  }

  /** TLS application data of `payload` bytes. */
  tlsData(payload: number, tls13 = true): TlsRecords {
    return new TlsRecords(
      this.pool,
      Math.max(1, Math.floor(this.padded(payload))),
      this.rng.int(0, this.pool.size - 1),
      tls13 ? 17 : 24,
    );
  }

  private padded(length: number): number {
    return this.padding === 0 ? length : length * (1 + this.rng.range(0, this.padding));
  }

  private done(): boolean {
    return (
      this.queue.size === 0 || this.queue.peekTime() >= this.options.duration || this.output.packets >= this.maxPackets
    );
  }

  /** Runs to the end; yields the file in chunks whose bytes are valid until the next is asked for. */
  *chunks(): Generator<Uint8Array> {
    const { queue, output } = this;
    while (!this.done()) {
      this.now = queue.peekTime();
      const process = queue.top();
      // It stays on top while it acts: what it starts is never earlier than now.
      const next = process.step();
      if (next >= 0 && next < this.options.duration) queue.replaceTop(Math.max(Math.floor(next), this.now));
      else queue.pop();
      if (output.full()) yield output.take();
    }
    yield output.take();
  }
}
