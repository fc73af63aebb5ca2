/**
 * How much is inspected when the machine cannot keep up. Packets wait in bounded queues, and what does not fit there
 * waits in the kernel's buffer: how far behind their arrival packets are looked at says how full all of it is together.
 * Detail goes in steps, one at a time, and comes back in steps once packets have been looked at in time for a while.
 */
import type { ShedLevel } from '../../../../src-shared/domain/live.ts';

/** Milliseconds behind from which detail goes: by level reached. */
export const SHED_AT: readonly [first: number, second: number] = [750, 1500];
/** Detectors of packets go before anything else does; they are all or nothing. */
export const PACKETS_SHED_AT: readonly [first: number, second: number] = [400, Infinity];
/** So far behind, ms, is in time again. */
export const IN_TIME_MS = 200;
/** Between a step and the next, ms: for the first to show its effect. */
export const STEP_MS = 1000;
/** In time for so long, ms, before a step back; doubled each time detail had to go again soon after, up to the last. */
export const CALM_MS = 5000;
const CALM_MAX_MS = 80_000;

export class Shedding {
  level: ShedLevel = 0;
  private changed = -Infinity;
  private eased = -Infinity;
  private calmSince = NaN;
  private calm = CALM_MS;
  private readonly at: readonly [number, number];

  /** `at`: ms behind from which detail goes, by level reached. */
  constructor(at: readonly [number, number] = SHED_AT) {
    this.at = at;
  }

  /** `behind`: ms; `now`: ms of a clock that only goes forward. Whether the level has changed. */
  note(behind: number, now: number): boolean {
    if (behind > IN_TIME_MS) this.calmSince = NaN;
    else if (Number.isNaN(this.calmSince)) this.calmSince = now;
    if (now - this.changed < STEP_MS) return false;
    if (this.level < 2 && behind >= this.at[this.level === 0 ? 0 : 1]) {
      if (this.level === 0 || this.eased === this.changed) {
        this.calm = now - this.eased < 2 * this.calm ? Math.min(CALM_MAX_MS, this.calm * 2) : CALM_MS;
      }
      return this.set((this.level + 1) as ShedLevel, now);
    }
    if (this.level > 0 && now - this.calmSince >= this.calm && now - this.changed >= this.calm) {
      this.eased = now;
      return this.set((this.level - 1) as ShedLevel, now);
    }
    return false;
  }

  private set(level: ShedLevel, now: number): true {
    this.level = level;
    this.changed = now;
    return true;
  }
}

const WORDS: Readonly<Record<ShedLevel, string>> = {
  0: 'The machine keeps up again: everything is inspected.',
  1: 'The machine cannot keep up: flows get no learned scores until it does.',
  2: 'The machine cannot keep up: flows get no learned scores, and what new flows speak is not looked at, until it does.',
};

export const shedWords = (level: ShedLevel): string => `${WORDS[level]} Packets and flows are counted, all of them.`;

/** Of detectors of packets. */
export const packetShedWords = (level: ShedLevel): string =>
  level === 0
    ? 'The machine keeps up again: packets are looked at one by one again.'
    : 'The machine cannot keep up: packets are not looked at one by one until it does. Everything else goes on.';
