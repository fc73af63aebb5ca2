/** By what a file of a model for labelled records is known. */
import type { ContainerKind } from '../detectors/container.ts';

export const LAB_MODEL: ContainerKind = {
  magic: 'SONDELAB',
  version: 1,
  name: 'a model for labelled records',
  cure: 'Copy the file again from where it was made, or train a new one: sonde train --records FILE… --detector ID --out MODEL.',
};
