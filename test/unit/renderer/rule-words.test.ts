import { describe, expect, it } from 'vitest';
import { cutText } from '../../../src-renderer/features/rules/words.ts';

describe('what is said of rules', () => {
  it('tells how often an expression looked through the beginning of a text alone', () => {
    expect(cutText(1)).toMatch(/^Once a text was longer than an expression looks through, /);
    expect(cutText(12_000)).toMatch(/^12,000 times a text was longer .* stood in none of that\.$/);
  });
});
