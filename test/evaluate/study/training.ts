/** What learning by labels cost at full size: measured by `npm run bench:lab`, told by the study. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEPT, type Machine } from './machine.ts';

export interface Fitted {
  rows: number;
  columns: number;
  wallSeconds: number;
  processorSeconds: number;
  peakMiB: number;
  /** Of `judged` rows that were not learned from; null where all were learned from. */
  accuracy: number | null;
}

export interface Training {
  day: string;
  machine: Machine;
  /** Processes that ran or waited in the minute before. */
  load: number;
  trees: number;
  judged: number;
  /** Of the file: all its records. */
  whole: number;
  library: string;
  minutes: number;
  fits: { by: 'ours' | 'library'; rows: number; fitted: Fitted | null }[];
}

const FILE = join(KEPT, 'training.json');

export function keepTraining(training: Training): void {
  mkdirSync(KEPT, { recursive: true });
  writeFileSync(FILE, JSON.stringify(training));
}

/** undefined: it was never measured here. */
export function keptTraining(): Training | undefined {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Training) : undefined;
}
