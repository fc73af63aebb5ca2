/** Attributions as steps from the baseline to the score of a flow. */
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import { plainNumber, valueText } from '../../../src-shared/features/words.ts';
import type { Attribution } from '../../../src-shared/domain/incident.ts';
import { featureName } from './feature-names.ts';

export interface Step {
  feature: string;
  name: string;
  /** In a sentence, and what the feature means. */
  text: string;
  value: string;
  usual: string;
  /** Of the host that opened the flow; '' where too little is known of it. */
  usualForHost: string;
  contribution: number;
  /** Running sum before and after. */
  from: number;
  to: number;
}

/** Steps in the order given, from `base` on; `to` of the last is the sum. */
export function stepsOf(attributions: readonly Attribution[], base = 0): Step[] {
  let sum = base;
  return attributions.map(({ feature, value, usual, usualForHost, contribution, text }) => {
    const definition = FLOW_FEATURES.find(({ id }) => id === feature);
    const said = (n: number): string => (definition ? valueText(definition, n) : plainNumber(n));
    const from = sum;
    sum += contribution;
    return {
      feature,
      name: featureName(feature),
      text: definition ? `${text}. ${feature}: ${definition.meaning}` : text,
      value: said(value),
      usual: said(usual),
      usualForHost: usualForHost === undefined ? '' : said(usualForHost),
      contribution,
      from,
      to: sum,
    };
  });
}

/** The least and greatest of the sums on the way and of `more`: the scale of the bars, which always holds 0. */
export function extentOf(steps: readonly Step[], ...more: number[]): { least: number; most: number } {
  const sums = [...steps.flatMap(({ from, to }) => [from, to]), ...more];
  return { least: Math.min(0, ...sums), most: Math.max(0, ...sums) };
}
