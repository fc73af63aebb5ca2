/** The formats, one line each, and reading of files of one of them. */
import { SondeError } from '../../../../src-shared/errors.ts';
import { TableBuilder } from './builder.ts';
import { KDD99, NSL_KDD } from './kdd.ts';
import { linesOf } from './lines.ts';
import { BadRecord, type Format, type LineReader, type Table } from './types.ts';
import { ZEEK_CONN } from './zeek-conn.ts';

export const FORMATS: readonly Format[] = [NSL_KDD, KDD99, ZEEK_CONN];

/** Lines looked at to recognise a format. */
const LOOK = 50;
const SHOWN_REASONS = 3;

function recognise(first: readonly string[], path: string, wanted: string | undefined): [Format, LineReader] {
  for (const format of FORMATS) {
    if (wanted !== undefined && format.id !== wanted) continue;
    const reader = format.recognise(first);
    if (reader) return [format, reader];
  }
  const known = FORMATS.map((format) => format.title).join(', ');
  throw new SondeError(
    'unknown-format',
    wanted === undefined ? `${path}: of no format that is known` : `${path}: not of the format ${wanted}`,
    path,
    `What can be read: ${known}; all with their labels.`,
  );
}

async function readInto(
  path: string,
  wanted: string | undefined,
  state: { format: Format | undefined; builder: TableBuilder | undefined },
): Promise<string> {
  const source = linesOf(path);
  let reader: LineReader | undefined;
  let number = 0;
  for await (const lines of source.portions()) {
    if (!reader) {
      const [format, made] = recognise(lines.slice(0, LOOK), path, wanted ?? state.format?.id);
      state.format = format;
      state.builder ??= new TableBuilder(made.columns);
      reader = made;
    }
    for (const line of lines) {
      number++;
      try {
        const record = reader.read(line);
        if (record) state.builder!.add(record, path);
      } catch (error) {
        if (!(error instanceof BadRecord)) throw error;
        state.builder!.skip(error.message, number);
      }
    }
  }
  return source.sha256();
}

/**
 * Reads files of one format as one table, in the order given. Bad records are left out and counted by reason.
 *
 * @throws SondeError `unknown-format`, `too-little-data` when no record is good, and what `linesOf` throws.
 */
export async function readTable(files: readonly string[], wanted?: string): Promise<Table> {
  if (wanted !== undefined && !FORMATS.some((format) => format.id === wanted)) {
    const cure = `There is: ${FORMATS.map((format) => format.id).join(', ')}.`;
    throw new SondeError('usage', `--format ${wanted}: no such format`, '--format', cure);
  }
  const state: { format: Format | undefined; builder: TableBuilder | undefined } = {
    format: undefined,
    builder: undefined,
  };
  const hashes: string[] = [];
  for (const path of files) hashes.push(await readInto(path, wanted, state));
  const table = state.builder!.finish(state.format!.id, files, hashes);
  if (table.rows === 0) {
    const shown = table.skipped.slice(0, SHOWN_REASONS);
    const reasons = shown.map(({ reason, lines }) => `line ${lines[0]}: ${reason}`).join('; ');
    const what = `${files.join(', ')}: holds no good record${reasons === '' ? '' : ` (${reasons})`}`;
    throw new SondeError('too-little-data', what, files[0]!, 'Name a file with labelled records.');
  }
  return table;
}
