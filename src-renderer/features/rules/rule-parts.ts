/** A rule's text cut into parts that are shown in their own colours; the parts together are the text. */
export type PartKind = 'plain' | 'head' | 'key' | 'value' | 'match' | 'not' | 'remark';

export interface RulePart {
  kind: PartKind;
  text: string;
}

/** Of a rule's text; more is shown as it is. */
const LETTERS = 65_536;
/** Options that say what bytes are looked for. */
const MATCHES: ReadonlySet<string> = new Set([
  'content',
  'pcre',
  'uricontent',
  'dataset',
  'byte_test',
  'bsize',
  'dsize',
]);
const OPTION = /^(\s*)([^\s:;]+)(\s*:\s*)?([\s\S]*)$/;
const YAML_KEY = /^(\s*(?:-\s+)*)([^\s#:'"][^#:]*|"[^"]*"|'[^']*')(:)(?=\s|$)(.*)$/;

/** Lines of parts: of rules in Suricata's language the header, then each option. */
export function linesOfRule(text: string): RulePart[][] {
  if (text.length > LETTERS) return [[{ kind: 'plain', text }]];
  return /^(?:title|logsource|detection|correlation|id|name)\s*:/m.test(text) ? yamlLines(text) : suricataLines(text);
}

function suricataLines(text: string): RulePart[][] {
  const open = text.indexOf('(');
  if (open < 0) return [[{ kind: 'plain', text }]];
  const options = optionsOf(text.slice(open + 1)).map((one): RulePart[] =>
    one === ')' ? [{ kind: 'head', text: one }] : [{ kind: 'plain', text: '  ' }, ...partsOf(one)],
  );
  return [[{ kind: 'head', text: text.slice(0, open + 1) }], ...options];
}

/** Each up to its semicolon; quotes and backslashes keep those inside from ending it. */
function optionsOf(text: string): string[] {
  const options: string[] = [];
  let from = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === '\\') i++;
    else if (letter === '"') quoted = !quoted;
    else if (letter === ';' && !quoted) {
      options.push(text.slice(from, i + 1).trim());
      from = i + 1;
    }
  }
  const rest = text.slice(from).trim();
  return rest === '' ? options : [...options, rest];
}

function partsOf(option: string): RulePart[] {
  const [, , key = '', colon = '', rest = ''] = OPTION.exec(option) ?? [];
  if (colon === '') return [{ kind: 'key', text: option }];
  const value = rest.endsWith(';') ? rest.slice(0, -1) : rest;
  const kind = !MATCHES.has(key) ? 'value' : value.startsWith('!') ? 'not' : 'match';
  return [
    { kind: 'key', text: key },
    { kind: 'plain', text: colon },
    { kind, text: value },
    { kind: 'plain', text: rest.slice(value.length) },
  ];
}

/** What stands below `detection` is what the rule looks for. */
function yamlLines(text: string): RulePart[][] {
  let inside = false;
  return text.split('\n').map((line) => {
    if (/^\S/.test(line) && !line.startsWith('#')) inside = /^(?:detection|correlation)\s*:/.test(line);
    return yamlLine(line, inside);
  });
}

function yamlLine(line: string, inside: boolean): RulePart[] {
  if (/^\s*#/.test(line)) return [{ kind: 'remark', text: line }];
  const kind = inside ? 'match' : 'value';
  const [, before = '', key, colon = '', rest = ''] = YAML_KEY.exec(line) ?? [];
  if (key === undefined) {
    const [, blank = '', value = ''] = /^(\s*(?:-\s+)*)(.*)$/.exec(line) ?? [];
    return [
      { kind: 'plain', text: blank },
      { kind, text: value },
    ];
  }
  return [
    { kind: 'plain', text: before },
    { kind: 'key', text: key },
    { kind: 'plain', text: colon + (/^\s*/.exec(rest)?.[0] ?? '') },
    { kind, text: rest.trimStart() },
  ];
}
