/** Trains a model of labelled records, or reads the file of one, on a thread of its own. To cancel it the thread is ended. */
import { readFileSync, statSync } from 'node:fs';
import type { ContestResult, TrainOptions } from '../../../../src-shared/contract/topics/models.ts';
import { LAB_MODEL_MAX } from '../../../../src-shared/domain/lab-model.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { contest, divideForContest, type ContestData } from '../../../detect/lab/contest.ts';
import { mappingOf } from '../../../detect/lab/formats/mapping.ts';
import { readTable } from '../../../detect/lab/formats/registry.ts';
import type { Table } from '../../../detect/lab/formats/types.ts';
import { decodeLabModel, encodeLabModel } from '../../../detect/lab/lab-model-file.ts';
import type { LabModel } from '../../../detect/lab/lab-model.ts';
import { trainLabModel } from '../../../detect/lab/lab-train.ts';
import { failureOf } from '../../../keep/store/failure.ts';
import { labModelEntry } from '../../pipeline/lab-models.ts';
import { threadSide } from '../../pipeline/threads.ts';
import type { FromModelThread, ModelData } from './messages.ts';
import { TrainingProgress } from './progress.ts';

type Training = Extract<ModelData, { kind: 'train' }>;

const side = threadSide();
const tell = (message: FromModelThread): void => side.send(message);

/** What of its training a model's file remembers. */
function optionsOf({ description }: LabModel): TrainOptions {
  const { detector, regime, seed, threshold, keepShortcuts, classWeights, sampling, parameters } = description;
  const rest = {
    validation: 0.2,
    keepShortcuts,
    classWeights,
    sampling,
    ...(parameters && { parameters: { ...parameters } }),
  };
  return { detector, regime, seed, targetFpr: threshold.targetFpr, ...rest };
}

async function train({ files, names, options: given, mapping: said, before: beforeBytes }: Training): Promise<void> {
  const before = beforeBytes && decodeLabModel(Buffer.from(beforeBytes));
  const known = given ?? (before && optionsOf(before));
  if (!known) throw new Error('a training without options');
  const options = { ...known, ...(said && { mapping: said }) };
  const { mapping, ...rest } = options;
  const meant = mapping && mappingOf(mapping, '');
  const progress = new TrainingProgress((step, share) => tell({ type: 'step', step, share }));
  let divided: ContestData | undefined;
  const read = async (): Promise<Table> => {
    const table = await readTable(files, undefined, {
      ...(meant && { mapping: meant }),
      onProgress: (now) => progress.read(now),
    });
    const named = { ...table, files: names };
    if (!before) return named;
    before.align(named, names.join(', '));
    divided = divideForContest(named, rest.seed);
    return divided.learn;
  };
  const trained = await trainLabModel({
    ...rest,
    ...(meant && { mapping: meant }),
    files,
    read,
    onProgress: (what, share) => progress.learn(what, share),
  });
  const { model, warnings } = trained;
  let result: ContestResult | null = null;
  if (before && divided) {
    progress.learn('judging both models by records that were held back');
    result = contest(model, before, divided);
  }
  const bytes = encodeLabModel(model);
  await done(bytes, names.join(', '), { options, warnings: warnings.map(({ message }) => message), contest: result });
}

async function done(
  bytes: Buffer,
  name: string,
  more: { options: TrainOptions | null; warnings: string[]; contest: ContestResult | null },
): Promise<void> {
  const { sha256, summary, promotable, bytes: kept } = await labModelEntry(bytes, { ...NOBODY, name });
  tell({ type: 'done', bytes: kept, sha256, summary, promotable, ...more });
}

/** The desk says whose it is. */
const NOBODY = { createdAt: 0, user: '', source: { kind: 'import', detail: '' } } as const;

async function readFile({ path, name }: Extract<ModelData, { kind: 'read' }>): Promise<void> {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) {
    throw new SondeError('not-found', `${name}: is no longer there`, name, 'Choose the file again.');
  }
  if (size > LAB_MODEL_MAX) {
    const what = `${name}: has more than ${LAB_MODEL_MAX / 2 ** 20} MB`;
    throw new SondeError('damaged-model', what, name, 'Choose a file that sonde train --records has written.');
  }
  await done(readFileSync(path), name, { options: null, warnings: [], contest: null });
}

const data = side.data as ModelData;
try {
  await (data.kind === 'train' ? train(data) : readFile(data));
} catch (error) {
  tell({ type: 'failed', failure: failureOf(error, '') });
} finally {
  side.end();
}
