/** `sonde delete-data`: everything that Sonde has kept on this machine, gone. */
import { existsSync } from 'node:fs';
import { claimDatabase } from '../../../keep/store/claim.ts';
import { ownPlaces, removePlace, type OwnPlace } from '../../own-data.ts';
import { deskDatabase } from '../../paths.ts';
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

const lineOf = ({ path, what, bytes }: OwnPlace): string => `${printable(path)} (${formatBytes(bytes)}): ${what}`;

/** @throws SondeError where a desk has them open */
function claim(): () => void {
  if (!existsSync(deskDatabase())) return () => undefined;
  const held = claimDatabase(deskDatabase());
  return () => held.release();
}

/** Those that could not be removed. */
function removeAll(places: readonly OwnPlace[]): OwnPlace[] {
  return places.filter((place) => {
    try {
      removePlace(place);
      return false;
    } catch (error) {
      say(`${place.path} cannot be deleted (${error instanceof Error ? error.message : ''})`);
      return true;
    }
  });
}

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
  let left: OwnPlace[] = [];
  if (isMeant && places.length > 0) {
    const release = claim();
    // Windows keeps open files: the claim's own is let go first.
    release();
    left = removeAll(places);
  }
  const deleted = isMeant ? places.filter((place) => !left.includes(place)) : [];
  const said = isMeant ? deleted : places;
  const head =
    places.length === 0
      ? 'Nothing is kept.'
      : isMeant
        ? 'Deleted:'
        : 'Kept here, and deleted by sonde delete-data --yes:';
  const document = { schema: 'sonde.delete-data/1', deleted: isMeant, places: said };
  process.stdout.write(
    `${parsed.on('json') ? JSON.stringify(document, null, 1) : [head, ...said.map(lineOf)].join('\n')}\n`,
  );
  return left.length > 0 ? EXIT.PARTIAL : EXIT.DONE;
}
