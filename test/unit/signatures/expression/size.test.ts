import { describe, expect, it } from 'vitest';
import { Expression } from '../../../../src-main/detect/signatures/expression/expression.ts';
import { expandedSize } from '../../../../src-main/detect/signatures/expression/size.ts';
import { parsePcre } from '../../../../src-main/detect/signatures/content/pcre.ts';
import { Run } from '../../../../src-main/detect/signatures/content/run.ts';
import { faults, ruleText } from '../sigma/made.ts';

describe('the size of an expression', () => {
  it('multiplies counts within counts', () => {
    expect(expandedSize('a{1000}')).toBeGreaterThanOrEqual(1000);
    expect(expandedSize('(((.?){10}){10}){10}b')).toBeGreaterThan(2000);
    expect(expandedSize('[a{9}]\\{9}')).toBeLessThan(10);
  });

  it('is bounded, with the reason', () => {
    const many = '(a?){1000}'.repeat(20);
    expect(() => new Expression(many, 0)).toThrow(/counted out/);
    expect(() => parsePcre(`"/${many}/"`)).toThrow(/counted out/);
    expect(faults(ruleText('dns', `s:\n  query|re: '${many}'\ncondition: s`)).join()).toMatch(/^re: .*counted out/);
  });
});

it('a negated pcre holds where all was looked through, and only there', () => {
  const { check } = parsePcre('!"/(?:needle.){500}/"');
  const holds = (length: number): boolean => {
    const run = new Run();
    run.look(Buffer.alloc(length, 'x'), []);
    return check.match(run, [check], 0, 0);
  };
  expect(holds(100)).toBe(true);
  expect(holds(200_000)).toBe(false);
});
