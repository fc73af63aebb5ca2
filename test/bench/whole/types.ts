import type { BenchCommand } from './commands.ts';
import type { Spread } from './measure.ts';

/** One command's runs over one capture. Seconds by the clock; processor seconds and peak memory are medians. */
export interface Done {
  name: string;
  kind: BenchCommand['kind'];
  seconds: Spread;
  processor: number;
  peakMiB: number;
  runs: number;
}

/** All that was measured on one capture. Stages in processor milliseconds of one thread, medians. */
export interface Captured {
  name: string;
  packets: number;
  flows: number;
  bytes: number;
  stages: Record<string, number>;
  stagesPeakMiB: number;
  /** What inspection costs as a multiple of flow metering, run by run. */
  inspection: Spread;
  processes: Done[];
  /** Who was left out: over the limit, or failed. */
  tooSlow: string[];
  load: [before: number, after: number];
}
