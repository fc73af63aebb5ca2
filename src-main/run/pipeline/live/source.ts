/** Where a live capture's packets come from, for the pipeline: a source that never knows its end. */
import type { LiveEnd, LiveStarted } from '../../../../src-shared/domain/live.ts';
import type { Source } from '../source.ts';

/** Packets lost before they reached us, since the start; null where the engine cannot know. */
export interface Drops {
  kernel: number | null;
  interface: number | null;
}

export interface LiveSource extends Source {
  readonly started: Omit<LiveStarted, 'event'>;
  drops(): Drops;
  /** Packets that arrived and wait to be looked at. */
  queued(): number;
  /**
   * Milliseconds since a moment of packet time (`sec` + `nano`) passed on the wire; null where that is not known, as in
   * a replay at full speed.
   */
  since(sec: number, nano: number): number | null;
  /** Why `next` gave null. */
  ending(): LiveEnd;
}
