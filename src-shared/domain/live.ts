/** What a live capture tells: the events of `sonde watch --json` (docs/cli.md), and the desk's tick of a second. */
import type { Severity } from './incident.ts';
import type { Incident, ReportDetector } from './report.ts';

/** Where packets come from. `helper` and `dumpcap` give the kernel's timestamps, `cap` those of the program. */
export type LiveEngine = 'helper' | 'cap' | 'dumpcap' | 'replay';

/** Why a capture ended. */
export type LiveEnd = 'duration' | 'signal' | 'interface-gone' | 'end-of-file' | 'failed';

export interface LiveStarted {
  event: 'started';
  interface: string;
  linkType: string;
  engine: LiveEngine;
  kernelTimestamps: boolean;
}

/** Counts are since the start; rates are of the last second of the wall clock (of the packets' clock in a replay). */
export interface LiveStats {
  /** RFC 3339, nine decimals. */
  ts: string;
  received: number;
  /** Null where the engine cannot know. */
  droppedKernel: number | null;
  droppedInterface: number | null;
  /** Packets that were counted but not fully inspected, because the machine could not keep up. */
  shed: number;
  packetsPerSecond: number;
  bitsPerSecond: number;
  /** Flows seen so far. */
  flows: number;
}

export type IncidentState = 'open' | 'update' | 'closed';

export interface LiveIncident extends Incident {
  event: 'incident';
  state: IncidentState;
  /** From the arrival of the packet that decided it to this event, ms; null where that packet's arrival is not known. */
  latencyMs: number | null;
  /** Of one that closed: it turned out to be part of another, or explained. */
  withdrawn?: boolean;
}

export interface LiveError {
  event: 'error';
  code: string;
  message: string;
}

/** Something to be said that ends nothing: the link, the disk, the clock, how much is inspected. */
export interface LiveNotice {
  event: 'notice';
  ts: string;
  code: LiveNoticeCode;
  message: string;
}

export type LiveNoticeCode =
  | 'interface-down'
  | 'interface-up'
  | 'interface-gone'
  | 'interface-back'
  | 'helper-lost'
  | 'capture-resumed'
  | 'silent'
  | 'slept'
  | 'shed'
  | 'packets-lost'
  | 'capture-quality'
  | 'ring-disk-full'
  | 'ring-resumed'
  | 'ring-behind'
  | 'ring-failed'
  | 'export-failed'
  | 'export-resumed'
  | 'network'
  | 'learned'
  | 'learning-failed'
  | 'baseline-kept'
  | 'promoted'
  | 'profile'
  | 'flows-forgotten'
  | 'too-many-hosts'
  | 'inspection-bounded'
  | 'alerts-failing'
  | 'alerts-recovered'
  | 'alerts-given-up'
  | 'alerts-queue-full'
  | 'alerts-not-kept'
  | 'rules';

/** A remark of whoever watches, at this time of the packets. */
export interface LiveMark {
  event: 'mark';
  ts: string;
  note: string;
}

/** What became of the alerts of a run, and what waits in its queue when it ends. */
export interface LiveAlertCounts {
  delivered: number;
  /** Also those of earlier runs, for the same channels. */
  waiting: number;
  /** In this run. */
  givenUp: number;
  /** Neither sent nor kept. */
  lost: number;
}

export interface LiveEnded {
  event: 'ended';
  reason: LiveEnd;
  stats: LiveStats;
  /** Incidents that were not told, where there are suppressions (`sonde watch --settings`). */
  suppressed?: number;
  /** What detectors of packets did, where some were asked for. */
  packetDetectors?: ReportDetector[];
  /** Where channels of alerts are switched on (`sonde watch --settings`). */
  alerts?: LiveAlertCounts;
}

export type LiveEvent =
  LiveStarted | ({ event: 'stats' } & LiveStats) | LiveIncident | LiveNotice | LiveMark | LiveError | LiveEnded;

/** The packets that are kept on disk. */
export interface LiveRing {
  state: 'writing' | 'disk-full' | 'failed';
  bytes: number;
  files: number;
  /** On disk or on their way; and those the disk could not take. */
  packets: number;
  skipped: number;
}

/**
 * 0: everything. 1: no learned scores while it lasts. 2: besides, no protocol of flows that open. Packets and flows are
 * always counted, and behaviours always run.
 */
export type ShedLevel = 0 | 1 | 2;

/** Of the last ten seconds, ms; null where there was none. */
export interface Latency {
  median: number | null;
  p95: number | null;
  samples: number;
}

/**
 * How far learning is: until a network's baseline is learned, `learning`, scores are those of the model that ships with
 * Sonde. Where no baseline is to be learned, `learning` lasts while there are too few flows to score.
 */
export interface Learning {
  status: 'learning' | 'scored' | 'off';
  packets: number;
  flows: number;
  minutes: number;
  /** Flows that are needed. */
  flowsNeeded: number;
  minutesNeeded: number;
  /** The network whose baseline is used or learned (gateway's hardware address and prefix); null where none is. */
  network: string | null;
  /** The model that scores: `base`, or the network's own. */
  model: string | null;
}

/** What the desk shows of one second. */
export interface LiveTick extends LiveStats {
  /** Number of this tick, from 1: a gap tells that some were skipped. */
  tick: number;
  bytes: number;
  flowsActive: number;
  flowsOpened: number;
  flowsEnded: number;
  /** Flows that ended and are kept no longer, since the start: only the latest are. */
  flowsForgotten: number;
  anomalousFlows: number;
  shedLevel: ShedLevel;
  /** Packets that wait to be looked at. */
  queued: number;
  /** How far what is shown is behind the packets' arrival, ms. */
  behindMs: number;
  /** Packets of this second by length on the wire (classes of RFC 2819), and by transport or service in bytes. */
  sizes: readonly number[];
  protocols: readonly { name: string; bytes: number }[];
  talkers: readonly { address: string; bytesOut: number; bytesIn: number }[];
  handshake: Latency;
  dns: Latency;
  learning: Learning;
  incidents: Readonly<Record<Severity, number>>;
  /** Null where none is kept. */
  ring: LiveRing | null;
  /** False while the card is down or gone. */
  linkUp: boolean;
}
