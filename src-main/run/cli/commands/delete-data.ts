/** `sonde delete-data`: everything that Sonde has kept on this machine, gone. */
import { checkUnused, deleteOwnData, ownPlaces, type Left, type OwnPlace } from '../../own-data.ts';
import { helpOf, parseArguments, usageError, type CommandSpec } from '../arguments.ts';
import { EXIT, say } from '../errors.ts';
import { formatBytes, printable } from '../words.ts';

export const DELETE_DATA: CommandSpec = {
  name: 'delete-data',
  usage: 'sonde delete-data [--yes]',
  summary:
    'Deletes everything that Sonde keeps of its own accord: the desk’s database with its captures, incidents and settings,\n' +
    'secrets of alert channels, baselines, logs, temporary files. Without --yes it lists them and deletes nothing.\n' +
    'Files that you named (--db, --out, --ring, your captures) are yours: it does not know of them.',
  options: [
    { name: 'yes', help: 'delete them; this cannot be undone' },
    { name: 'json', help: 'print what is, or was, there as JSON (schema sonde.delete-data/1)' },
    { name: 'help', help: 'show this' },
  ],
};

const lineOf = ({ path, what, bytes, heldBy }: OwnPlace): string =>
  `${printable(path)} (${formatBytes(bytes)}): ${what}${heldBy === undefined ? '' : `; in use by a desk that runs (process ${heldBy})`}`;

export async function deleteDataCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(DELETE_DATA, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(DELETE_DATA));
    return EXIT.DONE;
  }
  if (parsed.files.length > 0)
    throw usageError(`${parsed.files[0]}: not an option`, 'delete-data', `Write ${DELETE_DATA.usage}.`);
  const places = ownPlaces();
  const isMeant = parsed.on('yes');
  let deleted: OwnPlace[] = [];
  let left: Left[] = [];
  if (isMeant && places.length > 0) {
    checkUnused();
    ({ deleted, left } = deleteOwnData(places));
    for (const { path, why } of left) say(`${path} was not deleted: ${why}`);
  }
  const said = isMeant ? deleted : places;
  const head =
    places.length === 0
      ? 'Nothing is kept.'
      : isMeant
        ? said.length === 0
          ? 'Nothing was deleted.'
          : 'Deleted:'
        : 'Kept here, and deleted by sonde delete-data --yes:';
  const document = { schema: 'sonde.delete-data/1', deleted: isMeant, places: said };
  process.stdout.write(
    `${parsed.on('json') ? JSON.stringify(document, null, 1) : [head, ...said.map(lineOf)].join('\n')}\n`,
  );
  return left.length > 0 ? EXIT.PARTIAL : EXIT.DONE;
}
