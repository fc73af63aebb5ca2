/** Brings incidents of a running session into the store within moments, so that a crash loses none. */
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import type { Incident } from '../../../../src-shared/domain/report.ts';
import type { Store } from '../../../keep/store/types.ts';

/** Those that change often are written this often, ms. */
const EVERY_MS = 500;

type WriterStore = Pick<Store, 'addIncidents' | 'keepIncidents' | 'applySuppressions'>;

export interface WriterOptions {
  store: WriterStore;
  capture: number;
  /** Milliseconds since 1970. */
  now: () => number;
  onStored: () => void;
  /** It cannot be written; told once. */
  onFailure: (error: unknown) => void;
}

function plain(event: LiveIncident): Incident {
  const { event: _event, state: _state, latencyMs: _latency, withdrawn: _withdrawn, ...incident } = event;
  return incident;
}

export class IncidentWriter {
  private readonly options: WriterOptions;
  private readonly present = new Set<string>();
  private waiting = new Map<string, Incident>();
  private withdrawn = false;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private failed = false;

  constructor(options: WriterOptions) {
    this.options = options;
  }

  take(event: LiveIncident): void {
    if (event.withdrawn) {
      this.present.delete(event.uid);
      this.waiting.delete(event.uid);
      this.withdrawn = true;
    } else {
      this.present.add(event.uid);
      this.waiting.set(event.uid, plain(event));
    }
    this.timer ??= setTimeout(() => this.flush(), EVERY_MS);
  }

  /** Waits until all is written that was taken. */
  async end(): Promise<void> {
    this.flush();
    await this.writing;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { waiting, withdrawn } = this;
    if (waiting.size === 0 && !withdrawn) return;
    this.waiting = new Map();
    this.withdrawn = false;
    const stored = [...waiting.values()].map((incident) => ({ incident, flows: [] }));
    this.writing = this.writing.then(() => this.write(stored, withdrawn)).catch((error: unknown) => this.fail(error));
  }

  private async write(stored: { incident: Incident; flows: number[] }[], withdrawn: boolean): Promise<void> {
    const { store, capture, now, onStored } = this.options;
    if (stored.length > 0) await store.addIncidents(capture, stored);
    if (withdrawn) await store.keepIncidents(capture, [...this.present]);
    await store.applySuppressions(now(), capture);
    onStored();
  }

  private fail(error: unknown): void {
    if (this.failed) return;
    this.failed = true;
    this.options.onFailure(error);
  }
}
