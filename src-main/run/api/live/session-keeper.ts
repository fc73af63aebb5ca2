/** A running session in the store: incidents as they open, flows as they end, and at its end the whole capture. */
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import type { MarkLists } from '../../../detect/incidents/suppressions/engine.ts';
import type { Store } from '../../../keep/store/types.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import type { LiveOptions } from '../../pipeline/live/session.ts';
import type { TriageResult } from '../../pipeline/triage-types.ts';
import { LiveFeatures } from '../import/feature-keeper.ts';
import type { CaptureKeeper } from '../import/keeper.ts';
import { FlowWriter } from './flow-writer.ts';
import { IncidentWriter } from './incident-writer.ts';

type Kept = 'incidents' | 'flows';

/** What somebody said of incidents is asked for this often, ms. */
const ASK_MS = 10_000;

export interface SessionKeeperOptions {
  store: Store;
  keeper: CaptureKeeper;
  hosts: HostTable;
  /** Flows that the session keeps (`flowLimit`). */
  keeps: number;
  /** `uids`: of incidents. */
  onStored?: (what: Kept, uids: readonly string[]) => void;
  /** They cannot be written; told once each. They are tried again at the end of the session. */
  onFailure: (what: Kept, error: unknown) => void;
}

export class SessionKeeper {
  /** For the session. */
  readonly onFlows: NonNullable<LiveOptions['onFlows']> = (flows, scores) => {
    this.flows.take(flows, scores);
    if (scores) this.features.take(flows);
  };
  /** For the session: whether somebody said that the incident is expected. */
  readonly isExpected: NonNullable<LiveOptions['isExpected']> = (uid) => this.expected.has(uid);
  /** For the session: what hosts seem to be. What cannot be written is told of where the rest is. */
  readonly onRoles: NonNullable<LiveOptions['onRoles']> = ({ roles = [], networksFound = [] }) =>
    void this.store.noteRoles(this.keeper.capture, roles, networksFound).catch(() => undefined);
  private expected: ReadonlySet<string> = new Set();
  private readonly asking: NodeJS.Timeout;
  private readonly store: Store;
  private readonly keeper: CaptureKeeper;
  private readonly incidents: IncidentWriter;
  private readonly flows: FlowWriter;
  private readonly features: LiveFeatures;

  constructor({ store, keeper, hosts, keeps, onStored, onFailure }: SessionKeeperOptions) {
    this.store = store;
    this.keeper = keeper;
    const into = (what: Kept) => ({
      store,
      capture: keeper.capture,
      onStored: (uids: readonly string[] = []) => onStored?.(what, uids),
      onFailure: (error: unknown) => onFailure(what, error),
    });
    this.incidents = new IncidentWriter({ ...into('incidents'), now: Date.now });
    this.flows = new FlowWriter({ ...into('flows'), hosts, keeps });
    this.features = new LiveFeatures(into('flows'));
    this.asking = setInterval(() => void this.ask(), ASK_MS).unref();
  }

  /** What cannot be asked for stays as it was: the store's faults are told where it is written. */
  private async ask(): Promise<void> {
    const uids = await this.store.expectedIncidents(this.keeper.capture).catch(() => undefined);
    if (uids) this.expected = new Set(uids);
  }

  onIncident(event: LiveIncident, flows?: ReadonlySet<number>, marks?: MarkLists): void {
    this.incidents.take(event, flows, marks);
    if (flows) this.features.incident(flows);
  }

  /** The session is over: what it holds is written, and what it keeps no longer removed. */
  async end(result: TriageResult): Promise<void> {
    const { incidents, flows, keeper } = this;
    clearInterval(this.asking);
    await incidents.end();
    await flows.end(result.flowsForgotten);
    await this.features.end();
    const last = result.incidents.map(({ incident }) => incident.uid);
    await this.store.keepIncidents(keeper.capture, [...incidents.uids(), ...last]);
    await keeper.results(result, Date.now(), (...rows) => flows.isStored(...rows));
  }

  /** The session is over, and nothing of it is to be kept. */
  async discard(): Promise<void> {
    clearInterval(this.asking);
    await this.incidents.end();
    await this.flows.end(0);
    await this.features.end();
    await this.keeper.discard();
  }
}
