/** What was learned: preparation, scaling, detectors; from which features and rows. */
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import { schemaId } from '../../../src-shared/features/schema.ts';
import { Preparation } from '../features/prepare.ts';
import type { Scaler } from '../features/scaler.ts';
import type { Suite } from './suite.ts';

/** For people, and for the record: everything here is plain JSON. */
export interface ModelDescription {
  /** Hash of the features it needs. */
  schema: string;
  seed: number;
  /** Rows it learned from and rows held back. */
  trainingRows: number;
  calibrationRows: number;
  /** Tensor back end the autoencoder was trained on. */
  backend: string;
  autoencoderEpochs: number;
  autoencoderLoss: number;
  /** Where the rows came from, in words. */
  source: string;
}

export interface Model {
  description: ModelDescription;
  preparation: Preparation;
  scaler: Scaler;
  suite: Suite;
}

/** Reasons for which a model cannot be used or made. */
export type ModelErrorCode =
  'model-unreadable' | 'model-damaged' | 'model-version' | 'model-features' | 'too-few-flows';

/** A model that cannot be loaded, or made: what is wrong and what to do. */
export class ModelError extends Error {
  readonly code: ModelErrorCode;
  readonly cure: string;

  constructor(code: ModelErrorCode, message: string, cure: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ModelError';
    this.code = code;
    this.cure = cure;
  }
}

/** The preparation of the flow features of this version. */
export function flowPreparation(): Preparation {
  return new Preparation(FLOW_FEATURES);
}

/** @throws ModelError 'model-features' when the model learned from other features than this version computes. */
export function checkSchema(description: ModelDescription): void {
  if (description.schema === schemaId()) return;
  throw new ModelError(
    'model-features',
    `the model was trained on features ${description.schema}, this version computes ${schemaId()}`,
    'Train it again with this version: sonde train FILE… --out MODEL.',
  );
}
