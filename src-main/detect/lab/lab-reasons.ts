/**
 * Why a record has its score: exact parts where the detector has them (TreeSHAP of forests, the terms of a sum), else
 * sampled Shapley values against records of the training data. What is not known is no reason.
 */
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import type { FeatureDefinition } from '../../../src-shared/features/types.ts';
import { attributionText, plainNumber, readsAlike } from '../../../src-shared/features/words.ts';
import { sampledShapley } from '../detectors/shapley.ts';
import type { FeatureMatrix } from '../types.ts';
import type { Table } from './formats/types.ts';
import type { LabModel } from './lab-model.ts';
import { valueAt } from './lab-table.ts';

/** What is listed at most. */
export const REASONS = 3;
/** Orders walked twice; fewer where every score means looking for neighbours among thousands of rows. */
export const PAIRS = 8;
export const PAIRS_OF_NEIGHBOURS = 2;
export const NEIGHBOURLY: ReadonlySet<string> = new Set(['k-nearest', 'local-outlier', 'dbscan']);
/** A contribution below this part of the greatest explains nothing. */
const LEAST_PART = 0.02;

export interface Reason {
  column: string;
  value: number | string | null;
  /** Median of ordinary training records, or their most frequent word. */
  usual: number | string | null;
  /** How far it moved the detector's raw score. */
  contribution: number;
  text: string;
}

const FEATURES: ReadonlyMap<string, FeatureDefinition> = new Map(FLOW_FEATURES.map((feature) => [feature.id, feature]));

/** By column of the table. `known`: 1 for the columns that are known. */
export function contributionsOf(model: LabModel, encoded: FeatureMatrix, known?: Uint8Array): Float64Array {
  const { owner } = model.encoder;
  const out = new Float64Array(model.description.columns.length);
  if (!known && model.detector.explain) {
    const { contributions } = model.detector.explain(model.view(encoded).data);
    for (let j = 0; j < owner.length; j++) out[owner[j]!]! += contributions[j]!;
    return out;
  }
  const sources = model.encoder.sources.filter((source) => !known || known[source]);
  if (sources.length === 0) return out;
  const player = new Map(sources.map((source, i) => [source, i]));
  const { features, rows, data } = model.backgroundRows;
  const pairs = Math.min(NEIGHBOURLY.has(model.detector.id) ? PAIRS_OF_NEIGHBOURS : PAIRS, rows);
  const { values } = sampledShapley(
    (many, count) => model.raw({ features, rows: count, data: many }),
    encoded.data,
    { rows, data },
    owner.map((source) => player.get(source) ?? -1),
    { pairs, seed: model.description.seed },
  );
  for (const [i, source] of sources.entries()) out[source] = values[i]!;
  return out;
}

function plainText(value: number | string | null): string {
  if (value === null) return 'unset';
  return typeof value === 'number' ? plainNumber(value) : value;
}

/** A feature's value as the catalogue counts it; undefined where it is none of its. */
function featureValue(feature: FeatureDefinition, value: number | string | null): number | undefined {
  if (typeof value === 'number') return feature.kind === 'numeric' ? value : undefined;
  if (value === null || feature.kind === 'numeric') return undefined;
  const at = feature.vocabulary.indexOf(value);
  return at < 0 ? undefined : at;
}

/** What is said of a column; undefined where its value reads like the usual one. */
function textOf(column: string, value: number | string | null, usual: number | string | null): string | undefined {
  const feature = FEATURES.get(column);
  if (feature) {
    const [a, b] = [featureValue(feature, value), featureValue(feature, usual)];
    if (a !== undefined && b !== undefined) {
      return readsAlike(feature, a, b) ? undefined : attributionText(feature, a, b);
    }
  }
  const [said, ordinary] = [plainText(value), plainText(usual)];
  return said === ordinary ? undefined : `${column} is ${said} (usual: ${ordinary})`;
}

/** The largest contributions towards an alarm, in words. `table`: aligned. */
export function reasonsOf(model: LabModel, table: Table, row: number, contributions: Float64Array): Reason[] {
  const order = [...contributions.keys()].sort((a, b) => contributions[b]! - contributions[a]! || a - b);
  const least = Math.max(0, contributions[order[0]!] ?? 0) * LEAST_PART;
  const out: Reason[] = [];
  for (const source of order) {
    const contribution = contributions[source]!;
    if (out.length === REASONS || !(contribution > least)) break;
    const column = model.description.columns[source]!.name;
    const value = valueAt(table.columns[source]!, row);
    const usual = model.description.usual[source] ?? null;
    const text = textOf(column, value, usual);
    if (text !== undefined) out.push({ column, value, usual, contribution, text });
  }
  return out;
}
