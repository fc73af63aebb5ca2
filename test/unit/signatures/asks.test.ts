/** What rules ask of the application layer: what nobody asks for is not put together. */
import { describe, expect, it } from 'vitest';
import { ANY } from '../../../src-main/detect/signatures/app/types.ts';
import { indexOf, type RuleIndex } from '../../../src-main/detect/signatures/engine/index.ts';
import { emptyRuleSet, orderRules, parseRules } from '../../../src-main/detect/signatures/rules/parse.ts';

function index(...rules: string[]): RuleIndex {
  const set = emptyRuleSet();
  parseRules(rules.map((rule, i) => `${rule} sid:${i + 1}; rev:1;)`).join('\n'), 'made', set);
  expect(set.refusedTotal).toBe(0);
  orderRules(set);
  return indexOf(set);
}

describe('what rules ask for', () => {
  it('is asked in the direction that they are about', () => {
    const one = index('alert http any any -> any any (msg:"a"; flow:established,to_server; http.header; content:"x";');
    expect([one.asks('http.header', 0), one.asks('http.header', 1)]).toEqual([true, false]);
    const both = index('alert http any any -> any any (msg:"b"; http.content_type; content:"x";');
    expect([both.asks('http.content_type', 0), both.asks('http.content_type', 1)]).toEqual([true, true]);
    const whole = index(
      'alert http any any => any any (msg:"c"; http.uri; content:"x"; http.stat_code; content:"200";',
    );
    expect([whole.asks('http.uri', 1), whole.asks(ANY, 1)]).toEqual([true, true]);
  });

  it('of answers is not what needs a question beside it', () => {
    const names = ['dns.rrtype', 'dns.answers.rrname', ANY];
    const asked = (...rules: string[]): boolean => index(...rules).asksWithout(names, 'dns.query');
    const question = 'alert dns any any -> any any (msg:"a"; dns.query; content:"x"; dns.rrtype:10;';
    expect(asked(question)).toBe(false);
    expect(asked(question, 'alert dns any any -> any any (msg:"b"; dns.rrtype:10;')).toBe(true);
    expect(asked(question, 'alert dns any any -> any any (msg:"b"; dns.answers.rrname; content:"y";')).toBe(true);
    expect(asked(question, 'alert dns any any -> any any (msg:"b"; dns.query; absent;')).toBe(true);
  });
});
