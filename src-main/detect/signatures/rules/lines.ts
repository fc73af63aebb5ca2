/** A file of rules to the texts of its rules: comments, blank lines and lines continued with a backslash. */

export interface RuleText {
  text: string;
  /** Of its first line, from 1. */
  line: number;
}

export function* ruleTexts(file: string): Generator<RuleText> {
  let text = '';
  let first = 0;
  let line = 0;
  for (const raw of lines(file)) {
    line++;
    const part = raw.trim();
    if (text === '') {
      if (part === '' || part.startsWith('#')) continue;
      first = line;
    }
    if (part.endsWith('\\')) {
      text += `${part.slice(0, -1)} `;
      continue;
    }
    yield { text: text + part, line: first };
    text = '';
  }
  if (text !== '') yield { text, line: first };
}

function* lines(file: string): Generator<string> {
  let at = file.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < file.length) {
    let end = file.indexOf('\n', at);
    if (end < 0) end = file.length;
    yield file.slice(at, end);
    at = end + 1;
  }
}
