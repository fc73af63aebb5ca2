/** Detectors over any matrix, one line each; the lab's registry. Adding one: a folder with the class, and a line here. */
import { AutoencoderDetector } from '../autoencoder/detector.ts';
import { ContrastForest, OpenForest } from '../contrast/forest.ts';
import { contrastEnsemble, openEnsemble } from '../contrast/tail-mean.ts';
import { Dbscan } from '../dbscan/detector.ts';
import { IsolationForestDetector } from '../forest/detector.ts';
import { GaussianMixture } from '../gaussian-mixture/detector.ts';
import { GruAutoencoder } from '../gru-autoencoder/detector.ts';
import { GraphAttention } from '../graph/detector.ts';
import { GraphStatistics } from '../graph/statistics.ts';
import { KMeansDetector } from '../k-means/detector.ts';
import { KNearest } from '../k-nearest/detector.ts';
import { LocalOutlier } from '../local-outlier/detector.ts';
import { LogisticRegression } from '../logistic-regression/detector.ts';
import { OneRule } from '../one-rule/detector.ts';
import { RandomForest } from '../random-forest/detector.ts';
import { IqrFences } from '../statistics/iqr-fences.ts';
import { MeanZ2 } from '../statistics/mean-z2.ts';
import { MedianMad } from '../statistics/median-mad.ts';
import { VariationalDetector } from '../variational-autoencoder/detector.ts';
import { AsMatrixDetector } from './calibrated.ts';
import type { MatrixDetector } from './types.ts';

/** Training the autoencoders takes most of the time there is: so many rows, and of the first so many rounds. */
const AUTOENCODER_ROWS = 12_000;
const AUTOENCODER_EPOCHS = 15;

export interface MatrixEntry {
  id: string;
  /** Learns from labels. */
  supervised: boolean;
  /** Speaks in the ensemble: one of each family (statistics, trees, neighbours, density, reconstruction). */
  inEnsemble?: boolean;
  create(): MatrixDetector;
}

export const MATRIX_DETECTORS: readonly MatrixEntry[] = [
  { id: 'mean-z2', supervised: false, inEnsemble: true, create: () => new AsMatrixDetector(new MeanZ2()) },
  { id: 'median-mad', supervised: false, create: () => new AsMatrixDetector(new MedianMad()) },
  { id: 'iqr-fences', supervised: false, create: () => new AsMatrixDetector(new IqrFences()) },
  {
    id: 'isolation-forest',
    supervised: false,
    inEnsemble: true,
    create: () => new AsMatrixDetector(new IsolationForestDetector()),
  },
  { id: 'k-nearest', supervised: false, inEnsemble: true, create: () => new KNearest() },
  { id: 'local-outlier', supervised: false, create: () => new LocalOutlier() },
  { id: 'k-means', supervised: false, create: () => new KMeansDetector() },
  { id: 'gaussian-mixture', supervised: false, inEnsemble: true, create: () => new GaussianMixture() },
  { id: 'dbscan', supervised: false, create: () => new Dbscan() },
  {
    id: 'autoencoder',
    supervised: false,
    inEnsemble: true,
    create: () => new AsMatrixDetector(new AutoencoderDetector({ epochs: AUTOENCODER_EPOCHS }), AUTOENCODER_ROWS),
  },
  {
    id: 'variational-autoencoder',
    supervised: false,
    create: () => new AsMatrixDetector(new VariationalDetector(), AUTOENCODER_ROWS),
  },
  { id: 'gru-autoencoder', supervised: false, create: () => new GruAutoencoder() },
  { id: 'graph-statistics', supervised: false, create: () => new GraphStatistics() },
  { id: 'graph-attention', supervised: false, create: () => new GraphAttention() },
  { id: 'contrast-forest', supervised: false, create: () => new ContrastForest() },
  { id: 'contrast-ensemble', supervised: false, create: contrastEnsemble },
  { id: 'one-rule', supervised: true, create: () => new OneRule() },
  { id: 'logistic-regression', supervised: true, create: () => new LogisticRegression() },
  { id: 'random-forest', supervised: true, create: () => new RandomForest() },
  { id: 'open-forest', supervised: true, create: () => new OpenForest() },
  { id: 'open-ensemble', supervised: true, create: openEnsemble },
];
