/** Characters that move, hide or break a line of text, or turn its direction: control, line and bidi characters. */
const TREACHEROUS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u061c\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Text that others chose, as one line that shows what it is; each such character becomes `?`. */
export function plainText(text: string): string {
  return text.replace(TREACHEROUS, '?');
}
