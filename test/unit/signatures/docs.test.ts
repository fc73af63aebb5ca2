import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DECODE_EVENTS } from '../../../src-main/detect/signatures/decode/events.ts';
import { KEYWORDS } from '../../../src-main/detect/signatures/rules/keywords/registry.ts';

describe('docs/rules.md', () => {
  it('names every keyword, and every event of the decoder', () => {
    const text = readFileSync(new URL('../../../docs/rules.md', import.meta.url), 'utf8');
    const missing = [...KEYWORDS.keys(), ...DECODE_EVENTS].filter((word) => !text.includes(`\`${word}\``));
    expect(missing).toEqual([]);
  });
});
