/** `sonde anonymise FILE… --out OUT.pcapng`: a capture that can be given away. */
import { existsSync } from 'node:fs';
import { SondeError } from '../../../../src-shared/errors.ts';
import { isPartial } from '../../../../src-shared/domain/warnings.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import { checkMap, pseudonymKey, writeMap } from '../../../keep/exports/anonymise/key-file.ts';
import { Pseudonyms } from '../../../keep/exports/anonymise/pseudonyms.ts';
import { anonymise, type Anonymised } from '../../../keep/exports/anonymise/write.ts';
import { helpOf, parseArguments, usageError, type CommandSpec, type Parsed } from '../arguments.ts';
import { EXIT, say } from '../errors.ts';
import { refuseOverwriting, refuseShared } from '../outputs.ts';
import { plural } from '../words.ts';

export const ANONYMISE: CommandSpec = {
  name: 'anonymise',
  usage: 'sonde anonymise FILE… --out OUT.pcapng [options]',
  summary:
    'Writes captures so that they can be given away: addresses of hosts and cards become pseudonyms (networks stay networks,\n' +
    'private stays private), everything behind the transport headers is cut, times, lengths and ports stay. docs/anonymise.md.',
  options: [
    { name: 'out', value: 'FILE', help: 'the pcapng file to write' },
    {
      name: 'key',
      value: 'FILE',
      help: 'make the pseudonyms by this secret key, so that several captures agree; it is made if it is not there',
    },
    { name: 'map', value: 'FILE.csv', help: 'write which pseudonym stands for whom; keep it to yourself' },
    { name: 'force', help: 'replace the files that --out and --map name, where they are there already' },
    { name: 'json', help: 'print what was written as JSON (schema sonde.anonymise/1)' },
    { name: 'help', help: 'show this' },
  ],
};

/** Endings of the format that is written. */
const PCAPNG = /\.(?:pcapng|ntar)$/i;

/** @throws SondeError `usage`, or `write-failed` where something would be lost */
function outOf(parsed: Parsed): string {
  const out = parsed.value('out');
  const right = `Write ${ANONYMISE.usage}.`;
  if (parsed.files.length === 0) throw usageError('no capture was named', 'anonymise', right);
  if (out === undefined) throw usageError('--out is missing', '--out', right);
  if (!PCAPNG.test(out)) {
    const cure = 'Give it a name that ends in .pcapng or .ntar: programs tell formats by it.';
    throw usageError(`${out}: what is written is pcapng, and the name says otherwise`, '--out', cure);
  }
  const [map, key] = [parsed.value('map'), parsed.value('key')];
  refuseOverwriting(parsed.files, out, 'out');
  refuseOverwriting(parsed.files, map, 'map');
  refuseShared([out, map, key]);
  if (existsSync(out) && !parsed.on('force'))
    throw new SondeError(
      'write-failed',
      `${out} is there already`,
      out,
      'Name another file, or replace it by --force.',
    );
  checkMap(map, parsed.on('force'));
  return out;
}

function tell(out: string, done: Anonymised, replaced: boolean, isJson: boolean): void {
  const unknown = [...done.unknownLinks].map(([linkType, packets]) => ({ linkType, packets }));
  const { packets, bytes } = done;
  const warnings = done.inputs.flatMap(({ path, warnings: found }) => found.map((each) => ({ path, ...each })));
  const document = { schema: 'sonde.anonymise/1', out, packets, bytes, unknownLinkTypes: unknown, warnings };
  const where = replaced ? `${out}, in place of what was there` : out;
  const text = `Wrote ${plural(packets, 'packet')} to ${where}: pseudonyms for addresses, nothing of what was said.`;
  process.stdout.write(`${isJson ? JSON.stringify(document, null, 1) : text}\n`);
  for (const { linkType, packets: count } of unknown) {
    say(
      `of link type ${linkType}, which is not understood, only times and lengths were kept (${plural(count, 'packet')})`,
    );
  }
  for (const { path, message } of warnings) say(`${path}: ${message}`);
}

export async function anonymiseCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(ANONYMISE, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(ANONYMISE));
    return EXIT.DONE;
  }
  const out = outOf(parsed);
  const key = parsed.value('key');
  const names = new Pseudonyms(pseudonymKey(key));
  // By now the key is there: what is another name of it would be written over it.
  refuseShared([out, parsed.value('map'), key]);
  const replaced = existsSync(out);
  const done = await anonymise(parsed.files, out, names, `sonde ${VERSION}`);
  const map = parsed.value('map');
  const mapCut = map !== undefined && names.forgotten > 0;
  if (map !== undefined) writeMap(map, names, parsed.on('force'));
  tell(out, done, replaced, parsed.on('json'));
  if (mapCut) say(`${map}: holds the first million addresses only; of the others no pseudonym can be led back`);
  const cutShort =
    mapCut ||
    done.unknownLinks.size > 0 ||
    done.inputs.some(({ warnings }) => warnings.some(({ code }) => isPartial(code)));
  return cutShort ? EXIT.PARTIAL : EXIT.DONE;
}
