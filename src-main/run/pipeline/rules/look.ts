/** Whether a file that is named as one of rules can be one: captures, documents and Sigma rules are told apart. */
import { SondeError } from '../../../../src-shared/errors.ts';
import { ruleTexts } from '../../../detect/signatures/rules/lines.ts';

/** How a rule begins, known or not to Sonde: an action, whatever stands between, and what the parentheses open with. */
const ACTION =
  /^(?:alert|pass|drop|reject(?:src|dst|both)?|log|config|accept(?::\S+)?|activate|dynamic|sdrop|block)\s/i;
const ARROW = /[-=<]>|<-/;
/** Both keys, at the beginning of a line, stand in every Sigma rule. */
const SIGMA = [/^\s{0,3}logsource\s*:/m, /^\s{0,3}detection\s*:/m];
/** Of a file; more than a rule is long. */
const HEAD = 65_536;

function isLikeRule(text: string): boolean {
  if (!ACTION.test(text)) return false;
  const open = text.indexOf('(');
  // "pass it on (see below)" is a sentence: a rule has an arrow before its options, or a semicolon in them.
  return open >= 0 && (ARROW.test(text.slice(0, open)) || text.includes(';', open));
}

/**
 * A file of comments alone is one of rules, and so is one of which every rule is refused.
 * @throws SondeError `unknown-format` where something stands in it and no line looks like a rule
 */
export function expectRules(file: string, text: string): void {
  let isEmpty = true;
  for (const { text: one } of ruleTexts(text)) {
    if (isLikeRule(one)) return;
    isEmpty = false;
  }
  if (isEmpty) return;
  if (SIGMA.every((key) => key.test(text))) {
    const cure = 'On the command line: sonde triage --sigma FILE; in the desk: add them as Sigma rules.';
    throw new SondeError('unknown-format', `${file}: these are Sigma rules; use --sigma`, file, cure);
  }
  const isBinary = text.slice(0, HEAD).includes('\0');
  const why = isBinary
    ? 'it is not text'
    : 'no line looks like one: an action, hosts and ports, options in parentheses';
  const what = `${file}: an unreadable rules file, no rule stands in it (${why})`;
  throw new SondeError('unknown-format', what, file, 'Name a file of rules in Suricata’s language.');
}
