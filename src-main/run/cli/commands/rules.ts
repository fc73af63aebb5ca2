/** `sonde rules check FILE…`: which rules of signatures would be loaded, and why the others are refused. */
import { rulesWithoutContent } from '../../../detect/signatures/rules/advice.ts';
import type { RuleSet } from '../../../detect/signatures/rules/parse.ts';
import { helpOf, parseArguments, usageError, type CommandSpec } from '../arguments.ts';
import { EXIT } from '../errors.ts';
import { refusedWords } from '../refused.ts';
import { readRules } from '../rules-file.ts';
import { checkSigma, divided, sigmaRefused, sigmaSlow, sigmaText, type SigmaCheck } from '../sigma-check.ts';
import { formatCount, plural } from '../words.ts';

export const RULES: CommandSpec = {
  name: 'rules',
  usage: 'sonde rules check FILE… [options]',
  summary:
    'Reads files of rules in Suricata’s language, and of Sigma rules (.yml, .yaml, or a folder of them), and says which\n' +
    'would be loaded. Each that is refused is named with its line, its sid or title and the keyword in the way;\n' +
    'docs/rules.md and docs/sigma.md list what is supported.',
  options: [
    { name: 'json', help: 'print one JSON document (schema sonde.rules-check/1)' },
    { name: 'help', help: 'show this' },
  ],
};

/** Refused rules that people are shown. */
const SHOWN = 50;

export async function rulesCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(RULES, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(RULES));
    return EXIT.DONE;
  }
  const [action, ...files] = parsed.files;
  if (action !== 'check' || files.length === 0)
    throw usageError('rules: what is to be done is missing', 'rules', 'Write sonde rules check FILE.');
  const { sigma, others } = await divided(files);
  const set = others.length === 0 ? undefined : await readRules(others);
  const check = sigma.length === 0 ? undefined : await checkSigma(sigma);
  const texts = [set ? textOf(set) : '', check ? sigmaText(check) : ''];
  process.stdout.write(parsed.on('json') ? `${JSON.stringify(documentOf(set, check), null, 1)}\n` : texts.join(''));
  return EXIT.DONE;
}

function documentOf(set: RuleSet | undefined, check: SigmaCheck | undefined): object {
  return {
    schema: 'sonde.rules-check/1',
    loaded: (set?.rules.length ?? 0) + (check?.sigma.loaded ?? 0),
    refusedTotal: (set?.refusedTotal ?? 0) + (check?.sigma.set.refusedTotal ?? 0),
    refused: [...(set?.refused ?? []), ...(check ? sigmaRefused(check) : [])],
    slow: [...(set ? rulesWithoutContent(set.rules) : []), ...(check ? sigmaSlow(check) : [])],
  };
}

function textOf(set: RuleSet): string {
  const { rules, refused, refusedTotal } = set;
  const lines = [`${plural(rules.length, 'rule')} can be loaded.`];
  if (refusedTotal > 0) {
    lines.push(`${formatCount(refusedTotal)} refused:`);
    for (const each of refused.slice(0, SHOWN)) lines.push(`  ${refusedWords(each)}`);
    if (refusedTotal > SHOWN) lines.push(`  … and ${formatCount(refusedTotal - SHOWN)} more; --json lists them.`);
  }
  const slow = rulesWithoutContent(rules);
  if (slow.length > 0) {
    lines.push(`${plural(slow.length, 'rule')} without a content to be found by, looked at each time:`);
    lines.push(
      `  sid ${slow
        .slice(0, SHOWN)
        .map(({ sid }) => sid)
        .join(', ')}${slow.length > SHOWN ? ' …' : ''}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
