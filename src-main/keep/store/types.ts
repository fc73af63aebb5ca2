/** What the store keeps, and the methods its one worker carries out. */
import type { FlowProcess } from '../../../src-shared/domain/flow.ts';
import type { FoundNetwork, ProposedRole } from '../../../src-shared/domain/roles.ts';
import type { MarkLists } from '../../detect/incidents/suppressions/engine.ts';
import type { AlertDelivery, AlertChannel, ChosenDeliveries } from '../../../src-shared/contract/topics/alerts.ts';
import type { ExperimentRow, LabOptions } from '../../../src-shared/contract/topics/lab.ts';
import type {
  LabModelSummary,
  ModelSource,
  Promotable,
  Promotion,
  RetrainRun,
} from '../../../src-shared/domain/lab-model.ts';
import type { RuleMethods } from './rule-types.ts';
import type { PromotedRow } from './queries/lab-models.ts';
import type { IncidentStatus } from '../../../src-shared/domain/incident.ts';
import type { Incident, ReportHost, ReportInput } from '../../../src-shared/domain/report.ts';
import type { SuppressionScope } from '../../../src-shared/domain/suppression.ts';

export type CaptureStatus = 'incomplete' | 'complete' | 'partial';

export interface NewCapture {
  name: string;
  /** When it was imported: milliseconds since 1970. */
  importedAt: number;
  program: string;
}

export interface CaptureSummary {
  status: Exclude<CaptureStatus, 'incomplete'>;
  inputs: readonly ReportInput[];
  /** The whole report without the lists that have tables of their own. */
  report: Record<string, unknown>;
}

export interface CaptureRow {
  id: number;
  name: string;
  status: CaptureStatus;
  importedAt: number;
  flows: number;
  incidents: number;
}

/** Host ids are those of the run's `HostTable`. */
export interface HostRow extends ReportHost {
  host: number;
  /** 16 bytes, IPv4 mapped. */
  words: Uint32Array;
}

/** Rows of a `FlowBatch`: the buffer of its columns, and what stands beside them. Moved, not copied. */
export interface FlowRows {
  capacity: number;
  count: number;
  columns: ArrayBuffer;
  service: string[];
  app: string[];
  /** JSON of the facts, '' where there are none. */
  facts: string[];
  /** Programs of this machine; absent where nobody asked for them. */
  processes?: (FlowProcess | null)[];
  uid: string[];
  communityId: string[];
  /** NaN where a flow was not scored. */
  score: Float32Array;
  anomalous: Uint8Array;
}

export interface WindowRows {
  capacity: number;
  count: number;
  columns: ArrayBuffer;
}

export interface StoredIncident {
  incident: Incident;
  flows?: Iterable<number>;
}

export interface Share {
  name: string;
  flows: number;
  packets: number;
  bytes: number;
}

/** Facts of a whole capture that would otherwise take a walk over all its flows. */
export interface CaptureFacts {
  totals: {
    flows: number;
    origBytes: number;
    respBytes: number;
    packets: number;
    anomalous: number;
    firstTs: number | null;
    lastTs: number | null;
  };
  /** Largest first, at most 30 each, the rest as "other". */
  protocols: Share[];
  services: Share[];
  apps: Share[];
  /** Packets by length on the wire: `to` is exclusive. */
  sizes: { from: number; to: number | null; packets: number; bytes: number }[];
  /** Seconds of a bucket of the timeline. */
  timelineWidth: number;
  /** In a case: packets and their bytes of the capture as it was imported, of which the case holds a part. */
  whole?: { packets: number; bytes: number };
}

/**
 * `tls`: the name a client asked for; `mdns`: with LLMNR; `ntlm`: what a Windows host calls itself as it logs in;
 * `claimed`: said of a host by another, which nobody had asked, or by one whose DHCP server did not answer.
 */
/** Best first: what a host calls itself before what others call it, what nobody asked for or confirmed last. */
export const NAME_SOURCES = [
  'dhcp',
  'netbios',
  'ntlm',
  'mdns',
  'dns',
  'tls',
  'certificate',
  'http',
  'claimed',
] as const;
export type NameSource = (typeof NAME_SOURCES)[number];

export interface HostName {
  address: string;
  source: NameSource;
  name: string;
  /** Packet times, whole seconds since 1970. */
  first: number;
  last: number;
  /** Address of who said so first; '' when not known. */
  by: string;
}

export interface CaptureExtras {
  facts: CaptureFacts;
  timeline: { start: number; packets: number; bytes: number; flows: number; anomalous: number }[];
  names: HostName[];
  macs: { address: string; mac: string }[];
}

export interface AuditEntry {
  /** Milliseconds since 1970. */
  at: number;
  user: string;
  action: string;
  object: string;
  detail: string;
}

export interface NewSuppression {
  scope: SuppressionScope;
  reason: string;
  author: string;
  createdAt: number;
  expiresAt: number | null;
  /** Absent: yes. */
  enabled?: boolean;
}

