/** One experiment, on a thread of its own. To cancel it the thread is ended: nothing of it is kept before its end. */
import type { ExperimentRow } from '../../../../src-shared/contract/topics/lab.ts';
import { evaluate } from '../../../detect/lab/evaluate.ts';
import { mappingOf } from '../../../detect/lab/formats/mapping.ts';
import type { DetectorResult, EvaluationReport } from '../../../detect/lab/report.ts';
import { failureOf } from '../../../keep/store/failure.ts';
import { threadSide } from '../../pipeline/threads.ts';
import type { FromLab, LabData } from './messages.ts';

const side = threadSide();
const { train, test, options } = side.data as LabData;
const tell = (message: FromLab): void => side.send(message);

function summaryOf({ data, warnings, results, selected }: EvaluationReport, seconds: number): ExperimentRow['summary'] {
  const own = results.filter(({ detector }) => detector === selected);
  const mean = (of: (result: DetectorResult) => number): number =>
    own.reduce((sum, each) => sum + of(each), 0) / own.length;
  return {
    format: data.train.format,
    selected,
    rocAuc: mean(({ rocAuc }) => rocAuc),
    prAuc: mean(({ prAuc }) => prAuc),
    recall: mean(({ threshold }) => threshold.recall),
    fpr: mean(({ threshold }) => threshold.fpr),
    trainRows: data.train.rows,
    testRows: data.test.rows,
    attacks: data.test.attack,
    warnings: warnings.length,
    features: data.features,
    seconds,
  };
}

try {
  const { detectors, mapping, ...rest } = options;
  const began = performance.now();
  const report = await evaluate({
    ...rest,
    ...(detectors && { detectors }),
    ...(mapping && { mapping: mappingOf(mapping, '') }),
    train,
    test,
    split: test.length > 0 ? 'official' : options.split,
    details: true,
    clock: () => performance.now(),
    onProgress: (step, share = 0) => tell({ type: 'step', step, share }),
  });
  const seconds = (performance.now() - began) / 1000;
  tell({ type: 'done', report: JSON.stringify(report), summary: summaryOf(report, seconds) });
} catch (error) {
  tell({ type: 'failed', failure: failureOf(error, '') });
} finally {
  side.end();
}
