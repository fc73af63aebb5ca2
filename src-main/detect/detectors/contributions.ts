/** How far each feature moved a flow's ensemble: exact parts of every detector, put together as the ensemble is. */
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import type { FeatureGroup } from '../../../src-shared/features/types.ts';
import type { FlowBatch } from '../../meter/flows/types.ts';
import type { HostUsual } from '../features/host-usual.ts';
import type { Preparation } from '../features/prepare.ts';
import type { Scaler } from '../features/scaler.ts';
import { scoreOf } from './calibration.ts';
import type { SuiteExplanation } from './suite.ts';
import type { PreparedRow, Scorer } from './triage.ts';

export interface FlowContributions {
  /** Surprise of a row of which nothing is known, and of this row. */
  base: number;
  surprise: number;
  score: number;
  /** By feature of the catalogue: sums to `surprise − base`. */
  byFeature: Float64Array;
  values: Float32Array;
  /** What is usual, in the capture where it was learned from, else in the model: median, or most frequent class. */
  usual: Float64Array;
  /** What is usual for the host that opened the flow; undefined where too little is known of it. */
  usualForHost: Float64Array | undefined;
  group: FeatureGroup;
  detectors: Record<string, number>;
}

/** Usual values by feature, from the centres of a scaler. */
export function usualValues(preparation: Preparation, scaler: Scaler): Float64Array {
  return Float64Array.from(preparation.definitions, (_, f) => {
    const start = preparation.starts[f]!;
    if (!preparation.isCategory(f)) return preparation.restore(start, scaler.centre[start]!);
    let best = start;
    for (let j = start; j < preparation.starts[f + 1]!; j++) if (scaler.centre[j]! > scaler.centre[best]!) best = j;
    return best - start;
  });
}

function addTo(
  total: FlowContributions,
  explained: SuiteExplanation,
  weight: number,
  owner: Int32Array,
  prefix: string,
): void {
  total.base += weight * explained.base;
  total.surprise += weight * explained.surprise;
  for (let j = 0; j < owner.length; j++) total.byFeature[owner[j]!]! += weight * explained.contributions[j]!;
  for (const member of explained.members) total.detectors[prefix + member.id] = scoreOf(member.surprise);
}

/** Which group the positive contributions speak of most. */
function dominantGroup(byFeature: Float64Array): FeatureGroup {
  const sums: Record<FeatureGroup, number> = { behaviour: 0, size: 0, timing: 0 };
  for (const [f, definition] of FLOW_FEATURES.entries()) sums[definition.group] += Math.max(0, byFeature[f]!);
  let best: FeatureGroup = 'behaviour';
  if (sums.size > sums[best]) best = 'size';
  if (sums.timing > sums[best]) best = 'timing';
  return best;
}

/** Pairs of orders walked for a sampled explanation: two for each background row, 3,400 rows, about 8 ms. */
const PAIRS = 32;

/** Contributions of one row of a batch whose context was filled; after `finish` where the scorer learns offline. */
export function contributionsOf(
  scorer: Scorer,
  batch: FlowBatch,
  row: number,
  hostUsual?: HostUsual,
): FlowContributions {
  return contributionsOfRow(scorer, scorer.rowOf(batch, row), hostUsual?.of(batch.columns.origHost[row]!));
}

/** The same for a row of features; `usualForHost`: what is usual for the host that opened its flow. */
export function contributionsOfRow(
  scorer: Scorer,
  seen: PreparedRow,
  usualForHost: Float64Array | undefined,
): FlowContributions {
  const { preparation, suite, scaler } = scorer.model;
  const { capture } = scorer;
  const total: FlowContributions = {
    base: 0,
    surprise: 0,
    score: 0,
    byFeature: new Float64Array(preparation.definitions.length),
    values: seen.raw,
    usual: usualValues(preparation, seen.capture && capture ? capture.scaler : scaler),
    usualForHost,
    group: 'behaviour',
    detectors: {},
  };
  const weights = scorer.weights;
  const { background, seed } = scorer;
  const sampling = background && { background, owner: preparation.owner, pairs: PAIRS, seed };
  addTo(total, suite.explain(seen.model, seen.escalated, sampling), weights.model, preparation.owner, '');
  if (seen.capture && capture) {
    addTo(total, capture.suite.explain(seen.capture, seen.escalated), weights.capture, preparation.owner, 'capture:');
  }
  total.score = scoreOf(total.surprise);
  total.group = dominantGroup(total.byFeature);
  return total;
}
