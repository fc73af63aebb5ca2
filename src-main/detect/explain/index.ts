/** Why a flow scored as it did: one interface over all detectors. */
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import type { FeatureGroup } from '../../../src-shared/features/types.ts';
import type { HostUsual } from '../features/host-usual.ts';
import type { FlowBatch } from '../../meter/flows/types.ts';
import type { Attribution } from '../types.ts';
import { contributionsOf, type FlowContributions } from '../detectors/contributions.ts';
import type { Scorer } from '../detectors/triage.ts';
import { attributionText, readsAlike } from '../../../src-shared/features/words.ts';

export interface FlowExplanation {
  /** Surprise (−log10 of the tail probability) of a row of which nothing is known, and of this row. */
  base: number;
  surprise: number;
  /** The ensemble's score, 0…1. */
  score: number;
  /** Largest contributions first; without those whose value reads like the usual one. */
  attributions: Attribution[];
  /** What the features that are not listed contributed: attributions and rest sum to `surprise − base`. */
  rest: number;
  /** Which kind of departure dominates. */
  group: FeatureGroup;
  /** Score of each detector that looked at the row. */
  detectors: Record<string, number>;
}

export interface ExplainOptions {
  /** How many attributions are listed (default 5). */
  top?: number;
  /** What is usual for single hosts, to be said beside. */
  hostUsual?: HostUsual | undefined;
}

function attribution(feature: number, found: FlowContributions): Attribution {
  const definition = FLOW_FEATURES[feature]!;
  const value = found.values[feature]!;
  const usual = found.usual[feature]!;
  const contribution = found.byFeature[feature]!;
  const usualForHost = found.usualForHost?.[feature];
  return {
    feature: definition.id,
    value,
    usual,
    ...(usualForHost === undefined ? {} : { usualForHost }),
    contribution,
    text: attributionText(definition, value, usual, usualForHost),
  };
}

/** Explains one flow of a batch whose context was filled. 2 to 20 ms. */
export function explainFlow(
  scorer: Scorer,
  batch: FlowBatch,
  row: number,
  options: ExplainOptions = {},
): FlowExplanation {
  const found = contributionsOf(scorer, batch, row, options.hostUsual);
  return listAttributions(found, options.top ?? 5);
}

/** The largest contributions of what `contributionsOf` found, in words. */
export function listAttributions(found: FlowContributions, top: number): FlowExplanation {
  const order = [...found.byFeature.keys()].sort((a, b) => found.byFeature[b]! - found.byFeature[a]! || a - b);
  const telling = (f: number): boolean =>
    found.byFeature[f]! > 0 && !readsAlike(FLOW_FEATURES[f]!, found.values[f]!, found.usual[f]!);
  const listed = order.filter(telling).slice(0, top);
  const attributions = listed.map((feature) => attribution(feature, found));
  const told = attributions.reduce((sum, { contribution }) => sum + contribution, 0);
  const { base, surprise, score, group, detectors } = found;
  return { base, surprise, score, attributions, rest: surprise - base - told, group, detectors };
}
