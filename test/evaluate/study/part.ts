/**
 * One method on one set, in a process of its own, so that its peak of memory is its own: `node part.ts SET REGIME METHOD`.
 * Prints a `Part` as JSON. Times are processor time of the process, all threads, which other work on the machine hardly changes.
 */
import { join } from 'node:path';
import { evaluate, type EvaluateOptions } from '../../../src-main/detect/lab/evaluate.ts';
import { REGIMES, type EvaluationReport, type Regime } from '../../../src-main/detect/lab/report.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { thisMachine, today, type Machine } from './machine.ts';
import { FLOWS, ROOT, SETS } from './sets.ts';

export interface Part {
  set: string;
  regime: Regime;
  method: string;
  /** YYYY-MM-DD */
  day: string;
  machine: Machine;
  /** Reading, learning, judging and describing, all seeds. */
  processorSeconds: number;
  wallSeconds: number;
  /** Of the whole process, the data among it. */
  peakMiB: number;
  /** Or why there is none: the method cannot be had of these data. */
  report: EvaluationReport | string;
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const [setId, wanted, method] = process.argv.slice(2);
const set = SETS.find(({ id }) => id === setId);
const regime = REGIMES.find((each) => each === wanted);
if (!set || !regime || method === undefined) throw new Error('usage: part.ts SET REGIME METHOD');
const began = performance.now();
const at = (path: string): string => join(ROOT, FLOWS, path);
const options: EvaluateOptions = {
  train: set.train.map(at),
  test: set.test.map(at),
  regime,
  detectors: [method],
  split: set.split,
  seeds: set.seeds,
  validation: 0.2,
  targetFpr: 0.05,
  duplicates: set.duplicates,
  keepShortcuts: false,
  details: true,
  clock: processorMs,
};

/** Columns by class and the baselines are left out: they are other methods' parts. */
async function reportOf(): Promise<Part['report']> {
  try {
    const { details: _, ...rest } = await evaluate(options);
    return rest;
  } catch (error) {
    if (error instanceof SondeError && error.code === 'too-little-data') return error.message;
    throw error;
  }
}

const report = await reportOf();
const part: Part = {
  set: set.id,
  regime,
  method,
  day: today(),
  machine: thisMachine(),
  processorSeconds: processorMs() / 1000,
  wallSeconds: (performance.now() - began) / 1000,
  peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  report,
};
process.stdout.write(JSON.stringify(part));
