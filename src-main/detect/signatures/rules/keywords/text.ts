/** Backslashes stand before quotes, semicolons and backslashes only. */
export function patternText(text: string): string {
  return text.replace(/\\(["\\;:])/g, '$1').slice(0, 1000);
}
