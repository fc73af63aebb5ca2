import { describe, expect, it } from 'vitest';
import { Allowance, TOGETHER } from '../../../../src-main/detect/signatures/expression/allowance.ts';
import { addRule, emptyRuleSet, orderRules, parseRules } from '../../../../src-main/detect/signatures/rules/parse.ts';
import { alerts, rulesOf, run, Talk } from '../talk.ts';

const rule = (sid: number, options: string): string =>
  `alert tcp any any -> any any (content:"x"; ${options}; sid:${sid};)`;
/** About 6,000 parts. */
const LARGE = '(?:ab?){500}'.repeat(2);

describe('the expressions of a set together', () => {
  it('are bounded: what is beyond is refused by file, line and number', () => {
    const set = { ...emptyRuleSet(), allowance: new Allowance(15_000) };
    const texts = [1, 2, 3].map((sid) => rule(sid, `pcre:"/${LARGE}/"`));
    parseRules([...texts, rule(4, 'content:"y"')].join('\n'), 'large.rules', set);
    expect(set.rules.map(({ sid }) => sid)).toEqual([1, 2, 4]);
    expect(set.refused).toEqual([
      { file: 'large.rules', line: 3, sid: 3, keyword: 'pcre', reason: expect.stringContaining('together') },
    ]);
  });

  it('count those of transforms too, and those of refused rules', () => {
    const set = { ...emptyRuleSet(), allowance: new Allowance(15_000) };
    parseRules([1, 2].map((sid) => rule(sid, `pcre:"/${LARGE}/"; lua:none`)).join('\n'), 'a.rules', set);
    const transform = `alert http any any -> any any (http.uri; pcrexform:"(${LARGE})"; content:"x"; sid:3;)`;
    parseRules(transform, 'b.rules', set);
    expect(set.refused.map(({ sid, keyword }) => [sid, keyword])).toEqual([
      [1, 'lua'],
      [2, 'lua'],
      [3, 'pcrexform'],
    ]);
  });

  it('leave room for sets of tens of thousands of rules', () => {
    expect(TOGETHER).toBeGreaterThan(30_000 * 50);
  });
});

describe('pcrexform', () => {
  it('is bounded like pcre', () => {
    const text = `alert http any any -> any any (http.uri; pcrexform:"${LARGE}${LARGE}"; content:"x"; sid:1;)`;
    expect(rulesOf(text).refused).toMatchObject([{ keyword: 'pcrexform', reason: expect.stringContaining('counted') }]);
    const long = `alert http any any -> any any (http.uri; pcrexform:"${'a'.repeat(9000)}"; content:"x"; sid:1;)`;
    expect(rulesOf(long).refused).toMatchObject([{ keyword: 'pcrexform', reason: 'longer than a pattern may be' }]);
  });
});

describe('text beyond what an expression looks through', () => {
  const body = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20004\r\n\r\nxyz!${'-'.repeat(20_000)}`;
  const talk = new Talk(80).open();
  for (let at = 0; at < body.length; at += 1400) talk.up(body.slice(at, at + 1400));
  const { frames } = talk.close();
  const web = (pcre: string): string =>
    `alert http any any -> any any (http.request_body; content:"xyz"; pcre:"${pcre}"; sid:1;)`;

  it('is counted in the report', () => {
    expect(run(rulesOf(web(`/${LARGE}q/`)), frames).rules.cut).toBe(1);
  });

  it('is not where the expression stands before, or all was looked through', () => {
    expect(run(rulesOf(web(`/xyz!|${LARGE}q/`)), frames).rules).not.toHaveProperty('cut');
    expect(run(rulesOf(web('/never/')), frames).rules).not.toHaveProperty('cut');
  });
});

describe('expressions that are known', () => {
  const broken = rule(1, 'pcre:"/x(/"');

  it('are not tried when they are read; what is none after all stands nowhere', () => {
    const set = emptyRuleSet();
    addRule(broken, { file: 'own.rules', line: 1 }, set, undefined, true);
    orderRules(set);
    expect(set.refused).toEqual([]);
    const { frames } = new Talk(80).open().up('x(x').close();
    expect(run(set, frames).signatures).toEqual([]);
  });

  it('are refused where they are not known, and hold where they are sound', () => {
    expect(rulesOf(broken).refused).toMatchObject([{ keyword: 'pcre' }]);
    const { frames } = new Talk(80).open().up('xax').close();
    const set = emptyRuleSet();
    addRule(rule(1, 'pcre:"/x[a-c]x/"'), { file: 'own.rules', line: 1 }, set, undefined, true);
    orderRules(set);
    expect(run(set, frames).signatures).toMatchObject([{ sid: 1, count: 1 }]);
    expect(alerts(rule(1, 'pcre:"/x[d-f]x/"'), frames)).toEqual({});
  });
});
