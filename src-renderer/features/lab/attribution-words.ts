/** How contributions came about, and which way a column pushes. */
import type { Attribution } from '../../../src-shared/contract/topics/lab.ts';
import type { Direction } from './beeswarm.ts';

export const METHOD_WORDS: Readonly<Record<Attribution['method'], { title: string; text: string }>> = {
  'tree-shap': {
    title: 'exact Shapley values (TreeSHAP)',
    text: 'Exact by TreeSHAP: what is not known of a record follows the branches as training records did.',
  },
  'exact-parts': {
    title: 'exact parts of the score',
    text: 'Exact: the score is a sum over the columns, and each part is shown less its mean in the training data.',
  },
  'sampled-shapley': {
    title: 'sampled Shapley values',
    text:
      'Sampled: this score has no exact parts, so columns become known in random orders, against records of the training ' +
      'data. The parts of a record sum to its score; each alone is an estimate.',
  },
};

export const DIRECTION_WORDS: Readonly<Record<Direction, string>> = {
  high: 'alarm where high',
  low: 'alarm where low',
  mixed: '',
};
