/** Captures of ordinary traffic to a model. */
import { createTrainer } from '../../detect/detectors/train.ts';
import type { Model } from '../../detect/detectors/model.ts';
import type { InputSummary } from '../../meter/packets/types.ts';
import { openSource } from './source.ts';
import type { Progress } from './triage-types.ts';

export interface TrainOptions {
  files: readonly string[];
  seed: number;
  onProgress?: (progress: Progress) => void;
}

/**
 * Meters the captures and learns from their flows.
 *
 * @throws InputError when nothing could be read; ModelError `too-few-flows`.
 */
export async function trainFromCaptures(
  options: TrainOptions,
): Promise<{ model: Model; inputs: InputSummary[]; partial: boolean }> {
  const source = await openSource(options.files, 2);
  try {
    const trainer = createTrainer({ seed: options.seed });
    const started = performance.now();
    let packets = 0;
    for (let seen = await source.next(); seen; seen = await source.next()) {
      packets += seen.packets;
      trainer.observe(seen.observations.events, seen.observations.flows);
      options.onProgress?.({ ...source.progress(), packets, seconds: (performance.now() - started) / 1000 });
    }
    const rest = source.finish();
    trainer.observe(rest.events, rest.flows);
    const inputs = source.summaries();
    return { model: await trainer.finish(), inputs, partial: source.partial(inputs) };
  } finally {
    await source.close();
  }
}
