/** What anonymises reports: pseudonyms by a key, and the words that may stay. */
import { readFileSync } from 'node:fs';
import { Pseudonyms } from '../keep/exports/anonymise/pseudonyms.ts';
import { Anonymiser } from '../keep/exports/anonymise/words.ts';
import { resourcePath } from './paths.ts';

let words: ReadonlySet<string> | undefined;

/** Of Sonde's own sentences, as `scripts/report-words.mjs` finds them. */
function ownWords(): ReadonlySet<string> {
  words ??= new Set(readFileSync(resourcePath('words', 'report.txt'), 'utf8').split('\n').filter(Boolean));
  return words;
}

export function openAnonymiser(key: Uint8Array): Anonymiser {
  return new Anonymiser(new Pseudonyms(key), ownWords());
}
