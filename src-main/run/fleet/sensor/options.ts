/** What a sensor is asked, and what comes of it. */
import type { KeyObject } from 'node:crypto';
import type { LiveSource } from '../../pipeline/live/source.ts';
import type { SpoolOptions } from '../spool/spool.ts';
import type { Transport } from '../types.ts';
import type { SensorEvent } from './events.ts';
import type { HandOutOptions } from './hand-out.ts';

export interface SensorOptions {
  name: string;
  key: KeyObject;
  transport: Transport;
  shards: number;
  /** Entries that a stream keeps. */
  retention: number;
  withPayload: boolean;
  spool: SpoolOptions;
  /** What it reads: a card that was opened, or files. */
  source: LiveSource | { files: readonly string[]; speed: number | 'max' };
  /** In place of the time of the first packet (files) or of the start (a card). */
  run?: number | undefined;
  /** A few rows wait so long at most for others to be sent with, ms (default 3,000). */
  flushMs?: number;
  /** Packets are handed out to these desks; absent: to nobody. */
  packets?: HandOutOptions | undefined;
  onEvent: (event: SensorEvent) => void;
  signal: AbortSignal;
}

/** What came of it: whether everything there was is with the server. */
export interface SensorEnd {
  isAllSent: boolean;
}
