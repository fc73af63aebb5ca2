/** `--anonymise`: results that can be given away, by the key that `sonde anonymise` makes captures by. */
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { checkMap, pseudonymKey, writeMap } from '../../keep/exports/anonymise/key-file.ts';
import type { Anonymiser } from '../../keep/exports/anonymise/words.ts';
import { openAnonymiser } from '../anonymiser.ts';
import { usageError, type OptionSpec, type Parsed } from './arguments.ts';
import { say } from './errors.ts';
import { checkOutput, refuseOverwriting } from './outputs.ts';

export const ANONYMISE_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'anonymise',
    help: 'pseudonyms for addresses, names and whatever else tells of somebody (docs/anonymise.md)',
  },
  {
    name: 'key',
    value: 'FILE',
    help: 'with --anonymise: make the pseudonyms by this secret key, as sonde anonymise does; it is made if it is not there',
  },
  {
    name: 'map',
    value: 'FILE.csv',
    help: 'with --anonymise: write which pseudonym stands for whom; keep it to yourself',
  },
];

export interface Anonymising {
  readonly by: Anonymiser;
  /** Writes the map, where one was asked for. @throws SondeError `write-failed` */
  end(): void;
}

/**
 * Undefined where it was not asked for. `inputs` are read and `outputs` written by the command: key and map are none of
 * them, under whatever name.
 *
 * @throws SondeError `usage`, `write-failed`
 */
export function anonymisingOf(
  parsed: Parsed,
  inputs: readonly string[],
  outputs: readonly string[],
): Anonymising | undefined {
  const [key, map] = [parsed.value('key'), parsed.value('map')];
  if (!parsed.on('anonymise')) {
    const lone = key === undefined ? 'map' : 'key';
    if (parsed.on(lone)) throw usageError(`--${lone} means nothing by itself`, `--${lone}`, 'Add --anonymise.');
    return undefined;
  }
  refuseShared([...outputs, map, key]);
  refuseOverwriting([...inputs, ...(key === undefined ? [] : [key])], map, 'map');
  checkMap(map, false);
  checkOutput(map);
  const by = openAnonymiser(pseudonymKey(key));
  // By now the key is there: what is another name of it would be written over it.
  refuseShared([...outputs, map, key]);
  const end = (): void => {
    if (map === undefined) return;
    writeMap(map, by.names, false);
    if (by.names.forgotten > 0)
      say(`${map}: holds the first million originals only; of the others no pseudonym can be led back`);
  };
  return { by, end };
}

/** The file that a path leads to, or would: a link of any kind is what it links to. */
function placeOf(path: string): string {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    const whole = resolve(path);
    try {
      return join(realpathSync(dirname(whole)), basename(whole));
    } catch {
      return whole;
    }
  }
}

/** @throws SondeError `usage` where two of the paths lead to one file */
function refuseShared(paths: readonly (string | undefined)[]): void {
  const seen = new Set<string>();
  for (const path of paths) {
    if (path === undefined || !mayBeOverwritten(path)) continue;
    const place = placeOf(path);
    if (seen.has(place)) throw shared(path);
    seen.add(place);
  }
}

/** A pipe or a device may be named twice. */
function mayBeOverwritten(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return true;
  }
}

function shared(path: string) {
  return usageError(`${path}: is named for two things`, path, 'Name another file.');
}
