/** Work of the lab under way: one at a time, each on a thread of its own; what it came to is kept once it is done. */
import type { LabJob } from '../../../../src-shared/contract/topics/lab.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { errorOf } from '../../../keep/store/failure.ts';
import type { Failure } from '../../../keep/store/protocol.ts';
import { startThread, type Thread } from '../../pipeline/threads.ts';
import type { WorkerName } from '../../pipeline/workers.ts';
import { withPlainNames } from '../files.ts';

/** Ended jobs that are remembered. */
const REMEMBERED = 50;
/** Jobs that may wait. */
const WAITING = 20;

/** What a thread of the lab tells. */
export type FromLabThread<Done> =
  { type: 'step'; step: string; share: number } | { type: 'failed'; failure: Failure } | ({ type: 'done' } & Done);

/** What a job ends with, beside being done. */
type Outcome = Partial<Omit<LabJob, 'job' | 'kind' | 'name' | 'stage' | 'error'>>;

export interface LabWork<Done> {
  kind: LabJob['kind'];
  name: string;
  worker: WorkerName;
  data: unknown;
  /** Paths of its files: people are told their names. */
  files: readonly string[];
  /** Keeps what the thread came to. `plain` puts the files' names in place of their paths. */
  keep(done: Done, plain: (text: string) => string): Promise<Outcome>;
}

export interface LabJobOptions {
  /** Milliseconds since 1970. */
  now(): number;
  /** An error that is a bug: returns the message for people. */
  onBug(error: unknown): string;
}

interface Job {
  state: LabJob;
  work: LabWork<object>;
  began: number;
  thread: Thread | undefined;
  keeping: boolean;
  ended: Promise<void>;
  end(): void;
}

const OVER: ReadonlySet<LabJob['stage']> = new Set(['done', 'cancelled', 'failed']);
const NOUNS: Record<LabJob['kind'], string> = { experiment: 'experiment', model: 'training', scores: 'scoring' };

/** Messages of the command line name its options; a desk has fields. */
export function inDeskWords(text: string): string {
  if (text.includes('--label')) return 'Choose the file again, and say below it which column is the label.';
  if (text.includes('--model MODEL'))
    return 'Choose a model of such records, or a file that sonde features has written.';
  return text
    .replaceAll(/--(train|test)\b( FILE)?/g, '$1 data')
    .replaceAll(/--validation\b/g, 'share for validation')
    .replaceAll(/--([a-z]+)/g, '$1');
}

function lost({ kind, name }: LabJob, error: Error | null): Error {
  if (error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const what = `there was not enough memory for this ${NOUNS[kind]}`;
    return new SondeError('worker-lost', what, name, 'Close other programs, or learn from fewer records.');
  }
  if (error && !(error instanceof SondeError)) return error;
  return new SondeError('worker-lost', `the ${NOUNS[kind]} ended unexpectedly`, name, 'Start it again.');
}

export class LabJobs {
  private readonly options: LabJobOptions;
  private readonly jobs = new Map<number, Job>();
  private readonly listeners = new Set<(state: LabJob) => void>();
  private count = 0;
  private running: Job | undefined;
  private closed = false;

  constructor(options: LabJobOptions) {
    this.options = options;
  }

  /** Number of the job. @throws SondeError `too-many` */
  add<Done extends object>(work: LabWork<Done>): number {
    const { kind, name } = work;
    if ([...this.jobs.values()].filter(({ state }) => state.stage === 'waiting').length >= WAITING) {
      const what = 'too much of the lab is waiting';
      throw new SondeError('too-many', what, name, 'Wait until some of it is done.');
    }
    const job = ++this.count;
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const nothing = { experiment: null, model: null, scores: null, error: null };
    this.jobs.set(job, {
      state: { job, kind, name, stage: 'waiting', step: '', share: 0, secondsElapsed: 0, ...nothing },
      work: work as unknown as LabWork<object>,
      began: 0,
      thread: undefined,
      keeping: false,
      ended,
      end,
    });
    const over = [...this.jobs.values()].filter(({ state }) => OVER.has(state.stage));
    for (const { state } of over.slice(0, Math.max(0, over.length - REMEMBERED))) this.jobs.delete(state.job);
    this.next();
    return job;
  }

