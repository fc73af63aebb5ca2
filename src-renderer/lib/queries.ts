/**
 * What was asked of the program and what it answered, by key: a view that comes back shows the last answer at once, two
 * views that ask the same share one request, and what changed is asked again.
 */
import type { DeskClient } from '../../src-shared/contract/index.ts';
import type { CHANGES } from '../../src-shared/contract/topics/app.ts';
import { SondeError } from '../../src-shared/errors.ts';

export type Topic = (typeof CHANGES)[number];

export interface Answer<T> {
  /** The last good answer, also while a newer one is awaited. */
  readonly data: T | undefined;
  readonly error: SondeError | undefined;
  readonly loading: boolean;
}

export type Load<T> = (client: DeskClient, signal: AbortSignal) => Promise<T>;

interface Entry {
  answer: Answer<unknown>;
  readonly listeners: Set<() => void>;
  topics: readonly Topic[];
  load: Load<unknown>;
  /** Of the request under way. */
  abort: AbortController | null;
  stale: boolean;
}

/** Answers nobody looks at that are kept for a way back. */
const KEPT = 60;
const NONE: Answer<unknown> = { data: undefined, error: undefined, loading: true };

export class Queries {
  private readonly entries = new Map<string, Entry>();
  private client: DeskClient | null = null;

  /** A new connection: everything shown is asked again. */
  connect(client: DeskClient): void {
    this.client = client;
    for (const entry of this.entries.values()) this.refresh(entry);
  }

  /** Something changed: what shows it is asked again, the rest when it is next looked at. */
  invalidate(topic: Topic): void {
    for (const entry of this.entries.values()) {
      if (entry.topics.includes(topic)) this.refresh(entry);
    }
  }

  read<T>(key: string): Answer<T> {
    return (this.entries.get(key)?.answer ?? NONE) as Answer<T>;
  }

  /** Shows `key` to `listener` until the returned function is called; the last to leave cancels its request. */
  watch<T>(key: string, topics: readonly Topic[], load: Load<T>, listener: () => void): () => void {
    const entry = this.entries.get(key) ?? this.add(key, topics, load);
    entry.topics = topics;
    entry.load = load;
    // Most recently used last.
    this.entries.delete(key);
    this.entries.set(key, entry);
    entry.listeners.add(listener);
    if (entry.stale && !entry.abort) this.ask(entry);
    return () => this.leave(key, entry, listener);
  }

  reload(key: string): void {
    const entry = this.entries.get(key);
    if (entry) this.refresh(entry);
  }

  private add(key: string, topics: readonly Topic[], load: Load<unknown>): Entry {
    const entry: Entry = { answer: NONE, listeners: new Set(), topics, load, abort: null, stale: true };
    this.entries.set(key, entry);
    this.forget();
    return entry;
  }

  private refresh(entry: Entry): void {
    entry.stale = true;
    entry.abort?.abort();
    entry.abort = null;
    if (entry.listeners.size > 0) this.ask(entry);
  }

  private ask(entry: Entry): void {
    const client = this.client;
    if (!client) return;
    const abort = new AbortController();
    entry.abort = abort;
    entry.stale = false;
    // Who shows an answer goes on showing it: only who has none is told that one is under way.
    if (entry.answer.data === undefined && !entry.answer.loading) this.set(entry, { ...entry.answer, loading: true });
    void this.carry(entry, client, abort);
  }

  private async carry(entry: Entry, client: DeskClient, abort: AbortController): Promise<void> {
    try {
      const data = await entry.load(client, abort.signal);
      if (entry.abort === abort) this.done(entry, { data, error: undefined, loading: false });
    } catch (error) {
      if (entry.abort === abort) this.done(entry, { ...entry.answer, error: asSondeError(error), loading: false });
    }
  }

  private done(entry: Entry, answer: Answer<unknown>): void {
    entry.abort = null;
    entry.stale ||= answer.error !== undefined;
    const { data, error } = entry.answer;
    // The same answer again changes nothing on screen, and drawing charts anew is dear.
    if (answer.error === undefined && error === undefined && same(data, answer.data)) return;
    this.set(entry, answer);
  }

  private leave(key: string, entry: Entry, listener: () => void): void {
    entry.listeners.delete(listener);
    if (entry.listeners.size > 0 || !entry.abort) return;
    entry.abort.abort();
    entry.abort = null;
    entry.stale = true;
    if (entry.answer.data === undefined) this.entries.delete(key);
  }

  private set(entry: Entry, answer: Answer<unknown>): void {
    entry.answer = answer;
    for (const listener of entry.listeners) listener();
  }

  private forget(): void {
    const unseen = [...this.entries].filter(([, { listeners }]) => listeners.size === 0);
    for (const [key] of unseen.slice(0, Math.max(0, unseen.length - KEPT))) this.entries.delete(key);
  }
}

/** Whether two answers say the same; false where that cannot be told. */
function same(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return false;
  try {
    return JSON.stringify(a) === JSON.stringify(b);
  } catch {
    return false;
  }
}

/** Anything thrown, in the one shape that is shown. */
export function asSondeError(error: unknown): SondeError {
  if (error instanceof SondeError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new SondeError('internal', text, '', 'Try again; if it stays, reload the page.');
}
