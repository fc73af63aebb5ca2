/** First bytes of messages in text, for `Inspector.first`. */

/** The first letters of `words`, large and small. */
export function firstLetters(words: readonly string[]): number[] {
  const letters = words.flatMap((word) => [word.charAt(0).toUpperCase(), word.charAt(0).toLowerCase()]);
  return [...new Set(letters)].map((letter) => letter.charCodeAt(0));
}

/** The bytes from `from` to `to`, both included. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
