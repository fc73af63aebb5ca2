/** `sonde features FILE… --out OUT.csv`. */
import { schemaId } from '../../../../src-shared/features/schema.ts';
import { FEATURE_IDS } from '../../../detect/lab/features-file.ts';
import { writeFeatures } from '../../pipeline/features.ts';
import { helpOf, parseArguments, usageError, type CommandSpec } from '../arguments.ts';
import { EXIT, reportError, say } from '../errors.ts';
import { checkOutput, refuseOverwriting, sayingWrite } from '../outputs.ts';
import { progressPrinter } from '../progress.ts';
import { stopOnSignals } from '../signals.ts';
import { plural } from '../words.ts';

export const FEATURES: CommandSpec = {
  name: 'features',
  usage: 'sonde features FILE… --out OUT.csv [options]',
  summary:
    'Writes the matrix that the detectors of sonde triage see: one flow a row, in the order of triage --flows, columns\n' +
    'named by the catalogue, the id of the catalogue in the first line. sonde score reads it; with a label column that\n' +
    'you add, sonde evaluate and sonde train --records do too.',
  options: [
    { name: 'out', value: 'OUT.csv', help: 'where to write the rows' },
    { name: 'uid', help: 'with the uid of the flow as the first column, as in triage --flows' },
    { name: 'json', help: 'print what was written as JSON (schema sonde.features/1)' },
    { name: 'progress', help: 'show progress on standard error also where it is no terminal' },
    { name: 'help', help: 'show this' },
  ],
};

export async function featuresCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(FEATURES, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(FEATURES));
    return EXIT.DONE;
  }
  const { files } = parsed;
  const out = parsed.value('out');
  const form = 'Write sonde features FILE --out OUT.csv.';
  if (files.length === 0) throw usageError('no capture was named', 'features', form);
  if (out === undefined) throw usageError('--out is missing', '--out', form);
  refuseOverwriting(files, out, 'out');
  checkOutput(out);
  const stop = new AbortController();
  stopOnSignals(() => stop.abort());
  const progress = progressPrinter(parsed.on('progress'));
  const options = { files, out, uid: parsed.on('uid'), signal: stop.signal, onProgress: progress?.show };
  const { rows, inputs, partial } = await sayingWrite(out, () => writeFeatures(options)).catch((error: unknown) => {
    // A pipe that gives nothing more would keep an interrupted process alive.
    if (stop.signal.aborted) process.exit(reportError(error));
    throw error;
  });
  progress?.done();
  if (parsed.on('json')) {
    const report = { schema: 'sonde.features/1', out, features: schemaId(), columns: FEATURE_IDS.length, rows, inputs };
    process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
  } else
    process.stdout.write(
      `Wrote ${plural(rows, 'flow')} to ${out}. Score them with: sonde score ${out} --out PREDICTIONS.csv\n`,
    );
  if (partial) say('some of the input could not be read; the flows of what could were written (see sonde triage)');
  return partial ? EXIT.PARTIAL : EXIT.DONE;
}
