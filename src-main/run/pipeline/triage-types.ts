/** What a triage is asked, what it says on the way, and what it comes to. */
import type { KnownDevice } from '../../../src-shared/domain/devices.ts';
import type { DecidedRole } from '../../../src-shared/domain/roles.ts';
import type { Environment } from '../../../src-shared/domain/environment.ts';
import type { Place } from '../../../src-shared/domain/place.ts';
import type { ReportHost, TriageReport } from '../../../src-shared/domain/report.ts';
import type { Model } from '../../detect/detectors/model.ts';
import type { FlowScores } from '../../detect/detectors/triage.ts';
import type { ExtendedScores, PromotedModel } from '../../detect/lab/promoted.ts';
import type { BuiltIncident } from '../../detect/incidents/build.ts';
import type { Intel } from '../../detect/signatures/intel/intel.ts';
import type { Sigma } from '../../detect/signatures/sigma/sigma.ts';
import type { Matcher } from '../../detect/incidents/suppressions/engine.ts';
import type { Profile } from '../../detect/incidents/profile.ts';
import type { SignatureEngine } from '../../detect/signatures/engine/contract.ts';
import type { Observations } from '../../detect/types.ts';
import type { Places } from '../../meter/enrich/geo/places.ts';
import type { FlowBatch } from '../../meter/flows/types.ts';
import type { HostTable } from '../../meter/hosts.ts';
import type { PacketBatch } from '../../meter/packets/types.ts';
import type { HostWindowBatch } from '../../meter/windows/types.ts';

export interface Progress {
  /** Input bytes read and in all (NaN when unknown). */
  bytes: number;
  total: number;
  packets: number;
  seconds: number;
}

/** A model, and what the report says of it. */
export interface NamedModel {
  model: Model;
  name: string;
  /** Of the file, in hex. */
  sha256: string;
}

/** By which a run decides what pays on threads. */
export interface RunSize {
  threads: number;
  /** Of the inputs, as on disk; NaN: unknown. */
  bytes: number;
}

export interface TriageOptions {
  files: readonly string[];
  seed: number;
  /** Scores flows; absent: flows, behaviours and signatures only. */
  model?: NamedModel;
  /** Models of the lab that score beside it, each as a detector of its own; without `model` they do not. */
  promoted?: readonly PromotedModel[];
  /** Learn nothing from the capture itself (as live capture must). */
  causal?: boolean;
  threads: number;
  /** Networks that are ours (CIDR, IPv4 and IPv6); none: the private ones. */
  networks?: readonly string[];
  /** Devices someone has made known, by IP or hardware address: their normal work is shown as such. */
  devices?: readonly KnownDevice[];
  /** Roles that someone has confirmed or rejected. */
  roles?: readonly DecidedRole[];
  /** The kind of network; absent: recognised. */
  profile?: Environment;
  /** Alarms a day that are tolerated, 'default': as the kind of network has it; absent: bare anomalies stay notes. */
  budget?: number | 'default';
  /** Rules of signatures: makes the engine that looks at every packet by them. */
  signatures?: (hosts: HostTable, run: RunSize) => SignatureEngine;
  /** What they silence is not in the report, whose `suppressed` counts it; it stays in what is kept. */
  suppressions?: readonly Matcher[];
  /** Lists of indicators that flows and messages are compared with. */
  intel?: Intel;
  /** Sigma rules that flows and messages are looked at by, as lines of Zeek's logs. */
  sigma?: Sigma;
  /** Databases that say where addresses outside are registered. */
  places?: Places;
  /** What else incidents tell of a place outside; '' for nothing. */
  placeNote?: (place: Place) => string;
  onProgress?: (progress: Progress) => void;
  /** Told of host windows as they close; reading waits for it. */
  onWindows?: (windows: HostWindowBatch) => Promise<void>;
  /** Sees every batch of packets, and what the meter made of it; both are valid during the call. */
  onPackets?: (packets: PacketBatch) => void;
  onObservations?: (seen: Observations, hosts: HostTable) => void;
  /** Told after each batch of packets was taken in; what it says is valid during the call. */
  onTaken?: (analysis: Analysis, seen: Observations) => void;
  /** Whether anomalies that nothing explains are told of while packets still come. */
  liveAnomalies?: boolean;
  /** Ids of detectors that also look at every packet (default: none). */
  packetDetectors?: readonly string[];
  /** Packets that those learn from (default: their own). */
  learnPackets?: number;
  /** Flows that are kept for explanations and for the report (default: all). */
  flowLimit?: number;
  /** All is read; what follows is scoring. */
  onRead?: () => void;
  /** Stops the run early: what was read so far is reported. */
  signal?: AbortSignal;
}

/** What is known while packets still come. */
export interface Analysis {
  readonly hosts: HostTable;
  /** Times that a flow could not be looked into deeper for want of memory. */
  readonly inspectionRefused: number;
  /** Changes with every finding. */
  readonly revision: number;
  /** As they stand, without explanations; with bare anomalies where they were asked for. */
  incidents(): BuiltIncident[];
  /** Scores of flows that have just ended; valid until the next call. Undefined without a model. */
  scoreNow(flows: FlowBatch): (FlowScores & Partial<ExtendedScores>) | undefined;
  /** Flows that ended and are kept no longer (`flowLimit`): the oldest. */
  readonly flowsForgotten: number;
  /** How many findings there are. */
  readonly findings: number;
  /**
   * Lets go of what was found for incidents that have been quiet longest, until `most` findings are left; with `before`
   * (packet time, seconds), only of those that have been quiet since then.
   */
  forget(most: number, before?: number): void;
  /** The kind of network, as what was seen until now shows it. */
  profile(): Profile;
  /** What hosts of ours seem to be, by what was seen until now. */
  roles(): Pick<TriageReport, 'roles' | 'networksFound'>;
  /** Whether flows' surroundings are taken in for their scores (default: yes); without, they count as on their own. */
  learnContext(on: boolean): void;
  /** Whether detectors of packets look at them (default: yes), where there are any. */
  scorePackets(on: boolean): void;
  /** Scores by another model from now on; flows that had ended before are scored by it in the report too. */
  adopt(model: NamedModel): void;
  /** The same for models of the lab: these and no others. */
  promote(models: readonly PromotedModel[]): Promise<void>;
  /** What behaviours know of the network for another capture of it, by their ids; and to go on from that. */
  history(): Record<string, string>;
  resume(saved: Readonly<Record<string, string>>): void;
}

export interface TriageResult {
  report: TriageReport;
  hosts: HostTable;
  incidents: BuiltIncident[];
  /** Hardware addresses by address of a host. */
  cards: ReadonlyMap<string, readonly string[]>;
  /** Every host with its id and figures, most risky first. */
  allHosts(): Iterable<ReportHost & { host: number }>;
  /**
   * Every flow with its scores, in the order they ended; a batch and its scores are valid until the next.
   * Scores are absent with `--no-models`.
   */
  flows(): Generator<{ batch: FlowBatch; scores: FlowScores | undefined }>;
  /** Uids of the incidents a flow belongs to. */
  incidentsOf(flow: number): readonly string[];
  /** Where a host outside is registered, where there are databases of places; undefined where they do not know. */
  placeOf?: (host: number) => Place | undefined;
  /** Of the flows that ended, the oldest that are kept no longer (`flowLimit`). */
  flowsForgotten: number;
  /** Whether all input was read and decoded. */
  partial: boolean;
  close(): void;
}
