/** Characters that move, hide or break a line of text, or turn its direction: control, line and bidi characters. */
const TREACHEROUS =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** Text that others chose, as one line that shows what it is; each such character becomes `?`. */
export function plainText(text: string): string {
  return text.replace(TREACHEROUS, '?');
}
