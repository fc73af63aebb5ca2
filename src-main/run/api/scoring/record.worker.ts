/** Scores single records on a thread of its own, where models stay loaded. */
import { readFile } from 'node:fs/promises';
import type { RecordVerdict } from '../../../../src-shared/contract/topics/scoring.ts';
import { FlowJudge, readKnownFlows } from '../../../detect/lab/flow-record.ts';
import { scoreRecord, warmUp } from '../../../detect/lab/record.ts';
import { failureOf } from '../../../keep/store/failure.ts';
import { resourcePath } from '../../paths.ts';
import type { AnyModel } from '../../pipeline/model.ts';
import { threadSide } from '../../pipeline/threads.ts';
import { describeModel, loadModel } from './load.ts';
import type { FromRecords, ModelSource, ToRecords } from './messages.ts';

interface Loaded {
  model: AnyModel;
  score(record: Record<string, unknown>): RecordVerdict;
}

const side = threadSide();
const tell = (message: FromRecords): void => side.send(message);
const models = new Map<string, Promise<Loaded>>();

async function flowJudge(model: Extract<AnyModel, { kind: 'flows' }>): Promise<FlowJudge> {
  const path = resourcePath('models', 'reference.csv');
  return new FlowJudge(model.model, readKnownFlows(await readFile(path, 'utf8'), path));
}

async function load(source: ModelSource): Promise<Loaded> {
  const model = await loadModel(source);
  if (model.kind === 'flows') {
    const judge = await flowJudge(model);
    const score = (record: Record<string, unknown>): RecordVerdict => judge.score(record);
    // What is made once is made now, so that the first record waits no longer than others.
    score({ protocol: 'tcp' });
    return { model, score };
  }
  const { model: records } = model;
  warmUp(records);
  return { model, score: (record) => scoreRecord(records, record) };
}

async function answer(message: Extract<ToRecords, { id: number }>): Promise<FromRecords> {
  const { id, model } = message;
  try {
    const loaded = await models.get(model);
    if (!loaded) throw new RangeError(`${model}: is not loaded`);
    if (message.type === 'describe') return { type: 'described', id, described: describeModel(loaded.model) };
    return { type: 'scored', id, verdict: loaded.score(message.record) };
  } catch (error) {
    return { type: 'failed', id, failure: failureOf(error, '') };
  }
}

side.onMessage((given) => {
  const message = given as ToRecords;
  switch (message.type) {
    case 'load': {
      const loading = load(message.source);
      // Whoever asks of it is told.
      loading.catch(() => undefined);
      return void models.set(message.model, loading);
    }
    case 'drop':
      return void models.delete(message.model);
    default:
      void answer(message).then(tell);
  }
});
