/** `sonde anonymise FILE… --out OUT.pcapng`: a capture that can be given away. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SondeError } from '../../../../src-shared/errors.ts';
import { addressText } from '../../../../src-shared/domain/network.ts';
import { isPartial } from '../../../../src-shared/domain/warnings.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import { KEY_BYTES } from '../../../keep/exports/anonymise/crypto-pan.ts';
import { Pseudonyms } from '../../../keep/exports/anonymise/pseudonyms.ts';
import { anonymise, type Anonymised } from '../../../keep/exports/anonymise/write.ts';
import { helpOf, parseArguments, usageError, type CommandSpec, type Parsed } from '../arguments.ts';
import { EXIT, say } from '../errors.ts';
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
    { name: 'force', help: 'replace the file that --out names, where it is there already' },
    { name: 'json', help: 'print what was written as JSON (schema sonde.anonymise/1)' },
    { name: 'help', help: 'show this' },
  ],
};

const HEX_KEY = new RegExp(`^[0-9a-f]{${KEY_BYTES * 2}}\\s*$`, 'i');

/** Endings of the format that is written. */
const PCAPNG = /\.(?:pcapng|ntar)$/i;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const isThere = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EEXIST';

/** @throws SondeError where `path` cannot be written, or holds something else */
function keyOf(path: string | undefined): Uint8Array {
  const fresh = randomBytes(KEY_BYTES);
  if (path === undefined) return fresh;
  try {
    writeFileSync(path, `${fresh.toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch (error) {
    if (!isThere(error)) {
      const cure = 'Check the folder and its permissions.';
      throw new SondeError('write-failed', `${path} cannot be written (${reasonOf(error)})`, path, cure, {
        cause: error,
      });
    }
  }
  const text = readFileSync(path, 'utf8');
  if (HEX_KEY.test(text)) return Buffer.from(text.trim(), 'hex');
  throw usageError(
    `${path}: not a key (${KEY_BYTES * 2} hexadecimal digits)`,
    '--key',
    'Name a file that is not there yet, and Sonde makes a key.',
  );
}

function shown(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length === 16) return addressText(bytes);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function writeMap(path: string, names: Pseudonyms): void {
  const lines = ['original,pseudonym'];
  for (const [original, pseudonym] of names.pairs()) lines.push(`${shown(original)},${shown(pseudonym)}`);
  try {
    writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const why = isThere(error) ? 'is there already' : `cannot be written (${reasonOf(error)})`;
    throw new SondeError('write-failed', `${path} ${why}`, path, 'Name another file.', { cause: error });
  }
}

function outOf(parsed: Parsed): string {
  const out = parsed.value('out');
  const right = `Write ${ANONYMISE.usage}.`;
  if (parsed.files.length === 0) throw usageError('no capture was named', 'anonymise', right);
  if (out === undefined) throw usageError('--out is missing', '--out', right);
  if (!PCAPNG.test(out)) {
    const cure = 'Give it a name that ends in .pcapng or .ntar: programs tell formats by it.';
    throw usageError(`${out}: what is written is pcapng, and the name says otherwise`, '--out', cure);
  }
  const others = [...parsed.files, parsed.value('key'), parsed.value('map')].filter((path) => path !== undefined);
  if (others.some((file) => resolve(file) === resolve(out)))
    throw usageError(`${out}: is named for something else, too`, '--out', 'Name another file.');
  if (existsSync(out) && !parsed.on('force'))
    throw new SondeError(
      'write-failed',
      `${out} is there already`,
      out,
      'Name another file, or replace it by --force.',
    );
  return out;
}

function tell(out: string, done: Anonymised, isJson: boolean): void {
  const unknown = [...done.unknownLinks].map(([linkType, packets]) => ({ linkType, packets }));
  const { packets, bytes } = done;
  const warnings = done.inputs.flatMap(({ path, warnings: found }) => found.map((each) => ({ path, ...each })));
  const document = { schema: 'sonde.anonymise/1', out, packets, bytes, unknownLinkTypes: unknown, warnings };
  const text = `Wrote ${plural(packets, 'packet')} to ${out}: pseudonyms for addresses, nothing of what was said.`;
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
  const names = new Pseudonyms(keyOf(parsed.value('key')));
  const done = await anonymise(parsed.files, out, names, `sonde ${VERSION}`);
  const map = parsed.value('map');
  const mapCut = map !== undefined && names.forgotten > 0;
  if (map !== undefined) writeMap(map, names);
  tell(out, done, parsed.on('json'));
  if (mapCut) say(`${map}: holds the first million addresses only; of the others no pseudonym can be led back`);
  const cutShort =
    mapCut ||
    done.unknownLinks.size > 0 ||
    done.inputs.some(({ warnings }) => warnings.some(({ code }) => isPartial(code)));
  return cutShort ? EXIT.PARTIAL : EXIT.DONE;
}
