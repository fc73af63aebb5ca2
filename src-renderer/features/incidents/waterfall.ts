/** Attributions as steps from the usual score to this one. */
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import { plainNumber, valueText } from '../../../src-shared/features/words.ts';
import type { Attribution } from '../../../src-shared/domain/incident.ts';

export interface Step {
  feature: string;
  name: string;
  /** In a sentence. */
  text: string;
  value: string;
  usual: string;
  contribution: number;
  /** Running sum before and after. */
  from: number;
  to: number;
}

/** Steps in the order given; `to` of the last is their sum. */
export function stepsOf(attributions: readonly Attribution[]): Step[] {
  let sum = 0;
  return attributions.map(({ feature, value, usual, contribution, text }) => {
    const from = sum;
    sum += contribution;
    return {
      feature,
      name: feature.replaceAll('_', ' '),
      text,
      value: inWords(feature, value),
      usual: inWords(feature, usual),
      contribution,
      from,
      to: sum,
    };
  });
}

function inWords(feature: string, value: number): string {
  const definition = FLOW_FEATURES.find(({ id }) => id === feature);
  return definition ? valueText(definition, value) : plainNumber(value);
}

/** The least and greatest sum on the way: the scale of the bars, which always holds the baseline. */
export function extentOf(steps: readonly Step[]): { least: number; most: number } {
  const sums = steps.flatMap(({ from, to }) => [from, to]);
  return { least: Math.min(0, ...sums), most: Math.max(0, ...sums) };
}
