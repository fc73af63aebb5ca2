/** Which rows are learned from, which choose, which judge. */
import { SondeError } from '../../../src-shared/errors.ts';
import { hashId, randomSource } from '../features/random.ts';
import type { Table } from './formats/types.ts';
import { UNSW_ROWS } from './formats/unsw-nb15.ts';

export type Split = 'official' | 'time' | 'group' | 'random';

/** Share of a file without a test file of its own that judges. */
export const TEST_SHARE = 0.3;

export interface Warning {
  code: string;
  message: string;
}

export interface Divided {
  train: Int32Array;
  test: Int32Array;
}

export const allRows = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

function byTime(table: Table, warnings: Warning[]): Divided {
  const order = allRows(table.rows);
  if (Number.isNaN(table.time[0]!)) {
    warnings.push({
      code: 'no-time',
      message: `${table.format} has no times: the file is divided in its own order, which may mix what happened at once`,
    });
  } else order.sort((a, b) => table.time[a]! - table.time[b]! || a - b);
  const cut = Math.floor(table.rows * (1 - TEST_SHARE));
  return { train: order.slice(0, cut), test: order.slice(cut) };
}

function byGroup(table: Table, seed: number): Divided {
  if (Number.isNaN(table.group[0]!)) {
    throw new SondeError(
      'usage',
      `--split group: ${table.format} says of no record which host or day it is of`,
      '--split',
      'Use --split time, or give a --test file.',
    );
  }
  const judges = (row: number): boolean => hashId(table.group[row]!, seed + 23) % 1000 < TEST_SHARE * 1000;
  return partition(table.rows, judges);
}

function partition(rows: number, judges: (row: number) => boolean): Divided {
  const train: number[] = [];
  const test: number[] = [];
  for (let row = 0; row < rows; row++) (judges(row) ? test : train).push(row);
  return { train: Int32Array.from(train), test: Int32Array.from(test) };
}

/** Divides one table. @throws SondeError `usage` where the split is impossible. */
export function divide(table: Table, split: Split, seed: number, warnings: Warning[]): Divided {
  switch (split) {
    case 'official':
      throw new SondeError('usage', '--split official: needs the official test file', '--test', 'Add --test FILE.');
    case 'time':
      return byTime(table, warnings);
    case 'group':
      return byGroup(table, seed);
    case 'random':
      warnings.push({
        code: 'random-split',
        message:
          'a random split puts records of the same attack on both sides: the figures say how well what was seen is ' +
          'recognised (0.998 accuracy on NSL-KDD where the official test file gives 0.77), not how well anything new is',
      });
      return partition(table.rows, (row) => hashId(row, seed + 29) % 1000 < TEST_SHARE * 1000);
  }
}

/** Some mirrors of UNSW-NB15 call the testing set the training set and the other way round. */
export function swappedFiles(train: Table, test: Table): Warning | undefined {
  const rows = (table: Table): number => table.rows + table.skippedRows;
  const isUnsw = train.format === 'unsw-nb15' && test.format === 'unsw-nb15';
  if (!isUnsw || rows(train) !== UNSW_ROWS.test || rows(test) !== UNSW_ROWS.train) return undefined;
  const [large, small] = [UNSW_ROWS.train, UNSW_ROWS.test].map((count) => count.toLocaleString('en'));
  return {
    code: 'swapped-files',
    message:
      `UNSW-NB15's training set has ${large} records and its testing set ${small}: here it is the other way round, as on ` +
      'some mirrors; figures of others are for training on the larger file',
  };
}

/** Rows of `test` whose whole record, but for its label, also stands among the rows of `train`. */
export function duplicatesAcross(train: Table, trainRows: Int32Array, test: Table, testRows: Int32Array): Uint8Array {
  const known = new Set<number>();
  for (const row of trainRows) known.add(train.identity[row]!);
  return Uint8Array.from(testRows, (row) => (known.has(test.identity[row]!) ? 1 : 0));
}

export interface HeldBack {
  fit: Int32Array;
  validation: Int32Array;
  /** Kinds of attack that only validation has. */
  leftOut: string[];
}

/** A share of the rows at random: for thresholds of detectors that learn without labels. */
export function holdBack(rows: Int32Array, share: number, seed: number): HeldBack {
  const held = rows.filter((row) => hashId(row, seed + 17) % 10_000 < share * 10_000);
  const fit = rows.filter((row) => hashId(row, seed + 17) % 10_000 >= share * 10_000);
  return { fit, validation: held, leftOut: [] };
}

/**
 * For supervised detectors: a share of the ordinary rows at random, and whole kinds of attack, drawn by seed until about
 * that share of the kinds is held back. With fewer than two kinds the attacks are divided at random too.
 */
export function holdKindsBack(
  table: Table,
  rows: Int32Array,
  share: number,
  seed: number,
  warnings: Warning[],
): HeldBack {
  const counts = new Map<number, number>();
  for (const row of rows) if (table.attack[row]) counts.set(table.kind[row]!, (counts.get(table.kind[row]!) ?? 0) + 1);
  if (counts.size < 2) {
    if (!warnings.some(({ code }) => code === 'one-kind')) {
      warnings.push({
        code: 'one-kind',
        message: 'there are not two kinds of attack to leave one out: validation is a random share, which flatters',
      });
    }
    return keepAnAttack(table, holdBack(rows, share, seed));
  }
  const leave = chooseKinds(counts, share, seed);
  const random = (row: number): boolean => hashId(row, seed + 17) % 10_000 < share * 10_000;
  const held = (row: number): boolean => (table.attack[row] ? leave.has(table.kind[row]!) : random(row));
  return {
    fit: rows.filter((row) => !held(row)),
    validation: rows.filter(held),
    leftOut: [...leave].map((kind) => table.kinds[kind]!).sort(),
  };
}

/** Where chance would hold all attacks back, none is: without any there is nothing to learn. */
function keepAnAttack({ attack }: Table, held: HeldBack): HeldBack {
  const { fit, validation } = held;
  if (fit.some((row) => attack[row] === 1)) return held;
  const attacks = validation.filter((row) => attack[row] === 1);
  return { ...held, fit: Int32Array.from([...fit, ...attacks]), validation: validation.filter((row) => !attack[row]) };
}

/** Kinds in random order until the share of the kinds is reached; the commonest stays, so that there is enough to learn. */
function chooseKinds(counts: ReadonlyMap<number, number>, share: number, seed: number): Set<number> {
  const random = randomSource(seed, 31);
  const order = [...counts.keys()].sort((a, b) => a - b).map((kind) => ({ kind, at: random() }));
  order.sort((a, b) => a.at - b.at);
  const commonest = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  const wanted = Math.max(1, Math.round(counts.size * share));
  const kinds = order.map(({ kind }) => kind).filter((kind) => kind !== commonest);
  return new Set(kinds.slice(0, wanted));
}
