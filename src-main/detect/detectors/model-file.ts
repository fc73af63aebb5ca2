/** Models of flows as files (container.ts). */
import { Scaler } from '../features/scaler.ts';
import type { DetectorSnapshot } from '../types.ts';
import {
  damaged,
  packContainer,
  readModelFile,
  unpackContainer,
  writeModelFile,
  type ContainerKind,
  type Contents,
} from './container.ts';
import { checkSchema, flowPreparation, type Model, type ModelDescription } from './model.ts';
import { Suite } from './suite.ts';

export const MODEL_FORMAT = 1;
export const FLOW_MODEL: ContainerKind = {
  magic: 'SONDEMDL',
  version: MODEL_FORMAT,
  name: 'a model of Sonde',
  cure: 'Copy the file again from where it was made, or train a new one: sonde train FILE… --out MODEL.',
};

function partsOf({ scaler, suite }: Model): DetectorSnapshot[] {
  const { centre, spread } = scaler;
  return [{ id: 'scaler', version: 1, head: {}, arrays: { centre, spread } }, ...suite.snapshots()];
}

/** The file's bytes; equal for equal models. */
export function encodeModel(model: Model): Buffer {
  return packContainer(FLOW_MODEL, { description: model.description, parts: partsOf(model) });
}

function modelOf({ description, parts }: Contents<ModelDescription>): Model {
  checkSchema(description);
  const preparation = flowPreparation();
  const [first, ...rest] = parts;
  const { centre, spread } = first?.arrays ?? {};
  const width = preparation.width;
  if (!(centre instanceof Float64Array) || !(spread instanceof Float64Array)) {
    throw damaged(FLOW_MODEL, 'it has no scaling');
  }
  if (centre.length !== width || spread.length !== width) {
    throw damaged(FLOW_MODEL, 'its scaling does not fit its features');
  }
  const suite = Suite.restore(rest, preparation.columns);
  if (!suite.ready) throw damaged(FLOW_MODEL, 'it has no calibration');
  return { description, preparation, scaler: new Scaler(preparation.columns, centre, spread), suite };
}

/**
 * A model from a file's bytes.
 *
 * @throws ModelError 'model-unreadable' (not a model), 'model-version', 'model-damaged', 'model-features'.
 */
export function decodeModel(bytes: Buffer): Model {
  return unpackContainer(FLOW_MODEL, bytes, modelOf);
}

/** @throws ModelError, also when the file cannot be read. */
export async function loadModel(file: string): Promise<Model> {
  return decodeModel(await readModelFile(file));
}

/** The file is there whole or not at all. */
export function saveModel(model: Model, file: string): Promise<void> {
  return writeModelFile(encodeModel(model), file);
}
