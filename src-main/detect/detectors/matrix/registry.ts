/** Detectors over any matrix, one line each; the lab's registry. Adding one: a folder with the class, and a line here. */
import { AUTOENCODER_PARAMETERS, AutoencoderDetector } from '../autoencoder/detector.ts';
import { ContrastForest, OpenForest } from '../contrast/forest.ts';
import { contrastEnsemble, openEnsemble } from '../contrast/tail-mean.ts';
import { Dbscan, DBSCAN_PARAMETERS } from '../dbscan/detector.ts';
import { ISOLATION_PARAMETERS, IsolationForestDetector } from '../forest/detector.ts';
import { GaussianMixture, MIXTURE_PARAMETERS } from '../gaussian-mixture/detector.ts';
import { GRU_PARAMETERS, GruAutoencoder } from '../gru-autoencoder/detector.ts';
import { GradientBoosting, BOOSTING_PARAMETERS } from '../gradient-boosting/detector.ts';
import { GRAPH_PARAMETERS, GraphAttention } from '../graph/detector.ts';
import { GraphStatistics } from '../graph/statistics.ts';
import { K_MEANS_PARAMETERS, KMeansDetector } from '../k-means/detector.ts';
import { KNearest, NEAREST_PARAMETERS } from '../k-nearest/detector.ts';
import { LocalOutlier, OUTLIER_PARAMETERS } from '../local-outlier/detector.ts';
import { LOGISTIC_PARAMETERS, LogisticRegression } from '../logistic-regression/detector.ts';
import { OneRule } from '../one-rule/detector.ts';
import { RANDOM_FOREST_PARAMETERS, RandomForest } from '../random-forest/detector.ts';
import { IqrFences } from '../statistics/iqr-fences.ts';
import { MeanZ2 } from '../statistics/mean-z2.ts';
import { MedianMad } from '../statistics/median-mad.ts';
import { VARIATIONAL_PARAMETERS, VariationalDetector } from '../variational-autoencoder/detector.ts';
import { AsMatrixDetector } from './calibrated.ts';
import { balance, type ClassWeighing } from './classes.ts';
import { parameterValues, type Parameter, type ParameterValues } from './parameters.ts';
import type { MatrixDetector } from './types.ts';

export interface MatrixEntry {
  id: string;
  /** Learns from labels. */
  supervised: boolean;
  /** Speaks in the ensemble: one of each family (statistics, trees, neighbours, density, reconstruction). */
  inEnsemble: boolean;
  /** How much the classes count can be said. */
  weighsClasses: boolean;
  /** What can be set. */
  parameters: readonly Parameter[];
  /** `values`: what is not as usual. @throws SondeError `usage` for a value out of its bounds. */
  create(values?: ParameterValues, weigh?: ClassWeighing): MatrixDetector;
}

interface Described extends Partial<Pick<MatrixEntry, 'inEnsemble' | 'weighsClasses' | 'parameters'>> {
  id: string;
  supervised?: boolean;
  make(values: Record<string, number>, weigh: ClassWeighing): MatrixDetector;
}

function entry({ id, parameters = [], make, ...said }: Described): MatrixEntry {
  return {
    id,
    supervised: false,
    inEnsemble: false,
    weighsClasses: false,
    ...said,
    parameters,
    create: (values = {}, weigh = balance) => make(parameterValues(id, parameters, values), weigh),
  };
}

export const MATRIX_DETECTORS: readonly MatrixEntry[] = [
  entry({ id: 'mean-z2', inEnsemble: true, make: () => new AsMatrixDetector(new MeanZ2()) }),
  entry({ id: 'median-mad', make: () => new AsMatrixDetector(new MedianMad()) }),
  entry({ id: 'iqr-fences', make: () => new AsMatrixDetector(new IqrFences()) }),
  entry({
    id: 'isolation-forest',
    inEnsemble: true,
    parameters: ISOLATION_PARAMETERS,
    make: (values) => new AsMatrixDetector(new IsolationForestDetector(values)),
  }),
  entry({
    id: 'k-nearest',
    inEnsemble: true,
    parameters: NEAREST_PARAMETERS,
    make: (values) => new KNearest(values),
  }),
  entry({ id: 'local-outlier', parameters: OUTLIER_PARAMETERS, make: (values) => new LocalOutlier(values) }),
  entry({ id: 'k-means', parameters: K_MEANS_PARAMETERS, make: (values) => new KMeansDetector(values) }),
  entry({
    id: 'gaussian-mixture',
    inEnsemble: true,
    parameters: MIXTURE_PARAMETERS,
    make: (values) => new GaussianMixture(values),
  }),
  entry({ id: 'dbscan', parameters: DBSCAN_PARAMETERS, make: (values) => new Dbscan(values) }),
  entry({
    id: 'autoencoder',
    inEnsemble: true,
    parameters: AUTOENCODER_PARAMETERS,
    make: ({ rows, ...values }) => new AsMatrixDetector(new AutoencoderDetector(values), rows),
  }),
  entry({
    id: 'variational-autoencoder',
    parameters: VARIATIONAL_PARAMETERS,
    make: ({ rows, ...values }) => new AsMatrixDetector(new VariationalDetector(values), rows),
  }),
  entry({ id: 'gru-autoencoder', parameters: GRU_PARAMETERS, make: (values) => new GruAutoencoder(values) }),
  entry({ id: 'graph-statistics', make: () => new GraphStatistics() }),
  entry({ id: 'graph-attention', parameters: GRAPH_PARAMETERS, make: (values) => new GraphAttention(values) }),
  entry({ id: 'contrast-forest', make: () => new ContrastForest() }),
  entry({ id: 'contrast-ensemble', make: contrastEnsemble }),
  entry({ id: 'one-rule', supervised: true, make: () => new OneRule() }),
  entry({
    id: 'logistic-regression',
    supervised: true,
    weighsClasses: true,
    parameters: LOGISTIC_PARAMETERS,
    make: (values, weigh) => new LogisticRegression(values, weigh),
  }),
  entry({
    id: 'random-forest',
    supervised: true,
    weighsClasses: true,
    parameters: RANDOM_FOREST_PARAMETERS,
    make: (values, weigh) => new RandomForest(values, weigh),
  }),
  entry({
    id: 'gradient-boosting',
    supervised: true,
    weighsClasses: true,
    parameters: BOOSTING_PARAMETERS,
    make: (values, weigh) => new GradientBoosting(values, weigh),
  }),
  entry({ id: 'open-forest', supervised: true, make: () => new OpenForest() }),
  entry({ id: 'open-ensemble', supervised: true, make: openEnsemble }),
];
