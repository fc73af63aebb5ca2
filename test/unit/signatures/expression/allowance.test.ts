import { describe, expect, it } from 'vitest';
import { Allowance, TOGETHER } from '../../../../src-main/detect/signatures/expression/allowance.ts';
import { Content } from '../../../../src-main/detect/signatures/content/content.ts';
import { comparedSoFar, find } from '../../../../src-main/detect/signatures/content/pattern.ts';
import { Purse } from '../../../../src-main/detect/signatures/content/purse.ts';
import { Run, type Check } from '../../../../src-main/detect/signatures/content/run.ts';
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

/** Contents one after another, each behind the one before. */
function chain(...texts: string[]): Check[] {
  const contents = texts.map((text) => new Content(Buffer.from(text), false));
  for (const one of contents.slice(1)) one.distance = 0;
  contents.forEach((one, i) => one.settle(contents[i + 1]));
  return contents;
}

describe('what rules take together in looking', () => {
  const dear = chain('a', 'a', 'a', 'q');
  const cheap = chain('a');
  const text = Buffer.alloc(20_000, 'a');

  it('has an end, which is told; the same looks always come as far', () => {
    const cuts = [1, 2].map(() => {
      const run = new Run();
      run.purse = new Purse(40_000);
      let held = 0;
      while (run.look(text, cheap)) held++;
      for (let i = 0; i < 100; i++) expect(run.look(text, dear)).toBe(false);
      return [held, run.cut];
    });
    expect(cuts[0]).toEqual(cuts[1]);
    expect(cuts[0]![0]).toBeGreaterThan(100);
    expect(cuts[0]![1]).toBeGreaterThan(100);
  });

  it('is filled up by what comes', () => {
    const run = new Run();
    run.purse = new Purse(0);
    expect(run.look(text, cheap)).toBe(false);
    run.purse.fill(1400);
    expect(run.look(text, cheap)).toBe(true);
  });

  it('ends the looks of one rule that tries again and again, and says so', () => {
    const run = new Run();
    expect([run.look(text, dear), run.cut]).toEqual([false, 1]);
    expect([run.look(Buffer.from('aab'), dear), run.cut]).toEqual([false, 1]);
  });
});

describe('searching', () => {
  it('finds what byte by byte finds, in a time that grows with the text alone', () => {
    const needle = Buffer.from(`${'a'.repeat(4000)}b`);
    const text = Buffer.from(`${'a'.repeat(100_000)}b${'a'.repeat(50)}`);
    for (const nocase of [false, true]) {
      const before = comparedSoFar();
      expect(find(text, needle, 7, text.length, nocase)).toBe(96_000);
      expect(find(text, needle, 96_001, text.length, nocase)).toBe(-1);
      expect(find(text, needle, 0, 100_000, nocase)).toBe(-1);
      expect(comparedSoFar() - before).toBeLessThan(4 * text.length);
    }
    expect(find(Buffer.from('xxaxa'), Buffer.from('a'), 3, 4, false)).toBe(-1);
    expect(find(Buffer.from('xxaxa'), Buffer.from('a'), 3, 5, false)).toBe(4);
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
