/** From ordinary flows to a model: for `sonde train` and for the base model. */
import type { FlowBatch, FlowEventBatch } from '../../meter/flows/types.ts';
import { schemaId } from '../../../src-shared/features/schema.ts';
import { ContextTracker } from '../features/context.ts';
import { extractInto, FEATURE_COUNT } from '../features/extract.ts';
import { hashId } from '../features/random.ts';
import { FlowSample } from '../features/sample.ts';
import { fitScaler } from '../features/scaler.ts';
import type { FeatureMatrix } from '../types.ts';
import { AutoencoderDetector, AUTOENCODER_MINIMUM_ROWS } from './autoencoder/detector.ts';
import { rowsWhere } from './capture-model.ts';
import { flowPreparation, ModelError, type Model } from './model.ts';
import type { TrainingOptions } from './registry.ts';
import { fitSuite } from './suite.ts';

/** Flows that are learned from at most. */
export const TRAINING_SAMPLE = 40_000;
/** Share of rows held back to calibrate, in percent. */
const HELD_BACK = 20;
/** Fewest flows that make a model: the autoencoder's minimum and the rows held back. */
export const TRAINING_MINIMUM = Math.ceil((AUTOENCODER_MINIMUM_ROWS * 100) / (100 - HELD_BACK)) + 250;

export interface TrainOptions extends TrainingOptions {
  seed: number;
  /** Where the rows came from, in words. */
  source?: string;
}

function join(matrices: readonly FeatureMatrix[], width: number): { rows: number; data: Float32Array } {
  const rows = matrices.reduce((sum, matrix) => sum + matrix.rows, 0);
  const data = new Float32Array(rows * width);
  let at = 0;
  for (const matrix of matrices) {
    data.set(matrix.data.subarray(0, matrix.rows * width), at);
    at += matrix.rows * width;
  }
  return { rows, data };
}

/**
 * Fits scaling, detectors and calibration to matrices of `FLOW_FEATURES`.
 *
 * @throws ModelError 'too-few-flows', MissingFeatureError when a column is missing.
 */
export async function trainModel(matrices: readonly FeatureMatrix[], options: TrainOptions): Promise<Model> {
  const preparation = flowPreparation();
  for (const matrix of matrices) preparation.check(matrix);
  const { rows, data: raw } = join(matrices, preparation.definitions.length);
  if (rows < TRAINING_MINIMUM) {
    throw new ModelError(
      'too-few-flows',
      `${rows.toLocaleString('en')} flows are too few to learn from`,
      `Give captures with at least ${TRAINING_MINIMUM.toLocaleString('en')} flows of ordinary traffic.`,
    );
  }
  const data = new Float32Array(rows * preparation.width);
  preparation.into(raw, rows, data);
  const matrix: FeatureMatrix = { features: preparation.columns, rows, data };
  const held = Uint8Array.from({ length: rows }, (_, r) => (hashId(r, options.seed + 17) % 100 < HELD_BACK ? 1 : 0));
  const scaler = fitScaler(rowsWhere(matrix, held, 0));
  scaler.apply(data, rows);
  const training = rowsWhere(matrix, held, 0);
  const calibration = rowsWhere(matrix, held, 1);
  const suite = await fitSuite(training, calibration, options.seed, options);
  const autoencoder = suite.members.map(({ detector }) => detector).find((d) => d instanceof AutoencoderDetector);
  const description = {
    schema: schemaId(),
    seed: options.seed,
    trainingRows: training.rows,
    calibrationRows: calibration.rows,
    backend: autoencoder?.trained?.backend ?? 'none',
    autoencoderEpochs: autoencoder?.trained?.epochs ?? 0,
    autoencoderLoss: Number((autoencoder?.trained?.validation ?? 0).toPrecision(6)),
    source: options.source ?? '',
  };
  return { description, preparation, scaler, suite };
}

export interface FinishOptions extends Omit<TrainOptions, 'seed'> {
  epochs?: number;
  onProgress?: (epoch: number, loss: number, validation: number) => void;
}

/** Learns from flows as the meter delivers them: a bounded sample, then `finish`. */
export class Trainer {
  private readonly seed: number;
  private context = new ContextTracker();
  private readonly sample: FlowSample;
  private readonly row = new Float32Array(FEATURE_COUNT);

  constructor(seed: number, sampleRows = TRAINING_SAMPLE) {
    this.seed = seed;
    this.sample = new FlowSample(sampleRows, FEATURE_COUNT, seed);
  }

  /** Flows seen so far. */
  get flows(): number {
    return this.sample.seen;
  }

  /** A capture of another network begins: what was going on in the one before says nothing of it. */
  begin(): void {
    this.context = new ContextTracker();
  }

  /** Once per delivery of the meter, in order; flow numbers must go on from file to file. */
  observe(events: FlowEventBatch, flows: FlowBatch): void {
    this.context.observeEvents(events);
    this.context.fill(flows);
    const { id } = flows.columns;
    for (let r = 0; r < flows.count; r++) {
      if (!this.sample.wants(id[r]!)) continue;
      extractInto(flows, this.row, 0, r, r + 1);
      this.sample.add(id[r]!, this.row, 0);
    }
  }

  /** The sampled rows, in order of flow numbers. */
  matrix(): FeatureMatrix {
    const { rows, data } = this.sample.take();
    return { features: flowPreparation().definitions.map((feature) => feature.id), rows, data };
  }

  /** Trains. @throws ModelError 'too-few-flows'. */
  finish({ epochs, onProgress, autoencoder, ...options }: FinishOptions = {}): Promise<Model> {
    return trainModel([this.matrix()], {
      seed: this.seed,
      ...options,
      autoencoder: {
        ...autoencoder,
        ...(epochs !== undefined && { epochs }),
        ...(onProgress && { onEpoch: onProgress }),
      },
    });
  }
}

export function createTrainer({ seed, sampleRows }: { seed: number; sampleRows?: number }): Trainer {
  return new Trainer(seed, sampleRows);
}
