/** What `sonde rules check` says of files and folders of Sigma rules. */
import { SigmaIndex } from '../../detect/signatures/sigma/rule-index.ts';
import type { SigmaRule } from '../../detect/signatures/sigma/rule.ts';
import type { Sigma } from '../../detect/signatures/sigma/sigma.ts';
import { readSigma, sigmaFiles, isSigmaFile } from '../pipeline/sigma-files.ts';
import { refusedWords } from './refused.ts';
import { formatCount, plural, printable } from './words.ts';

/** Refused rules that people are shown. */
const SHOWN = 50;

export interface SigmaCheck {
  sigma: Sigma;
  /** Rules that are looked at with every line of their log. */
  slow: readonly SigmaRule[];
}

/** Files that end in .yml or .yaml, and folders that have such files and none of the other language in them, are Sigma's. */
export async function divided(paths: readonly string[]): Promise<{ sigma: string[]; others: string[] }> {
  const sigma: string[] = [];
  const others: string[] = [];
  for (const path of paths) {
    const isFolder = !isSigmaFile(path) && (await sigmaFiles(path)).some((file) => file !== path);
    (isSigmaFile(path) || isFolder ? sigma : others).push(path);
  }
  return { sigma, others };
}

/** @throws SondeError where a file cannot be read */
export async function checkSigma(paths: readonly string[]): Promise<SigmaCheck> {
  const sigma = await readSigma(paths);
  const byLog = Map.groupBy(sigma.set.rules, ({ log }) => log.id);
  return { sigma, slow: [...byLog.values()].flatMap((rules) => new SigmaIndex(rules).unaided) };
}

export function sigmaRefused({ sigma }: SigmaCheck): object[] {
  return sigma.refused.map(({ file, line, rule, key, reason }) => {
    return { file, line, sid: 0, keyword: key, reason, source: 'sigma', rule };
  });
}

export function sigmaSlow({ slow }: SigmaCheck): object[] {
  return slow.map(({ file, line, title }) => ({ file, line, sid: 0, source: 'sigma', rule: title }));
}

export function sigmaText(check: SigmaCheck): string {
  const { sigma, slow } = check;
  const { refusedTotal } = sigma.set;
  const lines = [`${plural(sigma.loaded, 'Sigma rule')} can be loaded.`];
  if (refusedTotal > 0) {
    lines.push(`${formatCount(refusedTotal)} refused:`);
    for (const { rule, key, ...rest } of sigma.refused.slice(0, SHOWN))
      lines.push(`  ${refusedWords({ ...rest, keyword: key, title: rule })}`);
    if (refusedTotal > SHOWN) lines.push(`  … and ${formatCount(refusedTotal - SHOWN)} more; --json lists them.`);
  }
  if (slow.length > 0) {
    lines.push(`${plural(slow.length, 'rule')} without a text to be found by, looked at with every line of their log:`);
    for (const { file, line, title } of slow.slice(0, SHOWN))
      lines.push(`  ${printable(file)}:${line} “${printable(title)}”`);
    if (slow.length > SHOWN) lines.push(`  … and ${formatCount(slow.length - SHOWN)} more; --json lists them.`);
  }
  return `${lines.join('\n')}\n`;
}
