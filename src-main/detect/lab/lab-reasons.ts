/**
 * Why a record has its score: exact parts where the detector has them (TreeSHAP of forests, the terms of a sum), else
 * sampled Shapley values against records of the training data. What is not known is no reason.
 */
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import type { FeatureDefinition } from '../../../src-shared/features/types.ts';
import { attributionText, plainNumber, readsAlike } from '../../../src-shared/features/words.ts';
import type { MatrixDetector } from '../detectors/matrix/types.ts';
import { sampledShapley } from '../detectors/shapley.ts';
import { rescale } from '../detectors/suite.ts';
import type { FeatureMatrix } from '../types.ts';
import { EnsembleDetector } from './ensemble-detector.ts';
import type { Table } from './formats/types.ts';
import type { LabModel } from './lab-model.ts';
import { valueAt } from './lab-table.ts';
import { StackedForest } from './stacked.ts';

/** What is listed at most. */
export const REASONS = 3;
/** Orders walked twice; fewer where every score means looking for neighbours among thousands of rows. */
export const PAIRS = 8;
export const PAIRS_OF_NEIGHBOURS = 2;
export const NEIGHBOURLY: ReadonlySet<string> = new Set([
  'k-nearest',
  'local-outlier',
  'dbscan',
  'ensemble',
  'stacked-forest',
  'contrast-ensemble',
  'open-ensemble',
]);
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

/** A raw score as the sum of `base` and of what each column of the table adds to it. */
export interface Parts {
  base: number;
  score: number;
  bySource: Float64Array;
}

/** Exact parts where the detector has them. */
export function partsOf(model: LabModel, detector: MatrixDetector, encoded: FeatureMatrix): Parts {
  if (detector instanceof EnsembleDetector) return ensembleParts(model, detector, encoded);
  if (detector instanceof StackedForest) return stackedParts(model, detector, encoded);
  const { scaling, encoder } = model;
  if (!detector.explain) {
    const scoreRows = (rows: FeatureMatrix): Float64Array => detector.score(scaling.apply(rows, detector.view));
    return sampledParts(model, detector.id, scoreRows, encoded, encoder.sources);
  }
  const { base, score, contributions } = detector.explain(scaling.apply(encoded, detector.view).data);
  const bySource = new Float64Array(model.description.columns.length);
  for (const [j, source] of encoder.owner.entries()) bySource[source]! += contributions[j]!;
  return { base, score, bySource };
}

/** The weighted sum of the members' parts, each told as surprise. */
function ensembleParts(model: LabModel, detector: EnsembleDetector, encoded: FeatureMatrix): Parts {
  const out: Parts = { base: 0, score: 0, bySource: new Float64Array(model.description.columns.length) };
  for (const { detector: own, member } of detector.parts) {
    if (member.weight === 0) continue;
    const parts = partsOf(model, own, encoded);
    const [base, score] = [member.calibration.at(parts.base), member.calibration.at(parts.score)];
    rescale(parts.bySource, parts.score - parts.base, score - base);
    out.base += member.weight * base;
    out.score += member.weight * score;
    for (let s = 0; s < out.bySource.length; s++) out.bySource[s]! += member.weight * parts.bySource[s]!;
  }
  return out;
}

/** The forest's parts; what a member's score adds goes to the columns by which the member got there. */
function stackedParts(model: LabModel, detector: StackedForest, encoded: FeatureMatrix): Parts {
  const { owner } = model.encoder;
  const { base, score, contributions } = detector.explainWidened(encoded);
  const bySource = new Float64Array(model.description.columns.length);
  for (const [j, source] of owner.entries()) bySource[source]! += contributions[j]!;
  for (const [m, member] of detector.members.entries()) {
    const added = contributions[owner.length + m]!;
    if (added === 0) continue;
    const own = partsOf(model, member, encoded).bySource;
    const all = own.reduce((sum, part) => sum + Math.abs(part), 0);
    if (all > 0) for (let s = 0; s < own.length; s++) bySource[s]! += (added * Math.abs(own[s]!)) / all;
  }
  return { base, score, bySource };
}

/** Sampled Shapley values of a score against the model's background, of the columns `sources`. */
function sampledParts(
  model: LabModel,
  id: string,
  scoreRows: (rows: FeatureMatrix) => Float64Array,
  encoded: FeatureMatrix,
  sources: readonly number[],
): Parts {
  const bySource = new Float64Array(model.description.columns.length);
  const player = new Map(sources.map((source, i) => [source, i]));
  const { features, rows, data } = model.backgroundRows;
  const pairs = Math.min(NEIGHBOURLY.has(id) ? PAIRS_OF_NEIGHBOURS : PAIRS, rows);
  const { base, score, values } = sampledShapley(
    (many, count) => scoreRows({ features, rows: count, data: many }),
    encoded.data,
    { rows, data },
    model.encoder.owner.map((source) => player.get(source) ?? -1),
    { pairs, seed: model.description.seed },
  );
  for (const [i, source] of sources.entries()) bySource[source] = values[i]!;
  return { base, score, bySource };
}

/** By column of the table. `known`: 1 for the columns that are known. */
export function contributionsOf(model: LabModel, encoded: FeatureMatrix, known?: Uint8Array): Float64Array {
  if (!known) return partsOf(model, model.detector, encoded).bySource;
  const sources = model.encoder.sources.filter((source) => known[source]);
  if (sources.length === 0) return new Float64Array(model.description.columns.length);
  return sampledParts(model, model.detector.id, (rows) => model.raw(rows), encoded, sources).bySource;
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
