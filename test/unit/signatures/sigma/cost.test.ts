import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LOGS } from '../../../../src-main/detect/signatures/sigma/kinds.ts';
import { SigmaIndex } from '../../../../src-main/detect/signatures/sigma/rule-index.ts';
import { lineOf, ruleText, setOf } from './made.ts';

const SLOW = 60_000;

describe('many Sigma rules', () => {
  it(
    'are looked at only where a text they need is there',
    () => {
      const texts = Array.from({ length: 1000 }, (_, i) => {
        const name = `n${i.toString(36).padStart(4, '0')}`;
        return ruleText(
          'dns',
          `s:\n  query|endswith: [".${name}.example", "x-${name}"]\nf:\n  query|startswith: www\ncondition: s and not f`,
        );
      });
      const { rules } = setOf(texts.join('\n---\n'));
      expect(rules).toHaveLength(1000);
      const index = new SigmaIndex(rules);
      expect(index.unaided).toEqual([]);
      expect(index.candidates(lineOf('dns', { query: 'www.n0007.example' }))).toEqual([rules[7]]);
      expect(index.candidates(lineOf('dns', { query: 'www.other.example' }))).toEqual([]);
      expect(index.candidates(lineOf('dns', { answers: ['n0007.example'] }))).toEqual([]);
    },
    SLOW,
  );

  it('that need nothing are named', () => {
    const { rules } = setOf(
      ruleText('dns', 's:\n  query|re: a\ncondition: s'),
      ruleText('dns', 's:\n  query: a\ncondition: s'),
    );
    expect(new SigmaIndex(rules).unaided).toEqual([rules[0]]);
  });
});

describe('docs/sigma.md', () => {
  it('names every log with its fields, and every other name of them', () => {
    const text = readFileSync(new URL('../../../../docs/sigma.md', import.meta.url), 'utf8');
    for (const { id, fields } of LOGS) {
      const line = text.split('\n').find((one) => one.startsWith(`| \`${id}\` | \``)) ?? '';
      const told = [...line.split('|')[2]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
      expect(told, id).toEqual(fields.slice(6));
    }
    const modifiers =
      'contains startswith endswith all cased re cidr lt lte gt gte exists fieldref neq base64 base64offset wide utf16le utf16be utf16 windash';
    for (const one of modifiers.split(' ')) expect(text, one).toContain(`\`${one}\``);
  });
});
