/**
 * What detectors cost in an experiment, measured by `test/bench/lab-costs.ts` on 22 November 2026: processor seconds of one core of an
 * AMD EPYC, Node 24, made-up records of NSL-KDD's columns (of Zeek's for those that look at several records of a host), up to 10,000
 * of them, two seeds. Fit, scores, importance of columns and what moves the scores together; `lab-costs.ts` beside this file reads it.
 */

export interface MeasuredCost {
  /** Seconds of one seed by rows, rising: of the first, whose figures are drawn in full, and of each further one. */
  first: readonly (readonly [rows: number, seconds: number])[];
  further: readonly (readonly [rows: number, seconds: number])[];
  /** Encoded columns it was measured with, where these are not `COST_COLUMNS`. */
  columns?: number;
}

export const COST_COLUMNS = 50;

/** Reading, dividing, encoding and both baselines. */
export const OTHER_WORK: MeasuredCost = {
  first: [
    [3000, 0.17],
    [10000, 0.32],
  ],
  further: [
    [3000, 0.04],
    [10000, 0.07],
  ],
};

/** By detector, a line each. */
// prettier-ignore
export const LAB_COSTS: Readonly<Record<string, MeasuredCost>> = {
  'mean-z2': { first: [[3000, 0.03], [10000, 0.03]], further: [[3000, 0.01], [10000, 0.01]] },
  'median-mad': { first: [[3000, 0.04], [10000, 0.04]], further: [[3000, 0.01], [10000, 0.02]] },
  'iqr-fences': { first: [[3000, 0.02], [10000, 0.03]], further: [[3000, 0], [10000, 0.01]] },
  'isolation-forest': { first: [[3000, 0.22], [10000, 0.27]], further: [[3000, 0.08], [10000, 0.11]] },
  'k-nearest': { first: [[3000, 0.55], [10000, 1.49]], further: [[3000, 0.03], [10000, 0.18]] },
  'local-outlier': { first: [[3000, 0.74], [10000, 2.1]], further: [[3000, 0.08], [10000, 0.45]] },
  'k-means': { first: [[3000, 0.48], [10000, 0.79]], further: [[3000, 0.25], [10000, 0.91]] },
  'gaussian-mixture': { first: [[3000, 0.52], [10000, 0.63]], further: [[3000, 0.19], [10000, 0.58]] },
  'dbscan': { first: [[3000, 0.45], [10000, 1.15]], further: [[3000, 0.05], [10000, 0.33]] },
  'autoencoder': { first: [[3000, 4.08], [10000, 12.64]], further: [[3000, 3.32], [10000, 11.93]] },
  'variational-autoencoder': { first: [[3000, 1.61], [10000, 7.34]], further: [[3000, 1.95], [10000, 5.63]] },
  'gru-autoencoder': { first: [[3000, 15.86], [10000, 35.39]], further: [[3000, 16.75], [10000, 34.7]], columns: 55 },
  'graph-statistics': { first: [[3000, 0.01], [10000, 0.03]], further: [[3000, 0], [10000, 0.04]], columns: 55 },
  'graph-attention': { first: [[3000, 0.68], [10000, 1.83]], further: [[3000, 0.63], [10000, 1.5]], columns: 55 },
  'contrast-forest': { first: [[3000, 7.97], [10000, 25.8]], further: [[3000, 0.45], [10000, 1.85]] },
  'contrast-ensemble': { first: [[3000, 2.22], [10000, 5.88]], further: [[3000, 0.9], [10000, 2.11]] },
  'ensemble': { first: [[3000, 0.44], [10000, 1.41]], further: [[3000, 0.44], [10000, 1.41]] },
  'one-rule': { first: [[3000, 0.02], [10000, 0.02]], further: [[3000, 0], [10000, 0.01]], columns: 51 },
  'logistic-regression': { first: [[3000, 0.07], [10000, 0.1]], further: [[3000, 0.06], [10000, 0.11]], columns: 51 },
  'random-forest': { first: [[3000, 0.17], [10000, 0.62]], further: [[3000, 0.04], [10000, 0.2]], columns: 51 },
  'gradient-boosting': { first: [[3000, 0.11], [10000, 0.52]], further: [[3000, 0.06], [10000, 0.45]], columns: 51 },
  'open-forest': { first: [[3000, 4.72], [10000, 16.28]], further: [[3000, 0.3], [10000, 1.84]], columns: 51 },
  'open-ensemble': { first: [[3000, 2.07], [10000, 7.59]], further: [[3000, 0.61], [10000, 3.87]], columns: 51 },
  'stacked-forest': { first: [[3000, 0.86], [10000, 1.97]], further: [[3000, 0.3], [10000, 0.97]], columns: 51 },
};
