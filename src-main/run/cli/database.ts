/** `--db FILE`: keeps the capture, its flows, hosts, windows and incidents. */
import { openStore } from '../../keep/store/client.ts';
import type { Store } from '../../keep/store/types.ts';
import type { LiveEvent } from '../../../src-shared/domain/live.ts';
import type { HostTable } from '../../meter/hosts.ts';
import { CaptureKeeper } from '../api/import/keeper.ts';
import { FlowWriter } from '../api/live/flow-writer.ts';
import { IncidentWriter } from '../api/live/incident-writer.ts';
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
  private incidents: IncidentWriter | undefined;
  private flows: FlowWriter | undefined;

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
    const { store } = this;
    const { capture } = this.keeper;
    const onStored = (): void => undefined;
    const incidents = new IncidentWriter({ store, capture, now: Date.now, onStored, onFailure });
    const writer = new FlowWriter({ store, capture, hosts, keeps, onStored, onFailure });
    this.incidents = incidents;
    this.flows = writer;
    return {
      onEvent: (event, flows) => {
        if (event.event === 'incident') incidents.take(event, flows);
      },
      onFlows: (flows, scores) => writer.take(flows, scores),
    };
  }

  async results(result: TriageResult, now: number): Promise<void> {
    const { incidents, flows, keeper } = this;
    if (!incidents || !flows) return keeper.results(result, now);
    await incidents.end();
    await flows.end(result.flowsForgotten);
    const last = result.incidents.map(({ incident }) => incident.uid);
    await this.store.keepIncidents(keeper.capture, [...incidents.uids(), ...last]);
    await keeper.results(result, now, (...rows) => flows.isStored(...rows));
  }

  /** May be called again. */
  close(): Promise<void> {
    this.closing ??= this.store.close();
    return this.closing;
  }
}
