/**
 * Whether a network has changed since its baseline was learned: more of its ordinary flows are called anomalous than may
 * be. Counted by the hour; one hour may be odd, so two in a row are asked for.
 */
import { FALSE_ALARM_SHARE } from '../../../../detect/detectors/triage.ts';

const HOUR_S = 3600;
/** An hour with fewer flows says nothing. */
const FLOWS_LEAST = 1000;
/** Up to so many times the share that may be is no change: calibration is not finer than that from day to day. */
const TIMES = 3;
/** Probability below which so many anomalous flows are no chance, were their share `TIMES` what it may be. */
const CHANCE = 1e-6;
const IN_A_ROW = 2;

/** Beyond this mean the normal distribution is as good, and its tail of `CHANCE` begins at so many deviations. */
const MEAN_EXACT = 500;
const DEVIATIONS = 4.75;

/** Whether a Poisson distribution with this mean gives `count` or more with less than `CHANCE`. */
function isTooMany(count: number, mean: number): boolean {
  if (mean > MEAN_EXACT) return (count - mean) / Math.sqrt(mean) > DEVIATIONS;
  let term = Math.exp(-mean);
  let below = 0;
  for (let k = 0; k < count; k++) {
    below += term;
    term *= mean / (k + 1);
  }
  return 1 - below < CHANCE;
}

export class AlarmRate {
  private began = NaN;
  private flows = 0;
  private alarms = 0;
  private odd = 0;

  /** Ordinary flows that ended, and how many of them were called anomalous. */
  add(flows: number, alarms: number): void {
    this.flows += flows;
    this.alarms += alarms;
  }

  /** At packet time `now`, seconds: the share of the last hour if the baseline no longer holds, else null. */
  drifted(now: number): number | null {
    if (Number.isNaN(this.began) || now < this.began) this.turn(now);
    if (now - this.began < HOUR_S) return null;
    const { flows, alarms } = this;
    const judged = flows >= FLOWS_LEAST;
    if (judged) this.odd = isTooMany(alarms, flows * FALSE_ALARM_SHARE * TIMES) ? this.odd + 1 : 0;
    this.turn(now);
    return judged && this.odd >= IN_A_ROW ? alarms / flows : null;
  }

  /** Another model scores, or another network: nothing counted so far is about it. */
  reset(): void {
    this.odd = 0;
    this.began = NaN;
  }

  private turn(now: number): void {
    this.began = now;
    this.flows = 0;
    this.alarms = 0;
  }
}
