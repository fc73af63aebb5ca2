/** Imports: one at a time, each on a thread of its own; their states, and who wants to hear of them. */
import type { ImportState } from '../../../../src-shared/contract/topics/captures.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { withPlainNames } from '../files.ts';
import { errorOf } from '../../../keep/store/failure.ts';
import { startThread, type MessagePort, type Thread } from '../../pipeline/threads.ts';
import type { FromImport, ImportData } from './messages.ts';

/** Ended jobs that are remembered. */
const REMEMBERED = 50;
/** Jobs that may wait. */
const WAITING = 100;

export interface JobOptions {
  /** Folder where files of indicator lists are kept. */
  lists: string;
  /** A port to the store for each job's thread. */
  connect(): MessagePort;
  /** Milliseconds since 1970. */
  now(): number;
  /** A capture came to be, or changed. */
  onCapture(capture: number): void;
  /** An error that is a bug: returns the message for people. */
  onBug(error: unknown): string;
}

interface Job {
  state: ImportState;
  files: string[];
  thread: Thread | undefined;
  /** Settled when it has ended, however it ended. */
  ended: Promise<void>;
  end(): void;
}

export type JobListener = (state: ImportState) => void;

const OVER: ReadonlySet<ImportState['stage']> = new Set(['done', 'cancelled', 'failed']);

export function isOver(state: ImportState): boolean {
  return OVER.has(state.stage);
}

/** Why a thread that gave no reason itself is gone. */
function lostImport(name: string, error: Error | null): Error {
  if (error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const what = 'there was not enough memory for this import; what it had kept is marked incomplete';
    return new SondeError(
      'worker-lost',
      what,
      name,
      'Close other programs, or cut the capture into parts (editcap -c).',
    );
  }
  if (error && !(error instanceof SondeError)) return error;
  const what = 'the import ended unexpectedly; what it had kept is marked incomplete';
  return new SondeError('worker-lost', what, name, 'Import the file again.');
}

export class Jobs {
  private readonly options: JobOptions;
  private readonly jobs = new Map<number, Job>();
  private readonly listeners = new Set<JobListener>();
  private count = 0;
  private running: Job | undefined;
  private closed = false;

  constructor(options: JobOptions) {
    this.options = options;
  }

  /** Number of the job. @throws SondeError `too-many` */
  add(files: readonly string[], name: string): number {
    const waiting = [...this.jobs.values()].filter((j) => j.state.stage === 'waiting').length;
    if (waiting >= WAITING)
      throw new SondeError('too-many', 'too many imports are waiting', name, 'Wait until some of them are done.');
    const job = ++this.count;
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const state: ImportState = {
      job,
      name,
      stage: 'waiting',
      bytes: 0,
      total: null,
      packets: 0,
      packetsPerSecond: 0,
      secondsElapsed: 0,
      secondsLeft: null,
      capture: null,
      warnings: [],
      error: null,
    };
    this.jobs.set(job, { state, files: [...files], thread: undefined, ended, end });
    this.forget();
    this.next();
    return job;
  }

  /** Newest first. */
  list(): ImportState[] {
    return [...this.jobs.values()].map((j) => j.state).reverse();
  }

  /** @throws SondeError `not-found` */
  get(job: number): ImportState {
    return this.find(job).state;
  }

  /** What was read so far is kept. A job that is over stays as it is. @throws SondeError `not-found` */
  cancel(job: number): void {
    const found = this.find(job);
    if (found.state.stage === 'waiting') this.change(found, { stage: 'cancelled' });
    else found.thread?.send('stop');
  }

  /** The number of imports under way or waiting. */
  get active(): number {
    return [...this.jobs.values()].filter((j) => !isOver(j.state)).length;
  }

  /** Whether an import that is not over writes this capture. */
  isImporting(capture: number): boolean {
    return [...this.jobs.values()].some((j) => j.state.capture === capture && !isOver(j.state));
  }

