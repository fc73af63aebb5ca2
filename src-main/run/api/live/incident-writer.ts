/** Brings incidents of a running session into the store within moments, so that a crash loses none. */
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import type { Incident } from '../../../../src-shared/domain/report.ts';
import { BoundedMap } from '../../../detect/behaviours/common/bounded.ts';
import type { MarkLists } from '../../../detect/incidents/suppressions/engine.ts';
import type { Store, StoredIncident } from '../../../keep/store/types.ts';

/** Those that change often are written this often, ms. */
const EVERY_MS = 500;
/** Which flows an incident is about is written anew this often at most, ms: there may be thousands. */
const FLOWS_EVERY_MS = 10_000;
/** Incidents of which it is known what flows tell that are not stored: the latest; they go to the store with every write. */
const MARKED = 1000;

type WriterStore = Pick<Store, 'addIncidents' | 'keepIncidents' | 'applySuppressions'>;

export interface WriterOptions {
  store: WriterStore;
  capture: number;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Those of these uids are in the store, and judged by the suppressions. */
  onStored: (uids: readonly string[]) => void;
  /** It cannot be written; told once. */
  onFailure: (error: unknown) => void;
}

/** Without what is only of the event. */
export function plainIncident(event: LiveIncident): Incident {
  const { event: _event, state: _state, latencyMs: _latency, withdrawn: _withdrawn, ...incident } = event;
  return incident;
}

export class IncidentWriter {
  private readonly options: WriterOptions;
  /** Those that are there, and when their flows were written last, ms. */
  private readonly present = new Map<string, number>();
  private waiting = new Map<string, StoredIncident>();
  private readonly marks = new BoundedMap<string, MarkLists>({ ceiling: MARKED });
  private withdrawn = false;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private failed = false;

  constructor(options: WriterOptions) {
    this.options = options;
  }

  /** `flows`: ids of its flows; `marks`: what they tell, also those that have not ended. */
  take(event: LiveIncident, flows?: ReadonlySet<number>, marks?: MarkLists): void {
    if (marks) this.marks.set(event.uid, marks, 0);
    if (event.withdrawn) {
      this.marks.delete(event.uid);
      this.present.delete(event.uid);
      this.waiting.delete(event.uid);
      this.withdrawn = true;
    } else {
      this.waiting.set(event.uid, { incident: plainIncident(event), ...this.flowsNow(event, flows) });
    }
    this.timer ??= setTimeout(() => this.flush(), EVERY_MS);
  }

  /** The flows, where it is time to write them. */
  private flowsNow({ uid, state }: LiveIncident, flows: ReadonlySet<number> | undefined): { flows?: Iterable<number> } {
    const now = this.options.now();
    const written = this.present.get(uid) ?? -Infinity;
    const due = flows !== undefined && (state === 'closed' || now - written >= FLOWS_EVERY_MS);
    this.present.set(uid, due ? now : written);
    if (due) return { flows };
    // What waits with its flows keeps them: they were the newest a moment ago.
    const waiting = this.waiting.get(uid)?.flows;
    return waiting ? { flows: waiting } : {};
  }

  /** Uids of all that were told and not withdrawn: also those that the session itself remembers no longer. */
  uids(): string[] {
    return [...this.present.keys()];
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
    const stored = [...waiting.values()];
    this.writing = this.writing.then(() => this.write(stored, withdrawn)).catch((error: unknown) => this.fail(error));
  }

  private async write(stored: readonly StoredIncident[], withdrawn: boolean): Promise<void> {
    const { store, capture, now, onStored } = this.options;
    if (stored.length > 0) await store.addIncidents(capture, stored);
    if (withdrawn) await store.keepIncidents(capture, this.uids());
    await store.applySuppressions(now(), capture, new Map(this.marks));
    onStored(stored.map(({ incident }) => incident.uid));
  }

  private fail(error: unknown): void {
    if (this.failed) return;
    this.failed = true;
    this.options.onFailure(error);
  }
}