export interface NewExperiment {
  name: string;
  createdAt: number;
  user: string;
  options: LabOptions;
  /** Where its files lie. */
  files: readonly string[];
  summary: ExperimentRow['summary'];
  /** JSON of the report. */
  report: string;
}

export interface NewLabModel {
  name: string;
  createdAt: number;
  user: string;
  source: ModelSource;
  summary: LabModelSummary;
  promotable: Promotable;
  /** Of the bytes, in hex. */
  sha256: string;
  bytes: Uint8Array;
  /** Opaque to the store. */
  notes?: string;
}

/** Who changes what scores, when (milliseconds since 1970), and why in words ('' where nothing is to be said). */
export interface ModelChange {
  at: number;
  user: string;
  why: string;
}

/** Rows of flow features, one after the other; `secs`: when each flow began. */
export interface FeatureRows {
  ids: Float64Array;
  secs: Float64Array;
  rows: Float32Array;
}

/** `promote`: models that take their slots in the same transaction. */
export interface NewRetrainRun extends Omit<RetrainRun, 'id'> {
  promote: { id: number; slot: string; why: string }[];
}

/** `secrets`: names of those that are set; they themselves are kept elsewhere. */
export interface StoredChannel extends Omit<AlertChannel, 'secretsSet'> {
  secrets: string[];
}

/** `body`: JSON of the alert. Times in milliseconds since 1970. */
export interface NewDelivery extends Pick<
  AlertDelivery,
  'channel' | 'key' | 'reason' | 'severity' | 'title' | 'madeAt'
> {
  body: string;
}

/** `waiting`: it is tried again at `nextAt`. `words`: what the other side said. */
export type AlertOutcome =
  | { state: 'delivered' | 'dead'; words: string; at: number }
  | { state: 'waiting'; words: string; at: number; nextAt: number };

/** The first that waits in a channel, where its time has come; else when that is (null: none waits). */
export type TakenDelivery =
  | { delivery: { id: number; key: string; body: string; attempts: number }; nextAt: null }
  | { delivery: null; nextAt: number | null };

/** Why an alert waits for a digest: it was asked for, or the channel was sent enough. */
export type HeldWhy = 'digest' | 'ceiling';

export interface HeldAlert {
  channel: string;
  uid: string;
  why: HeldWhy;
  /** JSON. */
  item: string;
  at: number;
}

