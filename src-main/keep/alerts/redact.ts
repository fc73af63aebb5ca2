/** Takes secrets out of words that came from elsewhere. */

/** Shorter ones would take ordinary words apart. */
const LEAST = 4;
const WORDS_MAX = 500;
const MASK = '[secret]';

/** A secret as it may come back: as it is, in an address, in JSON, in a header. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const forms = [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll('%20', '+'),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64'),
    bytes.toString('base64url'),
  ];
  return [...new Set(forms)].filter((form) => form.length >= LEAST);
}

/** `text` without these secrets, as one bounded piece. */
export function redacted(text: string, secrets: readonly string[]): string {
  // What belongs to a longer one goes with it.
  const forms = secrets.flatMap((each) => [...formsOf(each), ...each.split('\n').flatMap(formsOf)]);
  const sorted = [...new Set(forms)].toSorted((a, b) => b.length - a.length);
  return sorted.reduce((rest, form) => rest.replaceAll(form, MASK), text).slice(0, WORDS_MAX);
}
