/** `--db FILE`: keeps the capture, its flows, hosts, windows and incidents. */
import type { RetrainRun } from '../../../src-shared/domain/lab-model.ts';
import { claimDatabase } from '../../keep/store/claim.ts';
import { openStore } from '../../keep/store/client.ts';
import { openReaders } from '../../keep/store/readers.ts';
import type { PromotedModel } from '../../detect/lab/promoted.ts';
import type { Store } from '../../keep/store/types.ts';
import type { LiveEvent } from '../../../src-shared/domain/live.ts';
import type { MarkLists } from '../../detect/incidents/suppressions/engine.ts';
import type { HostTable } from '../../meter/hosts.ts';
import { CaptureKeeper } from '../api/import/keeper.ts';
import { SessionKeeper } from '../api/live/session-keeper.ts';
import type { LiveOptions } from '../pipeline/live/session.ts';
import { promotedChanges, promotedOf } from '../pipeline/promoted.ts';
import { RetrainingSchedule } from '../pipeline/retrain/schedule.ts';
import { workerUrl } from '../pipeline/workers.ts';
import type { TriageResult } from '../pipeline/triage-types.ts';

/** What a live run gives while it goes on. */
export interface LiveHooks {
  onEvent(event: LiveEvent, flows?: ReadonlySet<number>, marks?: MarkLists): void;
  onFlows: NonNullable<LiveOptions['onFlows']>;
}

/** The database of one run. */
export class CaptureFile {
  private readonly store: Store;
  private readonly keeper: CaptureKeeper;
  private closing: Promise<void> | undefined;
  private session: SessionKeeper | undefined;
  private readonly path: string;
  private retraining: (() => Promise<void>) | undefined;

  /** Models of the lab that score what comes into this database. */
  readonly promoted: readonly PromotedModel[];

  private constructor(path: string, store: Store, keeper: CaptureKeeper, promoted: readonly PromotedModel[]) {
    this.path = path;
    this.store = store;
    this.keeper = keeper;
    this.promoted = promoted;
  }

  /** @throws SondeError when the database cannot be used, or a model that scores for it is damaged. */
  static async open(path: string, name: string, importedAt: number): Promise<CaptureFile> {
    const store = await openStore(path, workerUrl('keep/store/store.worker'));
    try {
      const promoted = await promotedOf(store);
      return new CaptureFile(path, store, await CaptureKeeper.begin(store, name, importedAt), promoted);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** For the queue of alerts: it is closed with this. */
  get queue(): Store {
    return this.store;
  }

  /** Forgets the capture: nothing could be read. */
  discard(): Promise<void> {
    return this.keeper.discard();
  }

  hooks(): ReturnType<CaptureKeeper['hooks']> {
    return this.keeper.hooks();
  }

  /**
   * Brings incidents into the database as they open and flows as they end, so that a run that is killed leaves what it
   * saw. `keeps`: flows that the run keeps. `onFailure`: they cannot be written.
   */
  liveHooks(hosts: HostTable, keeps: number, onFailure: (error: unknown) => void): LiveHooks {
    const { store, keeper } = this;
    const session = new SessionKeeper({ store, keeper, hosts, keeps, onFailure: (_, error) => onFailure(error) });
    this.session = session;
    return {
      onEvent: (event, flows, marks) => {
        if (event.event === 'incident') session.onIncident(event, flows, marks);
      },
      onFlows: session.onFlows,
    };
  }

  /** For a live run: what else scores by now. */
  promotedChanges(): () => Promise<PromotedModel[] | undefined> {
    return promotedChanges(this.store);
  }

  /** Trains models anew each day while the run goes on, where that is set. `onFailure`: it could not be done. */
  retrain(onChange: (run: RetrainRun | undefined) => void, onFailure: (error: unknown) => void): void {
    const readers = openReaders(this.path, workerUrl('keep/store/reader.worker'), 1);
    const schedule = new RetrainingSchedule({ store: this.store, readers, now: Date.now, onChange, onFailure });
    this.retraining = async () => {
      await schedule.close();
      await readers.close();
    };
  }

  results(result: TriageResult): Promise<void> {
    if (this.session) return this.session.end(result);
    if (this.isAlone()) this.keeper.haveStoreAlone();
    return this.keeper.results(result, Date.now());
  }

  /** Whether no desk has the database: one would wait for as long as all flows are written at once. */
  private isAlone(): boolean {
    try {
      claimDatabase(this.path).release();
      return true;
    } catch {
      return false;
    }
  }

  /** May be called again. */
  close(): Promise<void> {
    this.closing ??= (this.retraining?.() ?? Promise.resolve()).then(() => this.store.close());
    return this.closing;
  }
}
