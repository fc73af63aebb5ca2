/** Records of delimited text as they stand: to write them again beside their scores. */
import { DELIMITERS, fieldsOf } from './formats/csv.ts';
import { linesOf } from './formats/lines.ts';
import { BadRecord } from './formats/types.ts';

/** Lines a quoted field may go on for: more means that a quote was never closed. */
const MOST_OPEN_LINES = 100;

/** Whether a quoted field is still open at the record's end. */
function isOpen(text: string, delimiter: string): boolean {
  try {
    return fieldsOf(text, delimiter) === undefined;
  } catch (error) {
    if (error instanceof BadRecord) return false;
    throw error;
  }
}

/** Fields of a record that may be none: as they stand where its quotes are wrong. */
export function cellsOf(text: string, delimiter: string): string[] {
  try {
    return fieldsOf(text, delimiter) ?? text.split(delimiter);
  } catch (error) {
    if (error instanceof BadRecord) return text.split(delimiter);
    throw error;
  }
}

/** The same of a record that has to be whole. @throws BadRecord */
export function wholeCells(text: string, delimiter: string): string[] {
  const cells = fieldsOf(text, delimiter);
  if (!cells) throw new BadRecord('a quote never closes');
  return cells;
}

/** The delimiter that divides a line into most fields. */
export function delimiterOf(line: string): string {
  let best: string = DELIMITERS[0];
  for (const one of DELIMITERS) if (cellsOf(line, one).length > cellsOf(line, best).length) best = one;
  return best;
}

export interface NumberedText {
  text: string;
  /** Of its first line, from 1. */
  line: number;
}

/**
 * Portions of whole records: lines, joined where a quoted field goes on. `delimiter` is asked for after the first lines;
 * `onRead` is told of the share of the file that was read, `onEnd` of the SHA-256 of all of it.
 */
export async function* recordsOf(
  path: string,
  delimiter: (firstLines: readonly string[]) => string | undefined,
  onRead?: (share: number) => void,
  onEnd?: (sha256: string) => void,
): AsyncGenerator<NumberedText[]> {
  let number = 0;
  let by: string | undefined;
  let isFirst = true;
  let open: string[] = [];
  let openedAt = 0;
  const source = linesOf(path);
  for await (const lines of source.portions()) {
    const { bytesRead, bytesTotal } = source.progress();
    onRead?.(bytesRead / bytesTotal);
    if (isFirst) by = delimiter(lines);
    isFirst = false;
    const out: NumberedText[] = [];
    for (const line of lines) {
      number++;
      if (open.length === 0) openedAt = number;
      const text = open.length === 0 ? line : [...open, line].join('\n');
      if (by !== undefined && open.length < MOST_OPEN_LINES && isOpen(text, by)) open.push(line);
      else {
        out.push({ text, line: openedAt });
        open = [];
      }
    }
    yield out;
  }
  onEnd?.(source.sha256());
  if (open.length > 0) yield [{ text: open.join('\n'), line: openedAt }];
}
