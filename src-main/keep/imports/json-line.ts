/** One JSON object a line, whatever else it may be. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** The object in a line; null where it is none. */
export function objectIn(text: string): JsonObject | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isObject(value) ? value : null;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text or number as text; undefined for what is neither. */
export function plain(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? numberText(value) : undefined;
}

/** Without an exponent, which no field of a log has: small durations would else be none. */
function numberText(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(9) : text;
}

/** A whole number that is not negative, else NaN. */
export function wholeOf(value: unknown): number {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : NaN;
}
