/** Zeek's tab-separated logs (docs.zeek.org, "Zeek log formats"): the header that says how they are to be read, and cells. */

export const UNSET = '-';
export const EMPTY = '(empty)';
const SET_SEPARATOR = ',';

/** Zeek's types that stand in `#types`. */
export type ZeekType =
  | 'time'
  | 'interval'
  | 'string'
  | 'addr'
  | 'port'
  | 'enum'
  | 'count'
  | 'int'
  | 'bool'
  | 'set[string]'
  | 'vector[string]';

export interface ZeekColumn {
  readonly name: string;
  readonly type: ZeekType;
}

const DIGITS = 2;

function stamp(when: Date): string {
  const two = (value: number): string => String(value).padStart(DIGITS, '0');
  const day = [when.getUTCFullYear(), two(when.getUTCMonth() + 1), two(when.getUTCDate())];
  return [...day, two(when.getUTCHours()), two(when.getUTCMinutes()), two(when.getUTCSeconds())].join('-');
}

/** The lines before the records. `at`: milliseconds since 1970 of its first record, so that it follows from the capture. */
export function zeekHeader(path: string, columns: readonly ZeekColumn[], at: number): string {
  return [
    '#separator \\x09',
    `#set_separator\t${SET_SEPARATOR}`,
    `#empty_field\t${EMPTY}`,
    `#unset_field\t${UNSET}`,
    `#path\t${path}`,
    `#open\t${stamp(new Date(at))}`,
    ['#fields', ...columns.map(({ name }) => name)].join('\t'),
    ['#types', ...columns.map(({ type }) => type)].join('\t'),
    '',
  ].join('\n');
}

export function zeekFooter(at: number): string {
  return `#close\t${stamp(new Date(at))}\n`;
}

const hex = (char: string): string =>
  [...Buffer.from(char)].map((byte) => `\\x${byte.toString(16).padStart(DIGITS, '0')}`).join('');

/** Text that neither ends its cell nor its line, and is not taken for an unset or empty one. */
export function zeekText(text: string | undefined): string {
  if (text === undefined) return UNSET;
  if (text === '') return EMPTY;
  // oxlint-disable-next-line no-control-regex -- these are what has to go
  const plain = text.replace(/[\u0000-\u001f\u007f\\]/g, hex);
  return plain === UNSET || plain === EMPTY || plain.startsWith('#') ? hex(plain[0]!) + plain.slice(1) : plain;
}

/** Members of a set or vector. */
export function zeekList(members: readonly string[]): string {
  if (members.length === 0) return EMPTY;
  return members.map((one) => zeekText(one).replaceAll(SET_SEPARATOR, hex(SET_SEPARATOR))).join(SET_SEPARATOR);
}
