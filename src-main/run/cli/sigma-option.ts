/** `--sigma FILE|FOLDER`: Sigma rules over the lines of Zeek's logs. Nothing of it is loaded by who names none. */
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

/** Reads the rules, and says what of them is not looked for. @throws SondeError where a file cannot be read */
export async function sigmaOf(parsed: Parsed): Promise<Pick<TriageOptions, 'sigma'>> {
  const paths = parsed.values('sigma');
  if (paths.length === 0) return {};
  const { readSigma } = await import('../pipeline/sigma-files.ts');
  const sigma = await readSigma(paths);
  const { refusedTotal } = sigma.set;
  const [first] = sigma.refused;
  const more = refusedTotal > 1 ? '; …' : '';
  const refused = first
    ? `, ${formatCount(refusedTotal)} refused (${refusedWords({ ...first, keyword: first.key, title: first.rule })}${more}; sonde rules check lists them)`
    : '';
  say(`Sigma: ${plural(sigma.loaded, 'rule')} loaded${refused}.`);
  return { sigma };
}
