/** Learns a network's model from its rows, on a thread of its own: it takes seconds of a processor. */
import { encodeModel } from '../../../../detect/detectors/model-file.ts';
import { flowPreparation } from '../../../../detect/detectors/model.ts';
import { trainModel } from '../../../../detect/detectors/train.ts';
import { threadSide } from '../../threads.ts';
import type { LearnData, LearnResult } from './messages.ts';

const side = threadSide();
const { rows, data, seed, source } = side.data as LearnData;
const features = flowPreparation().definitions.map((feature) => feature.id);

async function learn(): Promise<LearnResult> {
  try {
    const model = await trainModel([{ features, rows, data }], { seed, source });
    return { model: Uint8Array.from(encodeModel(model)) };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

side.send(await learn());
side.end();
