/** What the lab can train and compare: every detector over a matrix, and those made of several. */
import { MATRIX_DETECTORS, type MatrixEntry } from '../detectors/matrix/registry.ts';
import { parameterValues } from '../detectors/matrix/parameters.ts';
import { RANDOM_FOREST_PARAMETERS } from '../detectors/random-forest/detector.ts';
import { ENSEMBLE_ID, EnsembleDetector } from './ensemble-detector.ts';
import { STACKED_ID, StackedForest } from './stacked.ts';
import type { Regime } from './report.ts';

export const LAB_DETECTORS: readonly MatrixEntry[] = [
  ...MATRIX_DETECTORS,
  {
    id: ENSEMBLE_ID,
    supervised: false,
    inEnsemble: false,
    weighsClasses: false,
    parameters: [],
    create(values = {}) {
      parameterValues(ENSEMBLE_ID, [], values);
      return new EnsembleDetector();
    },
  },
  {
    id: STACKED_ID,
    supervised: true,
    inEnsemble: false,
    weighsClasses: true,
    parameters: RANDOM_FOREST_PARAMETERS,
    create: (values = {}, weigh) =>
      new StackedForest(parameterValues(STACKED_ID, RANDOM_FOREST_PARAMETERS, values), weigh),
  },
];

export function labDetector(id: string): MatrixEntry | undefined {
  return LAB_DETECTORS.find((entry) => entry.id === id);
}

/** Ids that a regime knows. */
export function detectorsOf(regime: Regime): string[] {
  const supervised = regime === 'supervised';
  return LAB_DETECTORS.filter((entry) => entry.supervised === supervised).map(({ id }) => id);
}
