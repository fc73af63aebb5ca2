/** A program of this machine that is given the alert. Whoever may change settings could run it: off unless allowed. */
import { isAbsolute } from 'node:path';
import {
  DeliveryError,
  type Alert,
  type Answer,
  type ChannelKind,
  type ChannelSettings,
  type Field,
  type SendContext,
} from '../types.ts';
import { saidBy } from '../http/words.ts';
import { unfaulted } from './common/asking.ts';
import { alertJson } from './common/body.ts';
import { run } from './common/program.ts';
import { checkGuarded } from './common/guarded.ts';
import { linesOf, numberOf, switchOf, textOf } from './common/settings.ts';

const LIMIT_S = 10;
const ARGUMENTS_MAX = 64;
/** All that it finds in its environment. */
const ENVIRONMENT: Readonly<Record<string, string>> =
  process.platform === 'win32'
    ? { SystemRoot: process.env['SystemRoot'] ?? 'C:\\Windows' }
    : { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' };

const FIELDS: readonly Field[] = [
  {
    name: 'allowCommand',
    label: 'Allow this program to run',
    help: 'It runs with the rights of Sonde, once for each alert.',
    type: 'switch',
    default: false,
  },
  {
    name: 'program',
    label: 'Program',
    help: 'Its full path. It gets the alert as JSON (sonde.alert/1) on its standard input; no shell is between.',
    type: 'text',
    required: true,
    maxLength: 4096,
  },
  {
    name: 'arguments',
    label: 'Arguments',
    help: 'One a line, given as they stand here; nothing of the alert is put into them.',
    type: 'lines',
    maxLength: 8192,
  },
  {
    name: 'timeout',
    label: 'Longest run, seconds',
    type: 'number',
    default: LIMIT_S,
    min: 1,
    max: 14,
  },
];

function fault(settings: ChannelSettings): string | null {
  const program = textOf(settings, 'program');
  const args = linesOf(settings, 'arguments');
  if (!switchOf(settings, 'allowCommand')) return 'A program is only run where its settings allow it.';
  if (!isAbsolute(program)) return 'Name the program by its full path.';
  if (args.length > ARGUMENTS_MAX) return `There can be ${ARGUMENTS_MAX} arguments at most.`;
  if ([program, ...args].some((text) => text.includes('\0'))) return 'A path or an argument holds a zero character.';
  return null;
}

async function send(alert: Alert, settings: ChannelSettings, { signal }: SendContext): Promise<Answer> {
  unfaulted(fault(settings));
  const program = textOf(settings, 'program');
  await checkGuarded(program);
  const { code, output } = await run({
    program,
    arguments: linesOf(settings, 'arguments'),
    input: `${alertJson(alert)}\n`,
    environment: ENVIRONMENT,
    limit: numberOf(settings, 'timeout', LIMIT_S) * 1000,
    signal,
  });
  const said = saidBy(output, []);
  const ended = code === null ? 'was ended by a signal' : `ended with code ${code}`;
  const words = saidBy(`${ended}${said === '' ? '' : `: ${said}`}`, []);
  if (code === 0) return { words };
  throw new DeliveryError(words, true);
}

export const command: ChannelKind = {
  id: 'command',
  title: 'Program',
  hint: 'Runs a program of this machine for each alert. Off unless it is allowed.',
  fields: FIELDS,
  fault,
  send,
};
