/** `--label COLUMN --positive VALUE --map FILE`: how any CSV is to be read, alike in all commands. */
import { readFile } from 'node:fs/promises';
import { SondeError } from '../../../src-shared/errors.ts';
import { mappingOf, type CsvMapping } from '../../detect/lab/formats/mapping.ts';
import { usageError, type OptionSpec, type Parsed } from './arguments.ts';

export const MAPPING_OPTIONS: readonly OptionSpec[] = [
  { name: 'label', value: 'COLUMN', help: 'any CSV: the column that says what a record is' },
  { name: 'positive', value: 'VALUE', help: 'its value that means an attack; repeatable', repeatable: true },
  { name: 'map', value: 'FILE', help: 'types and roles of columns, delimiter and label as JSON (docs/lab-data.md)' },
];

/** @throws SondeError where it is not there or no JSON */
export async function jsonFile(path: string, command: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const what = missing ? 'there is no such file' : 'cannot be read as JSON';
    throw new SondeError(
      missing ? 'not-found' : 'read-failed',
      `${path}: ${what}`,
      path,
      `See sonde ${command} --help.`,
    );
  }
}

/** undefined: nothing was said of it. @throws SondeError */
export async function mappingFor(parsed: Parsed, command: string): Promise<CsvMapping | undefined> {
  const [label, map] = [parsed.value('label'), parsed.value('map')];
  const positive = parsed.values('positive');
  if (label === undefined && map === undefined) {
    if (positive.length === 0) return undefined;
    throw usageError('--positive says nothing without --label', '--positive', 'Add --label COLUMN.');
  }
  if (map === undefined && positive.length === 0) {
    throw usageError(`--label ${label}: no value is said to mean an attack`, '--label', 'Add --positive VALUE.');
  }
  const said = { ...(label !== undefined && { label }), ...(positive.length > 0 && { positive }) };
  return mappingOf(map === undefined ? {} : await jsonFile(map, command), map ?? '--label', said);
}
