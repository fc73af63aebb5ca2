/**
 * When somebody was heard last, by the clock of this machine: clocks of others may be wrong, so what counts is that what they say
 * changes. Only of what was said before we listened their own time is all there is.
 */

/** Who said nothing new for so long is silent, ms: sensors and workers tell of themselves every second or two. */
export const SILENT_MS = 10_000;

export interface Heard<T> {
  /** The time that stands in it, ms since 1970 by its own clock. */
  at: number;
  /** By ours. */
  heard: number;
  said: T;
  /** What it said before that. */
  before: T | undefined;
}

/** `oldest`: how old at most it can be, as it would have gone by itself. */
export function hear<T>(known: Heard<T> | undefined, said: T, at: number, now: number, oldest = Infinity): Heard<T> {
  if (known) return known.at === at ? known : { at, heard: now, said, before: known.said };
  return { at, heard: now - Math.min(oldest, Math.max(0, now - at)), said, before: undefined };
}

export function isFresh({ heard }: Pick<Heard<unknown>, 'heard'>, now: number): boolean {
  return now - heard < SILENT_MS;
}
