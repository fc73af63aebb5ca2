/** What anonymises reports: pseudonyms by a key, and the texts that may stay. */
import { readdirSync, readFileSync } from 'node:fs';
import { referenceAddress } from '../detect/signatures/rules/reference.ts';
import { pseudonymKey, pseudonymKeyFile } from '../keep/exports/anonymise/key-file.ts';
import { Pseudonyms } from '../keep/exports/anonymise/pseudonyms.ts';
import { Anonymiser, type OwnTexts } from '../keep/exports/anonymise/words.ts';
import { resourcePath } from './paths.ts';

let own: OwnTexts | undefined;

/** Lines of a list that `scripts/report-words.mjs` made. */
const linesOf = (name: string): string[] =>
  readFileSync(resourcePath('words', name), 'utf8').split('\n').filter(Boolean);

const found = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, said = '']) => said);
/** As it stands in a sentence: without what ends it. */
const bare = (text: string): string => text.replace(/[^\p{L}\p{N}]+$/u, '').toLowerCase();

/** What Sonde's own rules say, refer to and look for. */
function ofRules(): Pick<OwnTexts, 'phrases' | 'rules'> & { references: string[] } {
  const folder = resourcePath('rules');
  const files = readdirSync(folder).filter((name) => name.endsWith('.rules'));
  const lines = files
    .flatMap((name) => readFileSync(resourcePath('rules', name), 'utf8').split('\n'))
    .filter((line) => /^[a-z]/.test(line));
  const rules = new Map<number, string>();
  for (const line of lines) {
    const [sid] = found(line, /[;(]\s*sid:\s*(\d+)/g);
    const [message] = found(line, /[;(]\s*msg:\s*"([^"]+)"/g);
    if (sid !== undefined && message !== undefined) rules.set(Number(sid), message);
  }
  const contents = lines.flatMap((line) => found(line, /[;(]\s*content:\s*"([^"|\\]+)"/g));
  const references = lines.flatMap((line) => found(line, /[;(]\s*reference:\s*([^;]+)/g));
  return { rules, phrases: new Set([...rules.values(), ...contents]), references };
}

function ownTexts(): OwnTexts {
  const { references, ...rules } = ofRules();
  const words = new Set([...linesOf('report.txt'), ...references.map((each) => bare(referenceAddress(each)))]);
  const techniques = linesOf('techniques.txt').map((line) => line.split('\t'));
  return { ...rules, words, techniques: new Map(techniques.map(([id = '', name = '']) => [id, name])) };
}

export function openAnonymiser(key: Uint8Array): Anonymiser {
  return new Anonymiser(new Pseudonyms(key), (own ??= ownTexts()));
}

/** By the key beside the database, which is made where there is none yet. @throws SondeError `write-failed`, `usage` */
export function anonymiserOf(database: string): Anonymiser {
  return openAnonymiser(pseudonymKey(pseudonymKeyFile(database)));
}
