/** `--db FILE`: keeps the capture, its flows, hosts, windows and incidents. */
import { openStore } from '../../keep/store/client.ts';
import type { Store } from '../../keep/store/types.ts';
import type { LiveEvent } from '../../../src-shared/domain/live.ts';
import type { HostTable } from '../../meter/hosts.ts';
import { CaptureKeeper } from '../api/import/keeper.ts';
import { SessionKeeper } from '../api/live/session-keeper.ts';
import type { LiveOptions } from '../pipeline/live/session.ts';
import { workerUrl } from '../pipeline/workers.ts';
import type { TriageResult } from '../pipeline/triage.ts';

/** What a live run gives while it goes on. */
export interface LiveHooks {
  onEvent(event: LiveEvent, flows?: ReadonlySet<number>): void;
  onFlows: NonNullable<LiveOptions['onFlows']>;
}

/** The database of one run. */
export class CaptureFile {
  private readonly store: Store;
  private readonly keeper: CaptureKeeper;
  private closing: Promise<void> | undefined;
  private session: SessionKeeper | undefined;

  private constructor(store: Store, keeper: CaptureKeeper) {
    this.store = store;
    this.keeper = keeper;
  }

  /** @throws SondeError when the database cannot be used. */
  static async open(path: string, name: string, importedAt: number): Promise<CaptureFile> {
    const store = await openStore(path, workerUrl('keep/store/store.worker'));
    try {
      return new CaptureFile(store, await CaptureKeeper.begin(store, name, importedAt));
    } catch (error) {
      await store.close();
      throw error;
    }
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
      onEvent: (event, flows) => {
        if (event.event === 'incident') session.onIncident(event, flows);
      },
      onFlows: session.onFlows,
    };
  }

  results(result: TriageResult): Promise<void> {
    return this.session ? this.session.end(result) : this.keeper.results(result, Date.now());
  }

  /** May be called again. */
  close(): Promise<void> {
    this.closing ??= this.store.close();
    return this.closing;
  }
}
