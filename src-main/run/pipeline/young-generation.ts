/**
 * Bounds the part of a heap where objects begin (V8's new space). A meter makes many objects that live a little longer than a
 * moment; V8 answers by doubling that space up to twice 32 MiB in each thread, and keeps it. Half of that takes no more time:
 * what was measured is in docs/performance.md.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** One half of the space, MiB. */
const HALF_MIB = 16;
/** For `resourceLimits` of a thread: V8 counts the two halves and as much again for large objects. */
export const YOUNG_MIB = 3 * HALF_MIB;

/** What the space of the main thread may be before it grows no more, bytes. */
const ENOUGH = HALF_MIB * 1024 * 1024;
/** How often that is looked at, ms. */
const EVERY_MS = 20;

/** Bytes of this thread's new space. */
export const newSpace = (): number =>
  getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0;

/**
 * Bounds that of the main thread, for a process that does one thing and ends. V8 reads the bound itself when a thread begins;
 * the factor by which the space grows it reads each time, and for all threads: those that begin later start with enough.
 */
export function boundMainThread(): void {
  const watch = setInterval(() => {
    if (newSpace() < ENOUGH) return;
    setFlagsFromString(`--min-semi-space-size=${HALF_MIB / 4}`);
    setFlagsFromString('--semi-space-growth-factor=1');
    clearInterval(watch);
  }, EVERY_MS);
  watch.unref();
}
