/** `sonde doctor`: what is wrong with Sonde itself, and what to do about it. */
import { existsSync, writeFileSync } from 'node:fs';
import { SondeError } from '../../../../src-shared/errors.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import { bundleOf } from '../../doctor/bundle.ts';
import { examine } from '../../doctor/examine.ts';
import type { CheckContext, CheckState, Finding } from '../../doctor/types.ts';
import { dataFolder, deskDatabase } from '../../paths.ts';
import { helpOf, parseArguments, usageError, type CommandSpec } from '../arguments.ts';
import { EXIT, say } from '../errors.ts';
import { plural, printable } from '../words.ts';

export const DOCTOR: CommandSpec = {
  name: 'doctor',
  usage: 'sonde doctor [--db FILE] [options]',
  summary:
    'Looks at Sonde itself: versions, native parts, the tensor library, rights to capture, disk, database, secrets. Each\n' +
    'thing that is wrong comes with its cure. Nothing is changed. Ends with 4 where something does not work.',
  options: [
    { name: 'db', value: 'FILE', help: 'look at this database (default: the desk’s own)' },
    { name: 'thorough', help: 'compare every index of the database with its table, too (minutes for a large one)' },
    {
      name: 'bundle',
      value: 'FILE.json',
      help: 'write what a maintainer needs to know, without anything of your traffic; read it before you send it',
    },
    { name: 'json', help: 'print one JSON document (schema sonde.doctor/1)' },
    { name: 'help', help: 'show this' },
  ],
};

const MARKS: Readonly<Record<CheckState, string>> = { ok: 'ok', note: 'note', warning: 'WARNING', failed: 'FAILED' };
const MARK_WIDTH = 9;

function linesOf({ state, title, message, cure }: Finding): string[] {
  const line = `${MARKS[state].padEnd(MARK_WIDTH)}${title}: ${printable(message)}.`;
  return cure === '' ? [line] : [line, `${' '.repeat(MARK_WIDTH)}→ ${printable(cure)}`];
}

/** The last line: how it stands. */
function verdictOf(findings: readonly Finding[]): string {
  const count = (state: CheckState): number => findings.filter((finding) => finding.state === state).length;
  const [bad, doubtful] = [count('failed'), count('warning')];
  const notes = count('note');
  if (bad + doubtful + notes === 0) return 'Everything works.';
  if (bad + doubtful === 0)
    return `What is needed works; ${plural(notes, 'note')} above ${notes === 1 ? 'tells' : 'tell'} what is not there.`;
  const parts = [
    bad > 0 ? `${plural(bad, 'thing')} ${bad === 1 ? 'does' : 'do'} not work` : '',
    doubtful > 0 ? plural(doubtful, 'warning') : '',
  ];
  return `${parts.filter(Boolean).join(', ')}.`;
}

function writeBundle(path: string, context: CheckContext, findings: readonly Finding[]): void {
  try {
    writeFileSync(path, `${JSON.stringify(bundleOf(context, findings, new Date()), null, 1)}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const why = isThere ? 'is there already' : `cannot be written (${error instanceof Error ? error.message : ''})`;
    throw new SondeError('write-failed', `${path} ${why}`, path, 'Name another file.', { cause: error });
  }
  say(`Wrote ${path}: it holds no packet, no flow and no address; read it before you send it.`);
}

export async function doctorCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(DOCTOR, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(DOCTOR));
    return EXIT.DONE;
  }
  if (parsed.files.length > 0)
    throw usageError(`${parsed.files[0]}: not an option`, 'doctor', 'Name a database by --db.');
  const named = parsed.value('db');
  if (named !== undefined && !existsSync(named))
    throw new SondeError('not-found', `${named}: no such file`, named, 'Name a database that Sonde made.');
  const database = named ?? (existsSync(deskDatabase()) ? deskDatabase() : null);
  const context: CheckContext = { database, dataFolder: dataFolder(), thorough: parsed.on('thorough') };
  const findings = await examine(context);
  const document = { schema: 'sonde.doctor/1', version: VERSION, checks: findings };
  const text = [...findings.flatMap(linesOf), verdictOf(findings)].join('\n');
  process.stdout.write(`${parsed.on('json') ? JSON.stringify(document, null, 1) : text}\n`);
  const bundle = parsed.value('bundle');
  if (bundle !== undefined) writeBundle(bundle, context, findings);
  return findings.some(({ state }) => state === 'failed') ? EXIT.PARTIAL : EXIT.DONE;
}
