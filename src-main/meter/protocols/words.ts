/** Codes of protocols as people read them. */

export type Words = ReadonlyMap<number, string>;

/** "3 (read holding registers)"; the number alone where it has no word here. */
export function coded(words: Words, code: number): string {
  const word = words.get(code);
  return word === undefined ? String(code) : `${code} (${word})`;
}

/** "0x04 (read variables)": for codes that their documents write in hexadecimal. */
export function codedHex(words: Words, code: number, digits = 2): string {
  const shown = `0x${code.toString(16).padStart(digits, '0')}`;
  const word = words.get(code);
  return word === undefined ? shown : `${shown} (${word})`;
}
