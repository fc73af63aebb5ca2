/** Models of labelled records as files: loaded whole or not at all (detectors/container.ts). */
import {
  damaged,
  packContainer,
  readModelFile,
  unpackContainer,
  writeModelFile,
  type Contents,
} from '../detectors/container.ts';
import { TailCalibration } from '../detectors/calibration.ts';
import { arrayOf } from '../detectors/detector.ts';
import type { MatrixDetector } from '../detectors/matrix/types.ts';
import type { DetectorSnapshot } from '../types.ts';
import { Encoder, Scaling } from './encode.ts';
import { LAB_DETECTORS, labDetector } from './lab-detectors.ts';
import { LAB_MODEL } from './lab-model-kind.ts';
import { faultOf, type SavedDescription } from './lab-description.ts';
import { LabModel } from './lab-model.ts';
import { loadTable, saveTable } from './lab-table.ts';

/** Why a detector cannot be kept in a file; undefined: it can. */
export function unsaveable(detector: MatrixDetector): string | undefined {
  const { needs } = detector;
  if (needs === 'sequences') return 'it looks at what a host did before, which single records do not tell';
  if (needs === 'hosts') return 'it works on who spoke with whom, which single records do not tell';
  return detector.save ? undefined : 'what it has learned cannot be kept in a file';
}

/** Ids of detectors that a model file can hold. */
export function saveableDetectors(): string[] {
  return LAB_DETECTORS.filter((entry) => unsaveable(entry.create()) === undefined).map(({ id }) => id);
}

/** The file's bytes; equal for equal models. @throws RangeError for a detector that cannot be kept. */
export function encodeLabModel({ description, scaling, detector, calibration, known, background }: LabModel): Buffer {
  const state = detector.save?.();
  if (!state) throw new RangeError(`${detector.id}: what it has learned cannot be kept in a file`);
  const { knots, surprise, tailScale } = calibration;
  const saved: SavedDescription = { ...description, tailScale };
  return packContainer(LAB_MODEL, {
    description: saved,
    parts: [
      scaling.save(),
      { id: detector.id, version: 1, ...state },
      { id: 'calibration', version: 1, head: {}, arrays: { knots, surprise } },
      saveTable('known', known),
      saveTable('background', background),
    ],
  });
}

function partOf(parts: readonly DetectorSnapshot[], id: string): DetectorSnapshot {
  const found = parts.find((part) => part.id === id);
  if (!found) throw damaged(LAB_MODEL, `it has no ${id}`);
  return found;
}

function modelOf({ description: saved, parts }: Contents<SavedDescription>): LabModel {
  const fault = faultOf(saved);
  if (fault !== undefined) throw damaged(LAB_MODEL, `its head is not whole (${fault})`);
  const { tailScale, ...description } = saved;
  const { columns, plans } = description;
  const encoder = Encoder.restore(plans, columns);
  const entry = labDetector(description.detector);
  if (!entry) throw damaged(LAB_MODEL, `there is no detector ${description.detector}`);
  const detector = entry.create(description.parameters);
  if (!detector.load) throw damaged(LAB_MODEL, `${entry.id} cannot be kept in a file`);
  detector.load(partOf(parts, entry.id), encoder.columns);
  const calibration = partOf(parts, 'calibration');
  const model = new LabModel({
    description,
    encoder,
    scaling: Scaling.restore(partOf(parts, 'scaling'), encoder.columns),
    detector,
    calibration: new TailCalibration(
      arrayOf(calibration, 'knots', Float64Array),
      arrayOf(calibration, 'surprise', Float64Array),
      tailScale,
    ),
    known: loadTable(partOf(parts, 'known'), columns),
    background: loadTable(partOf(parts, 'background'), columns),
  });
  tryOut(model);
  return model;
}

/** What does not fit together shows when it is used: now, and not at the first record. */
function tryOut(model: LabModel): void {
  const { raw } = model.score(model.background);
  if (raw.length === 0 || raw.some(Number.isNaN) || model.scaled.rows === 0) {
    throw damaged(LAB_MODEL, 'it cannot score the records it holds');
  }
}

/** @throws ModelError 'model-unreadable' (not of this kind), 'model-version', 'model-damaged'. */
export function decodeLabModel(bytes: Buffer): LabModel {
  return unpackContainer(LAB_MODEL, bytes, modelOf);
}

/** @throws ModelError, also when the file cannot be read. */
export async function loadLabModel(file: string): Promise<LabModel> {
  return decodeLabModel(await readModelFile(file));
}

/** The file is there whole or not at all. */
export function saveLabModel(model: LabModel, file: string): Promise<void> {
  return writeModelFile(encodeLabModel(model), file);
}
