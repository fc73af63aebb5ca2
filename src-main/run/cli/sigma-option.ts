/** `--sigma FILE|FOLDER`: Sigma rules over the lines of Zeek's logs. Nothing of it is loaded by who names none. */
import type { Sigma } from '../../detect/signatures/sigma/sigma.ts';
import type { TriageOptions } from '../pipeline/triage-types.ts';
import type { OptionSpec, Parsed } from './arguments.ts';
import { say } from './errors.ts';
import { refusedWords } from './refused.ts';
import { formatCount, plural } from './words.ts';

export const SIGMA_OPTION: OptionSpec = {
  name: 'sigma',
  value: 'FILE',
  help: 'look at flows and messages by the Sigma rules of this file, or of a folder, too (repeatable)',
  repeatable: true,
};

/** The rules of these files and folders. @throws SondeError where one cannot be read */
export async function sigmaFrom(paths: readonly string[]): Promise<Sigma> {
  return (await import('../pipeline/sigma-files.ts')).readSigma(paths);
}

/** "12 rules loaded, 1 refused (FILE:3 …; sonde rules check lists them)". */
export function sigmaWords(sigma: Sigma): string {
  const { refusedTotal } = sigma.set;
  const [first] = sigma.refused;
  const loaded = `${plural(sigma.loaded, 'rule')} loaded`;
  if (!first) return loaded;
  const more = refusedTotal > 1 ? '; …' : '';
  const why = refusedWords({ ...first, keyword: first.key, title: first.rule });
  return `${loaded}, ${formatCount(refusedTotal)} refused (${why}${more}; sonde rules check lists them)`;
}

/** Reads the rules, and says what of them is not looked for. @throws SondeError where a file cannot be read */
export async function sigmaOf(parsed: Parsed): Promise<Pick<TriageOptions, 'sigma'>> {
  const paths = parsed.values('sigma');
  if (paths.length === 0) return {};
  const sigma = await sigmaFrom(paths);
  say(`Sigma: ${sigmaWords(sigma)}.`);
  return { sigma };
}
