/** The thread that scores single records: started when first asked, and again where it died. */
import type { DescribedModel, RecordVerdict } from '../../../../src-shared/contract/topics/scoring.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { errorOf } from '../../../keep/store/failure.ts';
import { startThread, type Thread } from '../../pipeline/threads.ts';
import type { FromRecords, ModelSource, ToRecords } from './messages.ts';

/** Models that stay loaded. */
const LOADED = 4;

/** A model by a key that no other has. */
export interface KeyedModel {
  key: string;
  /** Asked only where it is not loaded. */
  source(): Promise<ModelSource>;
}

interface Waiter {
  resolve(answer: FromRecords): void;
  reject(error: Error): void;
}

function lost(error: Error | null): Error {
  if (error && !(error instanceof SondeError)) return error;
  return new SondeError('worker-lost', 'the thread that scores ended unexpectedly', '', 'Try again.');
}

export class RecordThread {
  private thread: Thread | undefined;
  private readonly waiting = new Map<number, Waiter>();
  /** Least recently used first. */
  private readonly loaded = new Set<string>();
  private count = 0;

  /** @throws SondeError where the model cannot be loaded */
  async describe(model: KeyedModel): Promise<DescribedModel> {
    const answer = await this.ask(model, (id) => ({ type: 'describe', id, model: model.key }));
    if (answer.type === 'described') return answer.described;
    throw new TypeError('the thread answered something else');
  }

  /** @throws SondeError where the model cannot be loaded, `bad-request` for a record that cannot be scored */
  async score(model: KeyedModel, record: Record<string, string | number | null>): Promise<RecordVerdict> {
    const answer = await this.ask(model, (id) => ({ type: 'score', id, model: model.key, record }));
    if (answer.type === 'scored') return answer.verdict;
    throw new TypeError('the thread answered something else');
  }

  async close(): Promise<void> {
    await this.thread?.kill();
  }

  private async ask(model: KeyedModel, message: (id: number) => ToRecords): Promise<FromRecords> {
    if (!this.loaded.has(model.key)) {
      const source = await model.source();
      // Another question may have loaded it meanwhile.
      if (!this.loaded.has(model.key)) this.load(model.key, source);
    }
    this.loaded.delete(model.key);
    this.loaded.add(model.key);
    const id = ++this.count;
    const answered = new Promise<FromRecords>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.started().send(message(id));
    const answer = await answered;
    if (answer.type !== 'failed') return answer;
    const error = errorOf(answer.failure);
    // One that could not be loaded is tried again when it is asked for again.
    if (!(error instanceof SondeError) || error.code !== 'bad-request') this.drop(model.key);
    throw error;
  }

  private load(key: string, source: ModelSource): void {
    this.started().send({ type: 'load', model: key, source } satisfies ToRecords);
    this.loaded.add(key);
    const [oldest] = this.loaded;
    if (this.loaded.size > LOADED && oldest !== undefined) this.drop(oldest);
  }

  private drop(key: string): void {
    this.loaded.delete(key);
    this.thread?.send({ type: 'drop', model: key } satisfies ToRecords);
  }

  private started(): Thread {
    this.thread ??= startThread('run/api/scoring/record.worker', undefined, [], {
      onMessage: (message) => this.take(message as FromRecords),
      onEnd: (error) => this.ended(error),
    });
    return this.thread;
  }

  private take(answer: FromRecords): void {
    this.waiting.get(answer.id)?.resolve(answer);
    this.waiting.delete(answer.id);
  }

  private ended(error: Error | null): void {
    this.thread = undefined;
    this.loaded.clear();
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of waiting) reject(lost(error));
  }
}
