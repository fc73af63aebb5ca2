/** `sonde train FILE… --out MODEL`, `sonde train --records FILE… --detector ID --out MODEL`. */
import { sayingModel } from '../model.ts';
import { saveModel } from '../../../detect/detectors/model-file.ts';
import type { Model } from '../../../detect/detectors/model.ts';
import { trainFromCaptures } from '../../pipeline/train.ts';
import { helpOf, parseArguments, spreadLists, usageError, wholeNumber, type CommandSpec } from '../arguments.ts';
import { EXIT, say } from '../errors.ts';
import { writeError } from '../flows-file.ts';
import { refuseOverwriting } from '../outputs.ts';
import { progressPrinter } from '../progress.ts';
import { RECORD_OPTIONS, trainOnRecords } from './train-records.ts';

export const TRAIN: CommandSpec = {
  name: 'train',
  usage:
    'sonde train FILE… --out MODEL [options]\n       sonde train --records FILE… --detector ID --out MODEL [options]',
  summary:
    'Learns what is ordinary from captures of traffic you know to be good, and saves it as a model for\n' +
    'sonde triage --model MODEL. Needs at least 1,500 flows; whatever is in them counts as ordinary afterwards.\n' +
    'Takes about a minute.\n' +
    'With --records: learns from labelled records of the formats sonde evaluate reads, for sonde score --model MODEL.',
  options: [
    { name: 'out', value: 'MODEL', help: 'where to save the model' },
    { name: 'seed', value: 'N', help: 'random seed (default 1)' },
    ...RECORD_OPTIONS,
    { name: 'json', help: 'print what was learned as JSON' },
    { name: 'progress', help: 'show progress on standard error also where it is no terminal' },
    { name: 'help', help: 'show this' },
  ],
};

const MAX_SEED = 2 ** 32 - 1;

async function saveAs(model: Model, out: string): Promise<void> {
  try {
    await saveModel(model, out);
  } catch (error) {
    throw writeError(error, out, 'nothing was saved');
  }
}

export async function trainCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(TRAIN, spreadLists(args, ['--records']));
  if (parsed.on('help')) {
    process.stdout.write(helpOf(TRAIN));
    return EXIT.DONE;
  }
  if (parsed.on('records')) return trainOnRecords(parsed);
  const alone = RECORD_OPTIONS.find(({ name }) => parsed.on(name));
  if (alone) {
    throw usageError(`--${alone.name}: is for --records`, `--${alone.name}`, 'Write sonde train --records FILE ….');
  }
  const out = parsed.value('out');
  if (parsed.files.length === 0)
    throw usageError('no capture was named', 'train', 'Write sonde train FILE --out MODEL.');
  if (out === undefined) throw usageError('--out is missing', '--out', 'Write sonde train FILE --out MODEL.');
  refuseOverwriting(parsed.files, out, 'out');
  const seed = wholeNumber(parsed, 'seed', 1, 0, MAX_SEED);
  const progress = progressPrinter(parsed.on('progress'));
  const training = { files: parsed.files, seed, ...(progress ? { onProgress: progress.show } : {}) };
  const { model, inputs, partial } = await sayingModel(parsed.files.join(', '), () => trainFromCaptures(training));
  progress?.done();
  await saveAs(model, out);
  if (parsed.on('json')) {
    process.stdout.write(
      `${JSON.stringify({ schema: 'sonde.train/1', model: out, inputs, description: model.description }, null, 1)}\n`,
    );
  } else {
    process.stdout.write(`Saved ${out}. Use it with: sonde triage FILE --model ${out}\n`);
  }
  if (partial)
    say('some of the input could not be read; what could was learned from (see sonde triage for the warnings)');
  return partial ? EXIT.PARTIAL : EXIT.DONE;
}
