/** What the rooms of detection hand each other. */
import type { Attribution, Evidence, IncidentKind, Severity } from '../../src-shared/domain/incident.ts';
import type { HostDevice } from '../../src-shared/domain/device-kinds.ts';
import type { FlowBatch, FlowEventBatch } from '../meter/flows/types.ts';
import type { HostTable } from '../meter/hosts.ts';
import type { ProtocolMessage } from '../meter/protocols/types.ts';
import type { HostWindowBatch, PulseBatch } from '../meter/windows/types.ts';

/** Everything the meter produced since the last delivery, in the order of packet time within each list. */
export interface Observations {
  events: FlowEventBatch;
  messages: readonly ProtocolMessage[];
  /** Flows that ended. */
  flows: FlowBatch;
  windows: HostWindowBatch;
  pulses: PulseBatch;
  /** Newest packet time: seconds since 1970. */
  now: number;
}

/** An exact packet time. */
export interface PacketTime {
  sec: number;
  nano: number;
}

/** What a finding said when it was first reported: an incident is known by it while it grows. */
export interface Origin {
  /** Host ids of the lead actor and target, -1 where there was none. */
  source: number;
  target: number;
  first: PacketTime;
  decided: PacketTime;
}

/**
 * Something a behaviour saw. Findings of the same `kind`, `actor` and overlapping time are fused into one incident.
 * Hosts are ids of the `HostTable`.
 */
export interface Finding {
  /** Which behaviour or signature saw it, e.g. 'behaviour:syn-scan'. */
  detector: string;
  kind: IncidentKind;
  /** Where it differs from the kind's default. */
  severity?: Severity;
  /** 0…1: how sure; documented by the behaviour. */
  confidence: number;
  /** Plain words, e.g. "10.0.0.5 tried 1,024 ports on 10.0.0.9 in 11 seconds". */
  title: string;
  summary: string;
  /** Who does it; most active first, at most 1,000, with the true number beside. */
  sources: number[];
  sourcesTotal: number;
  targets: number[];
  targetsTotal: number;
  ports: number[];
  portsTotal: number;
  domains: string[];
  domainsTotal: number;
  first: PacketTime;
  /** When there was enough evidence. */
  decided: PacketTime;
  last: PacketTime;
  evidence: Evidence[];
  /** Ids of flows it is about: the first 10,000. */
  flows: number[];
  /** Flows, packets and bytes in all, as far as the behaviour knows (0: from the flows). */
  flowsTotal: number;
  packets: number;
  bytes: number;
  /** A Wireshark display filter that shows it; built from the addresses when empty. */
  filter?: string;
  /** Filled in by whoever keeps findings. */
  origin?: Origin;
  /** Overrides the kind's technique (ATT&CK id and name), when the behaviour knows better. */
  technique?: readonly { id: string; name: string }[];
  /** Overrides the kind's response. */
  response?: readonly string[];
  /** What is to be done beside that response: by a rule, whose kind says what to do first. */
  advice?: readonly string[];
}

export interface BehaviourContext {
  hosts: HostTable;
  /** Facts about the network known so far. */
  network: NetworkView;
  /** What hosts of ours are. */
  devices: DeviceView;
  /** By which names addresses were asked for, by all messages until the end of the delivery at hand. */
  names: NameView;
  /** Opens an incident, or brings one up to date: the same `key` replaces the earlier finding. */
  report(key: string, finding: Finding): void;
  /** Withdraws a finding that later packets explained (only offline results are changed; live ones are closed). */
  withdraw(key: string): void;
}

/** What addresses mean here. */
export interface NetworkView {
  /** In one of our networks: those that were named, else the private ones; link-local and loopback always. */
  isLocal(host: number): boolean;
  isMulticast(host: number): boolean;
  isBroadcast(host: number): boolean;
}

/** By which names addresses were asked for. */
export interface NameView {
  /** Names were looked up at all: an address without a name means something only then. */
  readonly lookups: number;
  /** The name that DNS gave the address for; '' when none was seen. What a client says it wants (SNI, Host) is its own word. */
  lookedUp(address: string): string;
  /** The name under which the host was last contacted or looked up, '' when none was seen. */
  nameOf(host: number, address: string): string;
}

/** What hosts of ours are, by what was seen until now (`detect/devices`). */
export interface DeviceView {
  deviceOf(host: number): HostDevice;
  /** Whom it turns to; undefined where nobody has answered it yet. */
  profileOf(host: number): DeviceProfile | undefined;
  /** How a profile names a place: its registered domain where a name led there, else its address. */
  placeOf(host: number): string;
  /** Whether the name of a place belongs to the cloud service of the device's maker. */
  isOwnCloud(device: number, place: number): boolean;
}

/** Places and ports that one host has turned to (names, time, leases and discovery left out). */
export interface DeviceProfile {
  /** When it was first seen, seconds. */
  readonly since: number;
  /** Different places. */
  readonly peers: number;
  /** Places it had after half an hour; null before. */
  readonly usualPeers: number | null;
  /** It has few enough places to be left to its habits. */
  readonly isCalm: boolean;
  /** Known for half an hour, in which it turned to five places at most. */
  isSettled(now: number): boolean;
  /** It has turned there since its first ten minutes. */
  isHabit(place: string, port: number): boolean;
  /** It had turned there before its profile counted. */
  isUsual(place: string, port: number): boolean;
}

/** A known shape of attack over flows, messages and windows. Causal: `observe` is called in the order of time. */
export interface Behaviour {
  readonly id: string;
  observe(seen: Observations, context: BehaviourContext): void;
  /** End of input. */
  finish(context: BehaviourContext): void;
  /** Of a behaviour that learns for days: what it knows of the network, to go on with in another capture of it. */
  history?: {
    save(): string;
    /** '' or what cannot be read: begins anew. */
    resume(saved: string): void;
  };
}

/** One line a behaviour in `behaviours/registry.ts`. */
export type BehaviourFactory = () => Behaviour;

/** Rows × features, row-major. */
export interface FeatureMatrix {
  /** Catalogue id of each column. */
  features: readonly string[];
  rows: number;
  data: Float32Array;
}

export type DetectorStatus = 'learning' | 'insufficient' | 'scored';

export interface DetectorScores {
  status: DetectorStatus;
  /** One a row, 0…1: share of ordinary traffic that is less unusual (calibrated tail probability). */
  scores: Float32Array;
}

/** A learned score over feature rows. */
export interface Detector {
  readonly id: string;
  /** Fits on rows believed ordinary; deterministic for a seed. `calibration`: rows held back to calibrate scores. */
  fit(training: FeatureMatrix, calibration: FeatureMatrix, seed: number): Promise<void>;
  score(rows: FeatureMatrix): DetectorScores;
  /** Which features moved the row's raw score from the base, by how much. */
  explain(rows: FeatureMatrix, row: number): { base: number; score: number; contributions: Float64Array };
  /** Plain data (JSON-able but for typed arrays). */
  snapshot(): DetectorSnapshot;
}

export interface DetectorSnapshot {
  id: string;
  version: number;
  /** JSON-able description. */
  head: Record<string, unknown>;
  arrays: Record<string, Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array>;
}

export type { Attribution };
