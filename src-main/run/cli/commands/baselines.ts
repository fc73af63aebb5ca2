/** `sonde baselines`: what was learned of each network, how it did, and the way back to the model before. */
import { join } from 'node:path';
import { SondeError } from '../../../../src-shared/errors.ts';
import { dataFolder } from '../../paths.ts';
import { BaselineFolder, type KeptNetwork, type LearnedOnce } from '../../pipeline/live/baseline/files.ts';
import { helpOf, parseArguments, usageError, type CommandSpec } from '../arguments.ts';
import { EXIT } from '../errors.ts';
import { formatCount, printable } from '../words.ts';

export const BASELINES: CommandSpec = {
  name: 'baselines',
  usage: 'sonde baselines [DIR] [--json] [--roll-back NETWORK]',
  summary:
    'Lists the networks whose ordinary traffic was learned while watching: when, and how well each model did on flows that were held back. DIR: the folder of `watch --baselines` (default: the one in your own folder).',
  options: [
    { name: 'json', help: 'print one JSON document' },
    {
      name: 'roll-back',
      value: 'NETWORK',
      help: 'give up the present model of this network: the one before scores again',
    },
    { name: 'help', help: 'show this' },
  ],
};

/** Times of learning that are shown of each network. */
const SHOWN = 10;

const day = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function lineOf({ at, flows, taken, judged: { next, before } }: LearnedOnce): string {
  const than = (now: number | undefined): string => (now === undefined ? '' : ` (before: ${percent(now)})`);
  return [
    `  ${day(at)} UTC: ${taken ? 'took over' : 'was worse, not used'}; ${formatCount(flows)} flows;`,
    `strange flows told apart ${percent(next.separation)}${than(before?.separation)};`,
    `ordinary ones called rarer than 1 in 100: ${percent(next.alarms)}${than(before?.alarms)}`,
  ].join(' ');
}

function wordsOf({ network, models, log }: KeptNetwork): string {
  const older = models.length - 1;
  const back = older === 0 ? 'none to go back to' : `${older} to go back to`;
  const head = `${printable(network)}: learned ${day(models[0]!)} UTC, ${back}`;
  return [head, ...log.slice(-SHOWN).map(lineOf)].join('\n');
}

export async function baselinesCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(BASELINES, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(BASELINES));
    return EXIT.DONE;
  }
  const [named, more] = parsed.files;
  if (more !== undefined) throw usageError(`${more}: one folder at a time`, 'baselines', 'Leave it out.');
  const path = named ?? join(dataFolder(), 'baselines');
  const folder = new BaselineFolder(path);
  const network = parsed.value('roll-back');
  if (network !== undefined && !(await folder.rollBack(network))) {
    const cure = 'sonde baselines lists what there is.';
    throw new SondeError('not-found', `${network}: there is no model to go back to`, path, cure);
  }
  const kept = await folder.list();
  if (parsed.on('json')) process.stdout.write(`${JSON.stringify({ folder: path, networks: kept }, null, 1)}\n`);
  else if (kept.length === 0) process.stdout.write(`Nothing is learned in ${printable(path)} yet.\n`);
  else process.stdout.write(`${kept.map(wordsOf).join('\n\n')}\n`);
  return EXIT.DONE;
}
