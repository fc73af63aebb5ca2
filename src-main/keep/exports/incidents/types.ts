/** What an export of incidents is made of, and what a format is. */
import type { IncidentState } from '../../../../src-shared/domain/live.ts';
import type { Incident } from '../../../../src-shared/domain/report.ts';

/** The first flow of an incident: where several are, it stands for them in formats that know one connection an event. */
export interface FirstFlow {
  /** As `triage --flows` names it. */
  uid: string;
  communityId: string;
  /** Its place among the flows of the capture, from 1. */
  number: number;
  origHost: string;
  origPort: number;
  respHost: string;
  respPort: number;
  /** IANA's number of the transport protocol. */
  protocol: number;
  /** tcp, udp, icmp; '' for others. */
  transport: string;
  /** Whether its ends have ports: those of others are types and codes. */
  hasPorts: boolean;
  /** As Zeek names it, '' where it is not known. */
  service: string;
  /** RFC 3339, UTC, nine decimals. */
  start: string;
  end: string;
  origBytes: number;
  respBytes: number;
  origPackets: number;
  respPackets: number;
  /** Number of its first packet in the capture file, from 1; absent where the capture is several files. */
  packet?: number;
}

export interface ExportedIncident {
  /** `state`: of one that is told of while packets come. */
  incident: Incident & { state?: IncidentState };
  /** Absent where no flow of it is kept. */
  flow?: FirstFlow;
}

/** Of the whole export. */
export interface ExportContext {
  /** Of Sonde. */
  version: string;
  /** The capture's file, without its folder; '' for standard input. */
  capture: string;
  /** SHA-256 of the capture's files, hexadecimal, as one text: what names are derived from. */
  source: string;
}

export interface IncidentFormat {
  readonly id: string;
  /** What a file name of it ends in. */
  readonly ending: string;
  /** The whole file as pieces of text. The same incidents give the same bytes. */
  write(incidents: readonly ExportedIncident[], context: ExportContext): Iterable<string>;
}
