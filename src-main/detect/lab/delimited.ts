/** Records of delimited text as they stand: to write them again beside their scores. */
import { linesOf } from './formats/lines.ts';
import { BadRecord } from './formats/types.ts';

const DELIMITERS = [',', '\t', ';', '|'] as const;
const QUOTE = '"';
/** Lines a quoted field may go on for: more means that a quote was never closed. */
const MOST_OPEN_LINES = 100;

/** Fields of one record, and whether a quoted one is still open at its end. A quote counts only where a field begins. */
function divided(text: string, delimiter: string): { cells: string[]; open: boolean } {
  if (!text.includes(QUOTE)) return { cells: text.split(delimiter), open: false };
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    let from = at;
    let open = false;
    if (text[at] === QUOTE) {
      let close = text.indexOf(QUOTE, at + 1);
      while (close >= 0 && text[close + 1] === QUOTE) close = text.indexOf(QUOTE, close + 2);
      open = close < 0;
      from = open ? text.length : close + 1;
      cells.push(text.slice(at + 1, open ? undefined : close).replaceAll('""', QUOTE));
    }
    const end = text.indexOf(delimiter, from);
    if (text[at] !== QUOTE) cells.push(text.slice(at, end < 0 ? undefined : end));
    if (end < 0) return { cells, open };
    at = end + delimiter.length;
  }
}

export function cellsOf(text: string, delimiter: string): string[] {
  return divided(text, delimiter).cells;
}

/** The same of a record that has to be whole. @throws BadRecord where a quote never closes */
export function wholeCells(text: string, delimiter: string): string[] {
  const { cells, open } = divided(text, delimiter);
  if (open) throw new BadRecord('a quote never closes');
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

/** Portions of whole records: lines, joined where a quoted field goes on. `delimiter` is asked for after the first lines. */
export async function* recordsOf(
  path: string,
  delimiter: (firstLines: readonly string[]) => string | undefined,
): AsyncGenerator<NumberedText[]> {
  let number = 0;
  let by: string | undefined;
  let isFirst = true;
  let open: string[] = [];
  let openedAt = 0;
  for await (const lines of linesOf(path).portions()) {
    if (isFirst) by = delimiter(lines);
    isFirst = false;
    const out: NumberedText[] = [];
    for (const line of lines) {
      number++;
      if (open.length === 0) openedAt = number;
      const text = open.length === 0 ? line : [...open, line].join('\n');
      if (by !== undefined && open.length < MOST_OPEN_LINES && divided(text, by).open) open.push(line);
      else {
        out.push({ text, line: openedAt });
        open = [];
      }
    }
    yield out;
  }
  if (open.length > 0) yield [{ text: open.join('\n'), line: openedAt }];
}
