/** Readers of the database as everyone else sees them: typed questions, spread over a few threads, each cancellable. */
import { Worker } from 'node:worker_threads';
import { SondeError } from '../../../src-shared/errors.ts';
import type { CancelSignal } from '../../../src-shared/contract/cancel.ts';
import { errorOf } from './failure.ts';
import type { QueryAnswer, QueryArgs, QueryName } from './queries/index.ts';
import type { Question, ReaderReply, ReaderRequest } from './reading.ts';

export interface Readers {
  /** Rejects with `cancelled` when the signal is set off, also in the middle of a long walk over the rows. */
  ask<N extends QueryName>(name: N, args: QueryArgs<N>, signal?: CancelSignal): Promise<QueryAnswer<N>>;
  /** Rows of this capture that the longest question of this name has walked over so far; 0 where none is asked. */
  walked(name: QueryName, capture: number): number;
  close(): Promise<void>;
}

interface Waiting {
  question: Question;
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
  private readonly url: URL;
  private readonly path: string;
  private worker: Worker | undefined;
  private readonly flag = new Int32Array(new SharedArrayBuffer(8));
  private readonly queue: Waiting[] = [];
  private current: Waiting | undefined;
  private sequence = 0;
  private closed = false;

  constructor(url: URL, path: string) {
    this.url = url;
    this.path = path;
  }

  get load(): number {
    return this.queue.length + (this.current ? 1 : 0);
  }

  ask(question: Question, signal: CancelSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled());
      const stop = (): void => this.stop(waiting);
      const done = (): void => signal?.removeEventListener('abort', stop);
      const waiting: Waiting = {
        question,
        sequence: ++this.sequence,
        resolve: (value) => (done(), resolve(value)),
        reject: (error) => (done(), reject(error)),
      };
      signal?.addEventListener('abort', stop, { once: true });
      this.queue.push(waiting);
      this.next();
    });
  }

  walked(name: QueryName, capture: number): number {
    const { question } = this.current ?? {};
    const about = question?.args[0];
    const same = typeof about === 'object' && about !== null && 'capture' in about && about.capture === capture;
    return question?.name === name && same ? Atomics.load(this.flag, 1) : 0;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const waiting of this.queue.splice(0)) waiting.reject(cancelled());
    if (this.current) Atomics.store(this.flag, 0, this.current.sequence);
    const { worker } = this;
    if (!worker) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.ref();
    worker.postMessage(null);
    await ended;
  }

  /** Ends the thread as a crash would: for tests. */
  async kill(): Promise<void> {
    await this.worker?.terminate();
  }

  private stop(waiting: Waiting): void {
    const place = this.queue.indexOf(waiting);
    if (place >= 0) this.queue.splice(place, 1);
    else if (this.current === waiting) Atomics.store(this.flag, 0, waiting.sequence);
    waiting.reject(cancelled());
  }

  private next(): void {
    if (this.current || this.queue.length === 0) return;
    this.current = this.queue.shift()!;
    const { sequence, question } = this.current;
    const thread = this.thread();
    // Only who is asked keeps the program alive.
    thread.ref();
    thread.postMessage({ sequence, ...question } satisfies ReaderRequest);
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
    this.next();
  }

  private lose(worker: Worker): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    this.give((waiting) => waiting.reject(lost()));
    if (!this.closed) this.next();
  }

  private give(what: (waiting: Waiting) => void): void {
    const { current } = this;
    this.current = undefined;
    this.worker?.unref();
    if (current) what(current);
  }
}

/** Threads: one long question leaves another thread for the short ones. */
const THREADS = 3;

/** Starts readers of the database at `path`, which must be there. `worker`: where their program is. */
export function openReaders(path: string, worker: URL, threads = THREADS): Readers & { kill(): Promise<void> } {
  const readers = Array.from({ length: threads }, () => new Reader(worker, path));
  const idlest = (): Reader => readers.reduce((best, each) => (each.load < best.load ? each : best));
  return {
    ask: (name, args, signal) => idlest().ask({ name, args }, signal) as Promise<never>,
    walked: (name, capture) => Math.max(...readers.map((r) => r.walked(name, capture))),
    close: async () => void (await Promise.all(readers.map((r) => r.close()))),
    kill: async () => void (await Promise.all(readers.map((r) => r.kill()))),
  };
}
