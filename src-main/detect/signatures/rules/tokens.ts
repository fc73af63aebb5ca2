/** A rule's text to its header's words and its options. */
import { RuleFault } from './fault.ts';
import { RULES_LIMITS } from './limits.ts';

export interface Option {
  name: string;
  /** As written, without the spaces around it; undefined: it has none. */
  value: string | undefined;
}

export interface RuleTokens {
  action: string;
  protocol: string;
  source: string;
  sourcePorts: string;
  arrow: string;
  destination: string;
  destinationPorts: string;
  options: Option[];
}

/** Splits at spaces that stand outside of brackets. */
function words(text: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let word = '';
  for (const c of text) {
    if (c === '[') depth++;
    else if (c === ']') depth--;
    const isSpace = c === ' ' || c === '\t';
    if (!isSpace) word += c;
    if (isSpace && depth <= 0 && word !== '') {
      out.push(word);
      word = '';
    }
  }
  if (word !== '') out.push(word);
  return out;
}

/** @throws RuleFault */
export function tokenize(text: string): RuleTokens {
  if (text.length > RULES_LIMITS.ruleCharacters) throw new RuleFault('rule', 'longer than a rule may be');
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) throw new RuleFault('rule', 'has no options in parentheses');
  const head = words(text.slice(0, open));
  const options = optionsOf(text.slice(open + 1, close));
  const [action = '', protocol = ''] = head;
  if (head.length === 2) {
    const any = 'any';
    return {
      action,
      protocol,
      source: any,
      sourcePorts: any,
      arrow: '->',
      destination: any,
      destinationPorts: any,
      options,
    };
  }
  if (head.length !== 7) throw new RuleFault('rule', `its header has ${head.length} parts instead of 7`);
  const [, , source, sourcePorts, arrow, destination, destinationPorts] = head as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return { action, protocol, source, sourcePorts, arrow, destination, destinationPorts, options };
}

/** Options end with a semicolon; within quotes or after a backslash it is part of the value. */
function optionsOf(text: string): Option[] {
  const out: Option[] = [];
  let from = 0;
  let quoted = false;
  const add = (end: number): void => {
    const part = text.slice(from, end).trim();
    from = end + 1;
    if (part === '') return;
    if (out.length >= RULES_LIMITS.options) throw new RuleFault('rule', 'has more options than a rule may');
    out.push(optionOf(part));
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === '"') quoted = !quoted;
    else if (c === ';' && !quoted) add(i);
  }
  if (quoted) throw new RuleFault('rule', 'a quotation mark is not closed');
  const rest = text.slice(from).trim();
  if (rest !== '')
    throw new RuleFault(optionOf(rest).name, 'a semicolon is missing at its end: write one before the last )');
  return out;
}

function optionOf(part: string): Option {
  const colon = part.indexOf(':');
  if (colon < 0) return { name: part.toLowerCase(), value: undefined };
  return { name: part.slice(0, colon).trim().toLowerCase(), value: part.slice(colon + 1).trim() };
}

/** The text within quotes, and whether it is negated. Without quotes: as it stands. */
export function unquote(value: string): { text: string; negated: boolean } {
  let text = value.trim();
  const negated = text.startsWith('!');
  if (negated) text = text.slice(1).trim();
  if (text.length >= 2 && text.startsWith('"') && text.endsWith('"')) text = text.slice(1, -1);
  return { text, negated };
}

/** At commas, without the spaces around. */
export function listOf(value: string): string[] {
  return value.split(',').map((part) => part.trim());
}
