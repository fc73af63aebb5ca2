/**
 * What each detector of the lab costs in an experiment: processor seconds of its part of `evaluate()` (fit, scores, importance of
 * columns, what moves the scores), for the first seed and for a further one, by records and encoded columns. Prints the table of
 * src-shared/domain/lab-costs.ts as JSON.
 *
 *     node scripts/run-ts.mjs test/bench/lab-costs.ts [ROWS,…]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate } from '../../src-main/detect/lab/evaluate.ts';
import { detectorsOf, LAB_DETECTORS } from '../../src-main/detect/lab/lab-detectors.ts';
import { ENSEMBLE_ID } from '../../src-main/detect/lab/ensemble-detector.ts';
import { labelledFlows, likeRecords } from '../unit/lab/records.ts';

const SIZES = (process.argv[2] ?? '3000,10000,30000').split(',').map(Number);
const SEEDS = [1, 2];
/** Measured once before, and not counted: what runs first is compiled. */
const WARM_UP = 1500;
/** They look at several records of a host: measured on flows. */
const OF_FLOWS = ['gru-autoencoder', 'graph-statistics', 'graph-attention'];

const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

interface Costs {
  columns: number;
  /** By detector; '' is everything else. */
  first: Record<string, number>;
  further: Record<string, number>;
}

/** Processor time between what is told as a step and the next. */
async function measure(
  path: string,
  regime: 'normal-only' | 'supervised',
  detectors: string[],
  told = detectors,
): Promise<Costs> {
  const marks: { step: string; at: number }[] = [{ step: '', at: processorSeconds() }];
  const report = await evaluate({
    ...{ train: [path], test: [], regime, detectors, split: 'time', seeds: SEEDS, validation: 0.2, targetFpr: 0.05 },
    ...{ duplicates: 'drop', keepShortcuts: false, details: true, clock: () => performance.now() },
    onProgress: (step) => marks.push({ step, at: processorSeconds() }),
  });
  marks.push({ step: '', at: processorSeconds() });
  const costs: Costs = { columns: report.data.features, first: {}, further: {} };
  for (const [i, { step, at }] of marks.slice(0, -1).entries()) {
    const [, seed, id] = /^seed (\d+): (\S+)$/.exec(step) ?? [];
    const into = seed === String(SEEDS[1]) ? costs.further : costs.first;
    const name = id !== undefined && told.includes(id) ? id : '';
    into[name] = (into[name] ?? 0) + marks[i + 1]!.at - at;
  }
  return costs;
}

const folder = mkdtempSync(join(tmpdir(), 'sonde-lab-costs-'));
const table: Record<string, { rows: number; columns: number; first: number; further: number }[]> = {};
const note = (rows: number, { columns, first, further }: Costs): void => {
  for (const [id, seconds] of Object.entries(first)) {
    if (rows !== WARM_UP) (table[id] ??= []).push({ rows, columns, first: seconds, further: further[id] ?? 0 });
    process.stderr.write(`${rows} × ${columns} ${id}: ${seconds.toFixed(2)} s, ${(further[id] ?? 0).toFixed(2)} s\n`);
  }
};
try {
  for (const rows of [WARM_UP, ...SIZES]) {
    const records = join(folder, 'records.txt');
    const flows = join(folder, 'flows.log');
    writeFileSync(records, `${likeRecords(rows, 1)}\n`);
    writeFileSync(flows, `${labelledFlows(rows, 0)}\n`);
    const plain = detectorsOf('normal-only').filter((id) => ![...OF_FLOWS, ENSEMBLE_ID].includes(id));
    const apart = await measure(records, 'normal-only', plain);
    note(rows, apart);
    // What is done with the members' scores follows the last of them.
    const members = LAB_DETECTORS.filter(({ inEnsemble }) => inEnsemble).map(({ id }) => id);
    const last = members.findLast((id) => apart.first[id] !== undefined)!;
    const { columns, first, further } = await measure(records, 'normal-only', [ENSEMBLE_ID], members);
    // A difference of two runs: the greater of both seeds says more than either.
    const own = Math.max(0, first[last]! - apart.first[last]!, further[last]! - apart.further[last]!);
    note(rows, { columns, first: { [ENSEMBLE_ID]: own }, further: { [ENSEMBLE_ID]: own } });
    note(rows, await measure(records, 'supervised', detectorsOf('supervised')));
    note(rows, await measure(flows, 'normal-only', OF_FLOWS));
  }
  process.stdout.write(`${JSON.stringify(table, null, 1)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
