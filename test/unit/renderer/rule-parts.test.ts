/** A rule's text cut into parts: none of it is lost, and what it looks for is told from the rest. */
import { describe, expect, it } from 'vitest';
import { linesOfRule, type RulePart } from '../../../src-renderer/features/rules/rule-parts.ts';

const texts = (lines: readonly RulePart[][]): string[] => lines.map((parts) => parts.map(({ text }) => text).join(''));
const of = (lines: readonly RulePart[][], kind: RulePart['kind']): string[] =>
  lines.flat().flatMap((part) => (part.kind === kind ? [part.text] : []));

describe('a rule in Suricata’s language', () => {
  const rule =
    'alert http any any -> any any (msg:"a; b \\" c"; http.uri; content:"/E;VIL"; nocase; content:!"x"; sid:1;)';
  const lines = linesOfRule(rule);

  it('has a line for its header and for each option', () => {
    expect(texts(lines)).toEqual([
      'alert http any any -> any any (',
      '  msg:"a; b \\" c";',
      '  http.uri;',
      '  content:"/E;VIL";',
      '  nocase;',
      '  content:!"x";',
      '  sid:1;',
      ')',
    ]);
  });

  it('marks what it looks for, and not what must be absent', () => {
    expect(of(lines, 'match')).toEqual(['"/E;VIL"']);
    expect(of(lines, 'not')).toEqual(['!"x"']);
    expect(of(lines, 'value')).toEqual(['"a; b \\" c"', '1']);
  });

  it('of any shape loses no letter but blanks', () => {
    for (const text of [
      '',
      'x',
      '(',
      'alert (;;',
      'alert (msg:"',
      'alert (a:\\',
      '<b>alert</b> (msg:"<img>";)',
      'x'.repeat(70_000),
    ])
      expect(texts(linesOfRule(text)).join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
  });
});

describe('a Sigma rule', () => {
  const rule =
    'title: A\n# why\nlogsource:\n  product: zeek\ndetection:\n  s:\n    uri|contains:\n      - /EVIL\n  condition: s\n';
  const lines = linesOfRule(rule);

  it('stays as it is written', () => {
    expect(texts(lines).join('\n')).toBe(rule);
  });

  it('marks the values of its detection', () => {
    expect(of(lines, 'match').filter(Boolean)).toEqual(['/EVIL', 's']);
    expect(of(lines, 'key')).toContain('uri|contains');
    expect(of(lines, 'remark')).toEqual(['# why']);
  });
});
