/**
 * Learns a network's model from its rows, on a thread of its own: it takes seconds of a processor. A fifth of the rows
 * judges it; where it would be worse than the model that scores now, that one stays.
 */
import { decodeModel, encodeModel } from '../../../../detect/detectors/model-file.ts';
import { flowPreparation, type Model } from '../../../../detect/detectors/model.ts';
import { trainModel } from '../../../../detect/detectors/train.ts';
import { divideForJudging, isNoWorse, judgeModel } from '../../../../detect/lab/successor.ts';
import { threadSide } from '../../threads.ts';
import type { LearnData, LearnResult } from './messages.ts';

const side = threadSide();
const { rows, data, seed, source, before } = side.data as LearnData;
const features = flowPreparation().definitions.map((feature) => feature.id);

/** Undefined where this version cannot read it: whatever is learned is better then. */
function readable(file: Uint8Array): Model | undefined {
  try {
    return decodeModel(Buffer.from(file));
  } catch {
    return undefined;
  }
}

async function learn(): Promise<LearnResult> {
  try {
    const { learn: learned, judge } = divideForJudging({ features, rows, data }, seed);
    const model = await trainModel([learned], { seed, source });
    const present = before === null ? undefined : readable(before);
    const judged = {
      next: judgeModel(model, judge, seed),
      before: present ? judgeModel(present, judge, seed) : null,
    };
    if (judged.before && !isNoWorse(judged.next, judged.before)) return { worse: judged };
    return { model: Uint8Array.from(encodeModel(model)), judged };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

side.send(await learn());
side.end();
