/** Which tests may be skipped: test/allowed-skips.json, a short list. Any other skip is a failure. */
import { readFileSync } from 'node:fs';

/** @typedef {import('./tests-reporter.mjs').Skipped} Skipped */
/** @typedef {{ pattern: RegExp, reason: string }} AllowedSkip */

/**
 * @param {string} file
 * @returns {AllowedSkip[]}
 * @throws {Error} where the list is not of its form
 */
export function readAllowed(file) {
  const entries = /** @type {unknown} */ (JSON.parse(readFileSync(file, 'utf8')));
  if (!Array.isArray(entries)) throw new Error(`${file} must hold a list`);
  return entries.map((/** @type {{ pattern?: unknown, reason?: unknown }} */ entry) => {
    const { pattern, reason } = entry;
    const sound = typeof pattern === 'string' && pattern !== '' && typeof reason === 'string' && reason !== '';
    if (!sound) throw new Error(`${file}: each entry has a "pattern" and a "reason": ${JSON.stringify(entry)}`);
    return { pattern: new RegExp(pattern), reason };
  });
}

/**
 * A skip is allowed where an entry's pattern fits its name (`file > suite > test`) and its reason is that entry's.
 * @param {Skipped} skipped
 * @param {AllowedSkip[]} allowed
 */
export function isAllowed(skipped, allowed) {
  return allowed.some(({ pattern, reason }) => pattern.test(skipped.name) && skipped.reason === reason);
}