  /** Calls back at every change of any job, until the function it returns is called. */
  listen(listener: JobListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  whenEnded(job: number): Promise<void> {
    return this.find(job).ended;
  }

  /** Ends the thread of a running import as a crash would: for tests. */
  async kill(job: number): Promise<void> {
    await this.find(job).thread?.kill();
  }

  /** Cancels everything and waits: what was read is kept. After `patience` ms what still runs is ended. */
  async close(patience: number): Promise<void> {
    this.closed = true;
    for (const job of this.jobs.values()) if (!isOver(job.state)) this.cancel(job.state.job);
    const { running } = this;
    if (!running) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, patience)));
    await Promise.race([running.ended, late]);
    clearTimeout(timer);
    await running.thread?.kill();
  }

  private find(job: number): Job {
    const found = this.jobs.get(job);
    if (!found)
      throw new SondeError('not-found', 'there is no such import', String(job), 'Look at the list of imports.');
    return found;
  }

  private forget(): void {
    const over = [...this.jobs.values()].filter((j) => isOver(j.state));
    for (const job of over.slice(0, Math.max(0, over.length - REMEMBERED))) this.jobs.delete(job.state.job);
  }

  private next(): void {
    if (this.running || this.closed) return;
    const job = [...this.jobs.values()].find((j) => j.state.stage === 'waiting');
    if (job) this.start(job);
  }

  private start(job: Job): void {
    this.running = job;
    this.change(job, { stage: 'reading' });
    const port = this.options.connect();
    const { lists, now } = this.options;
    const data: ImportData = { files: job.files, name: job.state.name, importedAt: now(), lists, port };
    job.thread = startThread('run/api/import/import.worker', data, [port], {
      onMessage: (message) => this.take(job, message as FromImport),
      onEnd: (error) => this.ended(job, error),
    });
  }

  private take(job: Job, message: FromImport): void {
    switch (message.type) {
      case 'begun':
        this.change(job, { capture: message.capture });
        return this.options.onCapture(message.capture);
      case 'removed': {
        const { capture } = job.state;
        this.change(job, { capture: null });
        return capture === null ? undefined : this.options.onCapture(capture);
      }
      case 'progress':
        return this.progress(job, message);
      case 'stage':
        return this.change(job, { stage: message.stage, secondsLeft: null });
      case 'done':
        // Before the job is over: who goes on to the capture then asks once, not again for the change.
        if (job.state.capture !== null) this.options.onCapture(job.state.capture);
        return this.change(job, {
          stage: message.cancelled ? 'cancelled' : 'done',
          warnings: message.warnings,
          secondsLeft: null,
        });
      case 'failed':
        return this.fail(job, errorOf(message.failure));
    }
  }

  private progress(job: Job, { bytes, total, packets, seconds }: Extract<FromImport, { type: 'progress' }>): void {
    const known = Number.isFinite(total) && total > 0;
    const share = known ? Math.min(1, bytes / total) : 0;
    this.change(job, {
      bytes,
      total: known ? total : null,
      packets,
      packetsPerSecond: seconds > 0 ? Math.round(packets / seconds) : 0,
      secondsElapsed: seconds,
      secondsLeft: share > 0.02 ? (seconds / share) * (1 - share) : null,
    });
  }

  private fail(job: Job, error: Error): void {
    const ours = error instanceof SondeError;
    const message = withPlainNames(ours ? error.message : this.options.onBug(error), job.files);
    const cure = ours ? error.cure : 'Try again; if it stays, report it.';
    this.change(job, {
      stage: 'failed',
      secondsLeft: null,
      error: { code: ours ? error.code : 'internal', message, cure },
    });
  }

  private ended(job: Job, error: Error | null): void {
    job.thread = undefined;
    if (!isOver(job.state)) {
      this.fail(job, lostImport(job.state.name, error));
    }
    if (job.state.stage === 'failed' && job.state.capture !== null) this.options.onCapture(job.state.capture);
    this.running = undefined;
    job.end();
    this.next();
  }

  private change(job: Job, change: Partial<ImportState>): void {
    job.state = { ...job.state, ...change };
    for (const listener of this.listeners) listener(job.state);
    if (isOver(job.state) && job !== this.running) job.end();
  }
}
