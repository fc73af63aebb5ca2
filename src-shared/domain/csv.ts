/** Cells of CSV files that spreadsheets open without harm. */

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Quoted where it has to be (RFC 4180). */
export function quotedCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A cell of any value; '-' where there is none. */
export function valueCell(value: string | number | boolean | null): string {
  if (value === null) return '-';
  return typeof value === 'string' ? safeCell(value) : quotedCell(String(value));
}

/**
 * A cell of somebody's text. What a spreadsheet would take for a formula is written as text (an apostrophe before it); numbers
 * with a sign, and a lone sign, are none. Some take the full-width signs for the others.
 */
export function safeCell(text: string): string {
  const isFormula = /^[=+\-@\t\r\n＝＋－＠]/.test(text) && text.length > 1 && !NUMBER.test(text);
  return quotedCell(isFormula ? `'${text}` : text);
}