  /** Newest first. */
  list(): LabJob[] {
    return [...this.jobs.values()].map(({ state }) => state).reverse();
  }

  /** Nothing of it is kept; one that is over stays as it is. @throws SondeError `not-found` */
  cancel(job: number): string {
    const found = this.find(job);
    if (found.keeping || OVER.has(found.state.stage)) return found.state.name;
    this.change(found, { stage: 'cancelled' });
    if (found === this.running) void found.thread?.kill();
    else found.end();
    return found.state.name;
  }

  /** Calls back at every change of any job, until the function it returns is called. */
  listen(listener: (state: LabJob) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Whether one that is not over works on this file. */
  reads(path: string): boolean {
    return [...this.jobs.values()].some(({ state, work }) => !OVER.has(state.stage) && work.files.includes(path));
  }

  whenEnded(job: number): Promise<void> {
    return this.find(job).ended;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const { state } of this.jobs.values()) this.cancel(state.job);
    await this.running?.ended;
  }

  private find(job: number): Job {
    const found = this.jobs.get(job);
    if (found) return found;
    throw new SondeError('not-found', 'there is no such job', String(job), 'Look at the list of what is under way.');
  }

  private next(): void {
    if (this.running || this.closed) return;
    const job = [...this.jobs.values()].find(({ state }) => state.stage === 'waiting');
    if (job) this.start(job);
  }

  private start(job: Job): void {
    this.running = job;
    job.began = this.options.now();
    this.change(job, { stage: 'running', step: 'starting' });
    job.thread = startThread(job.work.worker, job.work.data, [], {
      onMessage: (message) => this.take(job, message as FromLabThread<object>),
      onEnd: (error) => this.threadEnded(job, error),
    });
  }

  private take(job: Job, message: FromLabThread<object>): void {
    if (OVER.has(job.state.stage)) return;
    switch (message.type) {
      case 'step':
        return this.change(job, { step: this.plain(job, message.step), share: message.share });
      case 'failed':
        return this.fail(job, errorOf(message.failure));
      case 'done':
        job.keeping = true;
        void this.keep(job, message);
    }
  }

  private async keep(job: Job, done: object): Promise<void> {
    try {
      const outcome = await job.work.keep(done, (text) => this.plain(job, text));
      this.change(job, { ...outcome, stage: 'done', step: '', share: 1 });
    } catch (error) {
      this.fail(job, error instanceof Error ? error : new Error(String(error)));
    }
    if (!job.thread) this.over(job);
  }

  private fail(job: Job, error: Error): void {
    const ours = error instanceof SondeError;
    const message = inDeskWords(this.plain(job, ours ? error.message : this.options.onBug(error)));
    const cure = ours ? inDeskWords(error.cure) : 'Try again; if it stays, report it.';
    this.change(job, { stage: 'failed', error: { code: ours ? error.code : 'internal', message, cure } });
  }

  private plain({ work }: Job, text: string): string {
    return withPlainNames(text, work.files);
  }

  private threadEnded(job: Job, error: Error | null): void {
    job.thread = undefined;
    if (job.keeping && !OVER.has(job.state.stage)) return;
    if (!OVER.has(job.state.stage)) this.fail(job, lost(job.state, error));
    this.over(job);
  }

  private over(job: Job): void {
    if (this.running === job) this.running = undefined;
    job.end();
    this.next();
  }

  private change(job: Job, change: Partial<LabJob>): void {
    const secondsElapsed = job.began === 0 ? 0 : (this.options.now() - job.began) / 1000;
    job.state = { ...job.state, secondsElapsed, ...change };
    for (const listener of this.listeners) listener(job.state);
  }
}
