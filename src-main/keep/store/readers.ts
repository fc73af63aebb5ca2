/** Readers of the database as everyone else sees them: typed questions, spread over a few threads, each cancellable. */
import { Worker } from 'node:worker_threads';
import { SondeError } from '../../../src-shared/errors.ts';
import type { CancelSignal } from '../../../src-shared/contract/cancel.ts';
import { errorOf } from './failure.ts';
import { lane, LaneQueue } from './lanes.ts';
import type { QueryAnswer, QueryArgs, QueryName } from './queries/index.ts';
import type { Question, ReaderReply, ReaderRequest } from './reading.ts';

export interface Readers {
  /** Rejects with `cancelled` when the signal is set off, also in the middle of a long walk over the rows. */
  ask<N extends QueryName>(name: N, args: QueryArgs<N>, signal?: CancelSignal): Promise<QueryAnswer<N>>;
  /** Rows of this capture that the longest question of this name has walked over so far; 0 where none is asked. */
  walked(name: QueryName, capture: number): number;
  /** Starts all threads, so that the first view, which asks several things at once, does not wait for them. */
  warm(): void;
  close(): Promise<void>;
}

interface Waiting {
  question: Question;
  lane: string;
  sequence: number;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const cancelled = (): SondeError => new SondeError('cancelled', 'the question was cancelled', '', '');
const lost = (): SondeError =>
  new SondeError(
    'worker-lost',
    'a reader of the database ended while it was asked',
    '',
    'Try again: another one was started.',
  );

/** One thread, one question at a time. It is started again when it dies. */
class Reader {
  /** What it was asked and has not answered. */
  current: Waiting | undefined;
  private readonly url: URL;
  private readonly path: string;
  private readonly onIdle: () => void;
  private worker: Worker | undefined;
  private closing = false;
  private readonly flag = new Int32Array(new SharedArrayBuffer(8));

  constructor(url: URL, path: string, onIdle: () => void) {
    this.url = url;
    this.path = path;
    this.onIdle = onIdle;
  }

  /** While nothing is asked. */
  start(waiting: Waiting): void {
    this.current = waiting;
    const { sequence, question } = waiting;
    const thread = this.thread();
    // Only who is asked keeps the program alive.
    thread.ref();
    thread.postMessage({ sequence, ...question } satisfies ReaderRequest);
  }

  /** Rows of this capture that it has walked over for the question it works on. */
  walked(name: QueryName, capture: number): number {
    const { question } = this.current ?? {};
    const about = question?.args[0];
    const same = typeof about === 'object' && about !== null && 'capture' in about && about.capture === capture;
    return question?.name === name && same ? Atomics.load(this.flag, 1) : 0;
  }

  /** Has the question it works on given up soon; it is answered as `cancelled` at once. */
  interrupt(): void {
    if (this.current) Atomics.store(this.flag, 0, this.current.sequence);
  }

  async close(): Promise<void> {
    this.interrupt();
    const { worker } = this;
    if (!worker) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    // An answer on its way must not let the program end before the thread has.
    this.closing = true;
    worker.ref();
    worker.postMessage(null);
    await ended;
  }

  /** Ends the thread as a crash would: for tests. */
  async kill(): Promise<void> {
    await this.worker?.terminate();
  }

  private thread(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(this.url, { workerData: { path: this.path, stopped: this.flag.buffer } });
    worker.on('message', (reply: ReaderReply) => this.settle(worker, reply));
    worker.on('error', () => this.lose(worker));
    worker.on('exit', () => this.lose(worker));
    worker.unref();
    return (this.worker = worker);
  }

  private settle(worker: Worker, { sequence, value, failure }: ReaderReply): void {
    if (this.worker !== worker) return;
    if (sequence === 0) {
      // A reader that cannot open the database ends; what was asked of it fails for that reason.
      if (failure) this.give((waiting) => waiting.reject(errorOf(failure)));
      return;
    }
    if (this.current?.sequence !== sequence) return;
    this.give((waiting) => (failure ? waiting.reject(errorOf(failure)) : waiting.resolve(value)));
    this.onIdle();
  }

  private lose(worker: Worker): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    this.give((waiting) => waiting.reject(lost()));
    this.onIdle();
  }

  private give(what: (waiting: Waiting) => void): void {
    const { current } = this;
    this.current = undefined;
    if (!this.closing) this.worker?.unref();
    if (current) what(current);
  }
}

/** Threads: one long question leaves another thread for the short ones. */
const THREADS = 4;

/** The threads, and who is asked next: lanes in turn, and no lane on all of the threads at once. */
class Pool implements Readers {
  private readonly readers: readonly Reader[];
  private readonly waiting = new LaneQueue<Waiting>();
  private sequence = 0;
  private closed = false;

  constructor(path: string, worker: URL, threads: number) {
    this.readers = Array.from({ length: threads }, () => new Reader(worker, path, () => this.next()));
  }

  ask<N extends QueryName>(name: N, args: QueryArgs<N>, signal?: CancelSignal): Promise<QueryAnswer<N>> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.closed || signal?.aborted) return reject(cancelled());
      const stop = (): void => this.stop(waiting);
      const done = (): void => signal?.removeEventListener('abort', stop);
      const waiting: Waiting = {
        question: { name, args },
        lane: lane(),
        sequence: ++this.sequence,
        resolve: (value) => (done(), resolve(value)),
        reject: (error) => (done(), reject(error)),
      };
      signal?.addEventListener('abort', stop, { once: true });
      this.waiting.push(waiting.lane, waiting);
      this.next();
    }) as Promise<QueryAnswer<N>>;
  }

  walked(name: QueryName, capture: number): number {
    return Math.max(...this.readers.map((r) => r.walked(name, capture)));
  }

  warm(): void {
    for (const reader of this.readers) {
      if (reader.current) continue;
      const nothing = (): void => undefined;
      const question: Question = { name: 'captureName', args: [0] };
      reader.start({ question, lane: '', sequence: ++this.sequence, resolve: nothing, reject: nothing });
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const waiting of this.waiting.drain()) waiting.reject(cancelled());
    await Promise.all(this.readers.map((r) => r.close()));
  }

  async kill(): Promise<void> {
    await Promise.all(this.readers.map((r) => r.kill()));
  }

  private stop(waiting: Waiting): void {
    if (!this.waiting.remove(waiting.lane, waiting)) this.readers.find((r) => r.current === waiting)?.interrupt();
    waiting.reject(cancelled());
  }

  private next(): void {
    for (const reader of this.readers) {
      if (reader.current) continue;
      const waiting = this.waiting.shift((name) => this.mayTake(name));
      if (!waiting) return;
      reader.start(waiting);
    }
  }

  private mayTake(name: string): boolean {
    const taken = this.readers.filter((r) => r.current?.lane === name).length;
    return taken < Math.max(1, this.readers.length - 1);
  }
}

/** Starts readers of the database at `path`, which must be there. `worker`: where their program is. */
export function openReaders(path: string, worker: URL, threads = THREADS): Readers & { kill(): Promise<void> } {
  return new Pool(path, worker, threads);
}
