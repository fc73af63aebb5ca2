/** `sonde rules check FILE…`: which rules of signatures would be loaded, and why the others are refused. */
import { rulesWithoutContent } from '../../../detect/signatures/rules/advice.ts';
import type { RuleSet } from '../../../detect/signatures/rules/parse.ts';
import { helpOf, parseArguments, usageError, type CommandSpec } from '../arguments.ts';
import { EXIT } from '../errors.ts';
import { readRules } from '../rules-file.ts';
import { formatCount, plural, printable } from '../words.ts';

export const RULES: CommandSpec = {
  name: 'rules',
  usage: 'sonde rules check FILE… [options]',
  summary:
    'Reads files of rules in Suricata’s language and says which would be loaded. Each that is refused is named with its\n' +
    'line, its sid and the keyword in the way; docs/rules.md lists what is supported.',
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
  const set = await readRules(files);
  process.stdout.write(parsed.on('json') ? `${JSON.stringify(documentOf(set), null, 1)}\n` : textOf(set));
  return EXIT.DONE;
}

function documentOf(set: RuleSet): object {
  return {
    schema: 'sonde.rules-check/1',
    loaded: set.rules.length,
    refusedTotal: set.refusedTotal,
    refused: set.refused,
    slow: rulesWithoutContent(set.rules),
  };
}

function textOf(set: RuleSet): string {
  const { rules, refused, refusedTotal } = set;
  const lines = [`${plural(rules.length, 'rule')} can be loaded.`];
  if (refusedTotal > 0) {
    lines.push(`${formatCount(refusedTotal)} refused:`);
    for (const { file, line, sid, keyword, reason } of refused.slice(0, SHOWN))
      lines.push(`  ${printable(file)}:${line} sid ${sid}: ${printable(keyword)}: ${printable(reason)}`);
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
