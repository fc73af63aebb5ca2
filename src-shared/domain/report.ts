/** The report of `sonde triage --json`, schema `sonde.triage/1` (resources/schemas/sonde.triage-1.schema.json). */
import type { HostDevice } from './device-kinds.ts';
import type { ReportQuality } from './capture-quality.ts';
import type { AddressPlace, Place } from './place.ts';
import type { FoundNetwork, ProposedRole } from './roles.ts';
import type { Attribution, Evidence, Explanation, IncidentKind, Severity, Technique } from './incident.ts';

export interface ReportWarning {
  code: string;
  message: string;
  offset: number;
  count: number;
}

export interface ReportInput {
  path: string;
  sha256: string;
  format: string;
  linkTypes: string[];
  packets: number;
  bytes: number;
  /** RFC 3339 with nine decimals, UTC; null when there was no packet. */
  firstTs: string | null;
  lastTs: string | null;
  warnings: ReportWarning[];
}

export interface ReportHost {
  address: string;
  /** 0…1. */
  risk: number;
  /** Uids. */
  incidents: string[];
  flows: number;
  bytesOut: number;
  bytesIn: number;
  roles: string[];
  /** The best name it was seen under; absent where there is none but claims, and in live reports. */
  name?: string;
  /** What a host of ours is taken for; absent for others. */
  device?: HostDevice;
  /** Where a host outside is registered, by databases that were named. */
  place?: Place;
}

export interface Incident {
  /** Place in the report, from 1; in an alert, a number of its own made from the uid. */
  id: number;
  /** From its content; the same wherever and whenever it is computed. */
  uid: string;
  kind: IncidentKind;
  severity: Severity;
  confidence: number;
  title: string;
  summary: string;
  firstTs: string;
  /** Packet time at which there was enough evidence. */
  decidedTs: string;
  lastTs: string;
  sources: string[];
  sourcesTotal: number;
  targets: string[];
  targetsTotal: number;
  ports: number[];
  portsTotal: number;
  domains: string[];
  domainsTotal: number;
  flows: number;
  packets: number;
  bytes: number;
  technique: Technique[];
  evidence: Evidence[];
  attributions: Attribution[];
  /** From what to what the attributions lead; absent where no flow of the incident was explained. */
  explanation?: Explanation;
  /** Detector or behaviour id → its score or confidence. */
  detectors: Record<string, number>;
  response: string[];
  wiresharkFilter: string;
  /** Where addresses outside are registered (20 at most), where databases of places were named. */
  places?: AddressPlace[];
  /** Of a fleet: names of the sensors that saw flows of it; absent where one machine saw all. */
  sensors?: string[];
}

/** What a detector that looks at every packet did. */
export interface ReportPackets {
  /** Packets it was given, how many of the first ones it learns from, and those it scored. */
  seen: number;
  needed: number;
  scored: number;
  /** Rarer than one in a thousand of those it was calibrated on. */
  unusual: number;
  /** Not looked at because the machine could not keep up. */
  leftOut: number;
  /** Where most unusual packets came from. */
  sources: { address: string; packets: number }[];
}

export interface ReportDetector {
  id: string;
  status: 'learning' | 'insufficient' | 'scored';
  flowsScored: number;
  /** What computes it: js, wasm, native. */
  backend: string;
  /** Of a detector of packets. */
  packets?: ReportPackets;
}

export interface ReportPromoted {
  id: string;
  name: string;
  sha256: string;
  /** What kind of detector it is. */
  detector: string;
  /** A score at or above it is an alarm, and the share of ordinary records it was set for. */
  threshold: number;
  targetFpr: number;
  /** Flows that it alarms at. */
  alarms: number;
}

/** A database of places that was asked for. */
export interface ReportPlaces {
  file: string;
  /** As it calls itself, e.g. "GeoLite2-City". */
  type: string;
  /** When it was made, ISO 8601. */
  built: string | null;
  countries: boolean;
  networks: boolean;
  /** Records that could not be read. */
  damaged?: number;
  /** Why nothing was read of it: it went away, or was changed, after it was opened. */
  fault?: string;
}

/** A rule that told. */
export interface ReportSignature {
  /** 0 and 0 for rules that have no such numbers (Sigma). */
  sid: number;
  rev: number;
  message: string;
  count: number;
  classtype: string;
  /** Absent: a rule in Suricata's language. */
  source?: 'sigma';
  /** Of a Sigma rule: its id, '' where it has none; its level; and the file and line it stands in. */
  id?: string;
  level?: string;
  file?: string;
  line?: number;
}

/** A rule that was not taken, and why. */
export interface ReportRefused {
  file: string;
  line: number;
  sid: number;
  /** A Sigma rule's key. */
  keyword: string;
  reason: string;
  source?: 'sigma';
  /** Of a Sigma rule: its title, else its id; '' where neither can be read. */
  rule?: string;
}

/** A list of indicators that was asked for. */
export interface ReportIntel {
  file: string;
  /** As it was recognised: plain, hosts, abuse.ch, misp, stix. */
  format: string;
  /** Entries that were looked for. */
  indicators: number;
  /** Entries that make no sense, or that Sonde does not know; the first hundred stand in `rules.refused`. */
  refused: number;
  /** Entries not in force at the time of judgement. */
  expired: number;
  /** Why entries were refused, the most frequent reason first (50 at most), with the first five lines of each. */
  reasons?: { reason: string; count: number; lines: number[] }[];
  /** Hashes of files: sound, but nothing that is read from packets. */
  unseen: number;
  /** Contacts that matched; of a list of what is allowed: how often it won. */
  hits: number;
  /** Its entries are never told. */
  allow?: boolean;
}

export interface TriageReport {
  schema: 'sonde.triage/1';
  version: string;
  inputs: ReportInput[];
  /** What is wrong with the capture as such, most serious first; empty: nothing is; absent where there are no packets. */
  quality?: ReportQuality[];
  flows: { count: number; anomalous: number; cutShort: number };
  status: 'scored' | 'insufficient' | 'not-scored';
  profile: { name: string; reason: string };
  /** Networks that counted as ours, as they were named; empty: the private ones. */
  networks?: string[];
  /** The alarm budget that was in force, and how many bare anomalies became warnings within it; null: none was. */
  budget?: { perDay: number; allowed: number; raised: number } | null;
  /** What scored: the model's name and whether anything was fitted to this capture. */
  model: { name: string; sha256: string; fittedToCapture: boolean } | null;
  /** Models of the lab that scored beside it, where there were any: `id` is the detector's. */
  promoted?: ReportPromoted[];
  hosts: ReportHost[];
  hostsTotal: number;
  incidents: Incident[];
  signatures: ReportSignature[];
  /** `cut`: how often an expression of a rule met more text than it looks through; absent: never. */
  rules: { loaded: number; refused: ReportRefused[]; cut?: number };
  /** Lists of indicators, where any were asked for. */
  intel?: ReportIntel[];
  /** Databases of places, where any were named. */
  geo?: ReportPlaces[];
  /** Roles that hosts of ours seem to have by what they do, where any were found. */
  roles?: ProposedRole[];
  /** Networks that were found: those of ours, and others with machines on our own links; absent where there are none. */
  networksFound?: FoundNetwork[];
  /** Addresses and names are pseudonyms; absent: they are what they are. */
  anonymised?: true;
  suppressed: number;
  detectors: ReportDetector[];
  timings: { readMs: number; totalMs: number; packetsPerSecond: number; peakRssBytes: number };
}
