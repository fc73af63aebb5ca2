/** Where a live capture's packets come from, for the pipeline: a source that never knows its end. */
import type { LiveEnd, LiveNoticeCode, LiveStarted } from '../../../../src-shared/domain/live.ts';
import type { Meter } from '../meter.ts';
import type { Source } from '../source.ts';

/** Packets lost before they reached us, since the start; null where the engine cannot know. */
export interface Drops {
  kernel: number | null;
  interface: number | null;
}

/** Told of what does not end the capture: the link is down, the computer slept. */
export type OnNotice = (code: LiveNoticeCode, message: string) => void;
/** Told why the capture ends, or did not start again. */
export type OnError = (code: string, message: string) => void;

export interface LiveSource extends Source {
  readonly meter: Meter;
  readonly started: Omit<LiveStarted, 'event'>;
  /** Whether packets come whether or not anybody keeps up: then detail is shed. A file waits. */
  readonly insistent: boolean;
  drops(): Drops;
  /** Packets that arrived and wait to be looked at. */
  queued(): number;
  /** How long after their arrival packets are looked at now, ms; null where that means nothing. */
  behindMs(): number | null;
  /** False while the card is down or gone. */
  linkUp(): boolean;
  /**
   * Milliseconds, as somebody who waits counts them, since a moment of packet time (`sec` + `nano`) passed on the wire or was
   * played, however fast; null where that is not known, as in a replay at full speed.
   */
  since(sec: number, nano: number): number | null;
  /** Why `next` gave null. */
  ending(): LiveEnd;
  /** Who is told from now on. */
  listen(onNotice: OnNotice, onError: OnError): void;
}
