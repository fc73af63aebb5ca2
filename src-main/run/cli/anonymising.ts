/** `--anonymise`: results that can be given away, by the key that `sonde anonymise` makes captures by. */
import { checkMap, pseudonymKey, writeMap } from '../../keep/exports/anonymise/key-file.ts';
import type { Anonymiser } from '../../keep/exports/anonymise/words.ts';
import { openAnonymiser } from '../anonymiser.ts';
import { usageError, type OptionSpec, type Parsed } from './arguments.ts';
import { say } from './errors.ts';
import { checkOutput, refuseOverwriting, refuseShared } from './outputs.ts';

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
