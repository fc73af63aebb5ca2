/** The `sonde` command. Nothing heavy is loaded before the command that needs it is known. */
import { ERROR_EXIT, reportError } from './errors.ts';
import { HELP, unknownCommand } from './help.ts';
import { VERSION } from '../../../src-shared/version.ts';

/** Runs one command; its exit code. */
type Command = (args: readonly string[]) => Promise<number>;

const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['triage', async () => (await import('./commands/triage.ts')).triageCommand],
  ['interfaces', async () => (await import('./commands/interfaces.ts')).interfacesCommand],
  ['watch', async () => (await import('./commands/watch.ts')).watchCommand],
  ['baselines', async () => (await import('./commands/baselines.ts')).baselinesCommand],
  ['alerts', async () => (await import('./commands/alerts.ts')).alertsCommand],
  ['report', async () => (await import('./commands/report.ts')).reportCommand],
  ['case', async () => (await import('./commands/case.ts')).caseCommand],
  ['compare', async () => (await import('./commands/compare.ts')).compareCommand],
  ['models', async () => (await import('./commands/models.ts')).modelsCommand],
  ['serve', async () => (await import('./commands/serve.ts')).serveCommand],
  ['desk', async () => (await import('./commands/serve.ts')).deskCommand],
  ['export-packets', async () => (await import('./commands/export-packets.ts')).exportPacketsCommand],
  ['anonymise', async () => (await import('./commands/anonymise.ts')).anonymiseCommand],
  ['evaluate', async () => (await import('./commands/evaluate.ts')).evaluateCommand],
  ['train', async () => (await import('./commands/train.ts')).trainCommand],
  ['features', async () => (await import('./commands/features.ts')).featuresCommand],
  ['rules', async () => (await import('./commands/rules.ts')).rulesCommand],
  ['doctor', async () => (await import('./commands/doctor.ts')).doctorCommand],
  ['delete-data', async () => (await import('./commands/delete-data.ts')).deleteDataCommand],
  ['sensor', async () => (await import('./commands/sensor.ts')).sensorCommand],
  ['worker', async () => (await import('./commands/worker.ts')).workerCommand],
  ['score', async () => (await import('./commands/score.ts')).scoreCommand],
]);

async function run(args: readonly string[]): Promise<number> {
  // `sonde help triage` is `sonde triage --help`.
  const [name, ...rest] = args[0] === 'help' && args.length > 1 ? [args[1]!, '--help'] : args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(HELP);
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === 'version') {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  const load = COMMANDS.get(name);
  if (!load) throw unknownCommand(name, [...COMMANDS.keys()]);
  return (await load())(rest);
}

/** A reader that closed the pipe wants no more: that is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  // Whoever wrote is told by the write itself.
});

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportError(error) || ERROR_EXIT;
}
