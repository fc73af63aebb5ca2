/** The detectors, one line each. Adding one: a folder with a subclass of `CalibratedDetector`, and a line here. */
import { AutoencoderDetector } from './autoencoder/detector.ts';
import type { AutoencoderOptions } from './autoencoder/train.ts';
import type { CalibratedDetector } from './detector.ts';
import { IsolationForestDetector } from './forest/detector.ts';
import { IqrFences } from './statistics/iqr-fences.ts';
import { MeanZ2 } from './statistics/mean-z2.ts';
import { MedianMad } from './statistics/median-mad.ts';

export interface TrainingOptions {
  autoencoder?: AutoencoderOptions;
}

export interface DetectorEntry {
  id: string;
  /** 'first': looks at every row. 'second': only at rows that a first one did not call plainly ordinary. */
  stage: 'first' | 'second';
  /** Share in the ensemble; chosen by hand, never by labels. */
  weight: number;
  /** Light enough to be fitted to a capture while it is triaged. */
  fitsCapture: boolean;
  /** Its score is no sum of columns: explained by sampled Shapley values where there is a background. */
  sampled?: boolean;
  create(options: TrainingOptions): CalibratedDetector;
}

export const DETECTORS: readonly DetectorEntry[] = [
  { id: 'mean-z2', stage: 'first', weight: 0.2, fitsCapture: true, create: () => new MeanZ2() },
  { id: 'median-mad', stage: 'first', weight: 0.1, fitsCapture: true, create: () => new MedianMad() },
  { id: 'iqr-fences', stage: 'first', weight: 0.1, fitsCapture: true, create: () => new IqrFences() },
  {
    id: 'isolation-forest',
    stage: 'second',
    weight: 0.3,
    fitsCapture: true,
    create: () => new IsolationForestDetector(),
  },
  {
    id: 'autoencoder',
    stage: 'second',
    weight: 0.3,
    fitsCapture: false,
    sampled: true,
    create: (options) => new AutoencoderDetector(options.autoencoder),
  },
];

const BY_ID: ReadonlyMap<string, DetectorEntry> = new Map(DETECTORS.map((entry) => [entry.id, entry]));

export function entryOf(id: string): DetectorEntry | undefined {
  return BY_ID.get(id);
}