/** Carried out by the worker, one at a time, in the order they were asked for. */
export interface StoreMethods extends RuleMethods {
  beginCapture(capture: NewCapture): number;
  addFlows(capture: number, rows: FlowRows): void;
  /**
   * So many flows are about to be added, with their hosts, and nobody else asks this store for anything until `endFlows`: they and all that is written
   * between are one transaction. False: they are too few, or others are there already, and nothing began.
   */
  beginFlows(rows: number): boolean;
  endFlows(): void;
  /** Removes flows of a capture by their ids; those that are not there are passed over. */
  removeFlows(capture: number, ids: Float64Array): void;
  addHosts(capture: number, hosts: readonly HostRow[]): void;
  addWindows(capture: number, rows: WindowRows): void;
  /**
   * One that is there already is brought up to date; what was decided about it stays. Without `flows`, those that were
   * named before stay too.
   */
  addIncidents(capture: number, incidents: readonly StoredIncident[]): void;
  /** Removes those of a capture that are not among `uids`. */
  keepIncidents(capture: number, uids: readonly string[]): void;
  /** Removes these of a capture. */
  dropIncidents(capture: number, uids: readonly string[]): void;
  /** Removes those of a capture whose last packet is older (RFC 3339, UTC); how many. */
  dropOldIncidents(capture: number, before: string): number;
  finishCapture(capture: number, summary: CaptureSummary): void;
  captures(): CaptureRow[];
  removeCapture(capture: number): void;
  setting(key: string): unknown;
  setSetting(key: string, value: unknown): void;
  /** Sets it where it is still `before` (undefined: not there); false where another program was faster. */
  swapSetting(key: string, before: unknown, value: unknown): boolean;
  addExtras(capture: number, extras: CaptureExtras): void;
  /** False where there is no such capture (or incident, suppression, filter). */
  renameCapture(capture: number, name: string): boolean;
  /** Puts a warning about the capture as such away, or (null) shows it again. */
  dismissQuality(capture: number, code: string, by: { at: number; user: string } | null): boolean;
  /** Roles and networks that a running session has found so far. */
  noteRoles(capture: number, roles: readonly ProposedRole[], networks: readonly FoundNetwork[]): boolean;
  setIncidentStatus(
    capture: number,
    uid: string,
    change: { at: number; user: string; status: IncidentStatus; note: string },
  ): boolean;
  /** Its id. */
  addSuppression(suppression: NewSuppression): number;
  addSuppressions(suppressions: readonly NewSuppression[]): void;
  setSuppressionEnabled(id: number, enabled: boolean): boolean;
  removeSuppression(id: number): boolean;
  /** How many of them were there. */
  removeSuppressions(ids: readonly number[]): number;
  /**
   * Judges every incident (of one capture, or of all) anew by the suppressions that are in force at `now`, and notes
   * which silences it. How many are silent. `marks`: of one capture, by uid, what flows tell that are not stored yet.
   */
  applySuppressions(now: number, capture: number | null, marks?: ReadonlyMap<string, MarkLists>): number;
  /** Uids of those that somebody said are expected: silenced, or judged so, or to be a false alarm. */
  expectedIncidents(capture: number): string[];
  saveFilter(name: string, filter: string, savedAt: number): void;
  removeFilter(name: string): boolean;
  addAudit(entry: AuditEntry): void;
  /** Its id. */
  addExperiment(experiment: NewExperiment): number;
  removeExperiment(id: number): boolean;
  /** Its id. @throws SondeError `bad-request` where it is too large */
  addLabModel(model: NewLabModel): number;
  renameLabModel(id: number, name: string): boolean;
  /** @throws SondeError `bad-request` while it scores */
  removeLabModel(id: number, by: ModelChange): boolean;
  /** It scores as `lab:SLOT` from now on. @throws SondeError `not-found`, `bad-request` with the reason */
  promoteLabModel(id: number, slot: string, by: ModelChange): Promotion;
  /** What scored before in this slot does so again, or nothing. @throws SondeError `not-found` */
  rollBackLabModel(slot: string, by: ModelChange): Promotion;
  /** Nothing scores in this slot any more. @throws SondeError `not-found` */
  withdrawLabModel(slot: string, by: ModelChange): Promotion;
  /** What scores now, by slot. */
  promotedModels(): PromotedRow[];
  /** Another text where something else scores. */
  promotedKey(): string;
  /** Its id. @throws SondeError as `promoteLabModel`; nothing is changed then */
  addRetrainRun(run: NewRetrainRun): number;
  /** `schema`: of the catalogue of features. */
  addFeatures(capture: number, schema: string, features: FeatureRows): void;
  /** Rows of flows that began, and of captures brought in, before (seconds since 1970), but those of incidents; how many. */
  removeOldFeatures(before: number): number;
  addModel(name: string, sha256: string, addedAt: number, bytes: Uint8Array): void;
  alertChannels(): StoredChannel[];
  putAlertChannel(channel: StoredChannel): void;
  /** With all that waits for it. */
  removeAlertChannel(id: string): boolean;
  /** As they were set; what cannot be read is null. */
  alertRoutes(): unknown[];
  /** Channels and routes that cannot be read, in words: they are left out. */
  damagedAlerts(): string[];
  /** Those channels, as far as they can be told. */
  damagedChannels(): { id: string; name: string; kind: string }[];
  setAlertRoutes(routes: readonly unknown[]): void;
  /** Into the queue; one whose channel knows its key is there already. How many found no place. */
  addDeliveries(deliveries: readonly NewDelivery[]): number;
  /**
   * A scheduled report into the queue, and what is remembered of its schedule under `key` of the settings, as one. How many found
   * no place: nothing is remembered then, and what did find one is known by its key. `known`: what is remembered instead of `state`
   * where every channel knew it before.
   */
  addReport(deliveries: readonly NewDelivery[], key: string, state: unknown, known: unknown): number;
  /** Nobody else is given it until `leaseUntil` (milliseconds since 1970), or until it is settled. */
  takeDelivery(channel: string, now: number, leaseUntil: number): TakenDelivery;
  settleDelivery(id: number, outcome: AlertOutcome): void;
  /** Dead letters again, and those that wait for their next attempt at once; how many. */
  retryDeliveries(chosen: ChosenDeliveries): number;
  /** Dead letters; how many. */
  dropDeliveries(chosen: ChosenDeliveries): number;
  /** What is held of an incident already is replaced. How many found no place. */
  holdAlerts(items: readonly HeldAlert[]): number;
  heldChannels(): { channel: string; why: HeldWhy; count: number; oldest: number }[];
  heldAlerts(channel: string): (HeldAlert & { id: number })[];
  /** What is held under these ids becomes one delivery (null: is dropped). How many found no place: it then stays held. */
  releaseHeld(ids: readonly number[], digest: NewDelivery | null): number;
  forgetHeld(uid: string): void;
  /** Runs SQLite's own integrity check: the list of faults, empty when sound. */
  check(): string[];
}

export type Store = {
  [M in keyof StoreMethods]: (...args: Parameters<StoreMethods[M]>) => Promise<ReturnType<StoreMethods[M]>>;
} & {
  /** Waits for what was asked, then closes the database. */
  close(): Promise<void>;
};
