/** What a session's thread is given, and what it tells. */
import type { LiveEnd, LiveIncident, LiveStarted, LiveTick } from '../../../../src-shared/domain/live.ts';
import type { SiemState } from '../../../keep/alerts/siem/exports.ts';
import type { Failure } from '../../../keep/store/protocol.ts';
import type { MessagePort } from '../../pipeline/threads.ts';

/** Where packets come from. */
export type LiveInput =
  | {
      kind: 'interface';
      name: string;
      filter: string;
      promiscuous: boolean;
      /** Ports of ours, whose traffic is left out. */
      leaveOut: readonly OwnPort[];
      /** Notes which programs flows belong to, where the system tells. */
      processes: boolean;
    }
  | { kind: 'file'; path: string; speed: number | 'max' };

export interface OwnPort {
  /** Absent: on whatever address. */
  address?: string;
  port: number;
}

/** Packets on disk, in files that overwrite each other. */
export interface RingChoice {
  /** Of all sessions; each has a folder in it, named by its capture. */
  folder: string;
  mode: 'headers' | 'full';
  maxBytes: number;
}

export interface LiveData {
  input: LiveInput;
  ring: RingChoice | null;
  /** Folder of learned baselines; null: none are kept. */
  baselines: string | null;
  /** As the capture is called. */
  name: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Folder where files of indicator lists are kept. */
  lists: string;
  /** Leads to the store. */
  port: MessagePort;
}

/** `rules`, `exports`: they have changed and are to be read again. */
export type ToLive = { type: 'stop'; keep: boolean } | { type: 'rules' } | { type: 'exports' };

export type FromLive =
  | { type: 'started'; started: Omit<LiveStarted, 'event'> }
  | { type: 'begun'; capture: number; ringFolder: string | null }
  /** `heat`: bytes of hosts since the last tick, most first. */
  | { type: 'tick'; tick: LiveTick; heat: [address: string, bytes: number][] }
  | { type: 'incident'; event: LiveIncident }
  /** These incidents reached the store. */
  | { type: 'stored'; uids: string[] }
  /** Flows did. */
  | { type: 'flows-stored' }
  /** How continuous exports go. */
  | { type: 'exports'; states: SiemState[] }
  | { type: 'notice'; code: string; message: string }
  /** What ended the capture, where it was not asked for. */
  | { type: 'error'; code: string; message: string }
  /** No more packets; what was seen is being kept (or thrown away). */
  | { type: 'ended'; end: LiveEnd }
  | { type: 'done'; kept: boolean }
  | { type: 'failed'; failure: Failure };
