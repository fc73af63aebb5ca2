/** On what a run was made, and where runs are kept. */
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './sets.ts';

export const KEPT = join(ROOT, 'build', 'study');

export interface Machine {
  processor: string;
  cores: number;
  memoryGiB: number;
  system: string;
  node: string;
  sonde: string;
}

export function thisMachine(): Machine {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return {
    processor: (cpus()[0]?.model ?? 'unknown processor').trim(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    sonde: version,
  };
}

/** YYYY-MM-DD */
export const today = (): string => new Date().toISOString().slice(0, 10);
