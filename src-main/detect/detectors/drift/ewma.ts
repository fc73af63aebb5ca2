/**
 * The exponentially weighted moving average chart (Roberts, Technometrics 1, 1959): small shifts that last, where single
 * values say little. Its limits are those of independent values, widened for a series whose values resemble the ones
 * before (the variance of the average of a first-order autoregression; Schmid 1997), as traffic does.
 */
import type { Usual } from './usual.ts';

export interface EwmaOptions {
  /** Weight of the newest value, 0…1. */
  lambda: number;
  /** Width of the limits in standard deviations of the average. */
  limit: number;
  /** A single value counts as at most so many spreads from the centre. */
  most?: number;
}

export interface EwmaPoint {
  /** The average, in spreads from the centre. */
  value: number;
  /** It is out of control beyond this, either way. */
  limit: number;
}

export class EwmaChart {
  private readonly options: Required<EwmaOptions>;
  private average = 0;
  private seen = 0;

  constructor(options: EwmaOptions) {
    this.options = { most: Infinity, ...options };
  }

  /** Takes one value; `usual` may change as more is known. */
  add(x: number, { centre, spread, resemblance }: Usual): EwmaPoint {
    const { lambda, limit, most } = this.options;
    const z = Math.max(-most, Math.min(most, (x - centre) / spread));
    this.average = lambda * z + (1 - lambda) * this.average;
    this.seen++;
    const settled = 1 - (1 - lambda) ** (2 * this.seen);
    const carried = resemblance * (1 - lambda);
    const variance = (lambda / (2 - lambda)) * settled * ((1 + carried) / (1 - carried));
    return { value: this.average, limit: limit * Math.sqrt(variance) };
  }

  /** After a pause of which nothing is known. */
  restart(): void {
    this.average = 0;
    this.seen = 0;
  }

  snapshot(): { average: number; seen: number } {
    return { average: this.average, seen: this.seen };
  }

  restore({ average, seen }: { average: number; seen: number }): void {
    this.average = average;
    this.seen = seen;
  }
}
