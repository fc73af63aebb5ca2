/**
 * Rows held back as if the network had changed since: ordinary rows that lie to one side of a direction drawn by seed, far
 * ones more likely, and whole kinds of attack, each in one of the folds. A random share of the same traffic says how often
 * yesterday's traffic would alarm; this says how often a drifted one does.
 */
import { randomSource, sampleWithoutReplacement } from '../features/random.ts';
import type { FeatureMatrix } from '../types.ts';
import { Encoder, Scaling } from './encode.ts';
import type { Table } from './formats/types.ts';

export const FOLDS = 6;
/** Sources that a direction is made of. */
const SOURCES = 4;
/** Chance of being held back: `MOST` × logistic(STEEPNESS × (deviations along the direction − MIDDLE)), some 28 % in all. */
const [MOST, STEEPNESS, MIDDLE] = [0.8, 2.5, 0.5];
/** Of ranks 0…1: what varies less makes no direction. */
const LEAST_VARIANCE = 0.02;

export interface ShiftedFold {
  fit: Int32Array;
  /** Ordinary rows, or where no label is looked at just rows. */
  held: Int32Array;
  /** Attacks of the kinds that are not in `fit`. */
  unseen: Int32Array;
}

function varianceOf({ data, rows, features }: FeatureMatrix, j: number): number {
  let [sum, squares] = [0, 0];
  for (let r = 0; r < rows; r++) {
    const x = data[r * features.length + j]!;
    sum += x;
    squares += x * x;
  }
  return squares / rows - (sum / rows) ** 2;
}

/** The column of each source that varies most, where it varies enough. */
function varying(ranks: FeatureMatrix, owner: Int32Array): number[] {
  const best = new Map<number, { column: number; variance: number }>();
  for (const [column, source] of owner.entries()) {
    const variance = varianceOf(ranks, column);
    if (variance > Math.max(LEAST_VARIANCE, best.get(source)?.variance ?? 0)) best.set(source, { column, variance });
  }
  return [...best.values()].map(({ column }) => column);
}

/** 1: held back. */
function tilted(ranks: FeatureMatrix, columns: readonly number[], random: () => number): Uint8Array {
  const width = ranks.features.length;
  const along = new Float64Array(ranks.rows);
  for (const at of sampleWithoutReplacement(columns.length, SOURCES, random)) {
    const column = columns[at]!;
    const sign = random() < 0.5 ? -1 : 1;
    for (let r = 0; r < along.length; r++) along[r]! += sign * ranks.data[r * width + column]!;
  }
  const mean = along.reduce((a, b) => a + b, 0) / along.length;
  const deviation = Math.sqrt(along.reduce((a, b) => a + (b - mean) ** 2, 0) / along.length) || 1;
  const chance = (x: number): number => MOST / (1 + Math.exp(-STEEPNESS * ((x - mean) / deviation - MIDDLE)));
  return Uint8Array.from(along, (x) => (random() < chance(x) ? 1 : 0));
}

/** Which fold leaves each kind out, in random order. */
function foldsOfKinds(table: Table, attacks: Int32Array, random: () => number): Map<number, number> {
  const kinds = [...new Set(Int32Array.from(attacks, (row) => table.kind[row]!))].sort((a, b) => a - b);
  const order = kinds.map((kind) => ({ kind, at: random() })).sort((a, b) => a.at - b.at);
  return new Map(order.map(({ kind }, i) => [kind, i % FOLDS]));
}

/** `labels`: attacks are told apart and held back by kind; else every row counts as ordinary. */
export function shiftedFolds(
  table: Table,
  rows: Int32Array,
  { seed, labels, keepShortcuts }: { seed: number; labels: boolean; keepShortcuts: boolean },
): ShiftedFold[] {
  const ordinary = labels ? rows.filter((row) => !table.attack[row]) : rows;
  const attacks = labels ? rows.filter((row) => table.attack[row]) : new Int32Array(0);
  const encoder = Encoder.fit(table, ordinary, { keepShortcuts });
  const matrix = encoder.encode(table, ordinary);
  const ranks = Scaling.fit(matrix, ['quantile']).apply(matrix, 'quantile');
  const columns = varying(ranks, encoder.owner);
  const foldOf = foldsOfKinds(table, attacks, randomSource(seed, 910));
  return Array.from({ length: FOLDS }, (_, fold) => {
    const isHeld = tilted(ranks, columns, randomSource(seed, 911 + fold));
    const isUnseen = (row: number): boolean => foldOf.get(table.kind[row]!) === fold;
    const learned = [...ordinary.filter((_row, i) => !isHeld[i]), ...attacks.filter((row) => !isUnseen(row))];
    return {
      fit: Int32Array.from(learned).sort(),
      held: ordinary.filter((_row, i) => isHeld[i]),
      unseen: attacks.filter(isUnseen),
    };
  });
}
