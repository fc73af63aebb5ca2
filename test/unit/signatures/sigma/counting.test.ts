import { describe, expect, it } from 'vitest';
import type { DnsMessage } from '../../../../src-main/meter/protocols/types.ts';
import { BEGIN, Bench, faults, ruleText, setOf } from './made.ts';

let flows = 0;

/** A question with its answer, at a time in seconds from the beginning. */
function lookup(name: string, at: number, rcode = 0, orig = 1): DnsMessage[] {
  const flow = ++flows;
  const head = { kind: 'dns' as const, variant: 'dns' as const, nano: 0, flow, orig, resp: 2, respPort: 53, id: flow };
  const body = { qname: name, qtype: 1, addresses: [], names: [], answers: 0, size: 100, answerBytes: 0 };
  const rest = { authoritative: false, ttl: 0 };
  const question: DnsMessage = {
    ...head,
    ...body,
    ...rest,
    sec: BEGIN + at,
    fromOrig: true,
    response: false,
    rcode: 0,
  };
  return [question, { ...question, fromOrig: false, response: true, rcode }];
}

function counted(text: string | string[], ...lookups: DnsMessage[][]): number {
  const bench = new Bench(...[text].flat());
  for (const one of lookups) bench.hear(...one);
  return bench.done().report.signatures.reduce((sum, { count }) => sum + count, 0);
}

describe('counts of the older kind', () => {
  const rule = (count: string, more = 'timeframe: 10s'): string =>
    ruleText('dns', `s:\n  rcode_name: NXDOMAIN\n${more}\ncondition: s | ${count}`);
  const misses = (...times: number[]): DnsMessage[][] => times.map((at) => lookup(`x${at}.example`, at, 3));

  it('tell when so many came within the time, and begin anew', () => {
    expect(counted(rule('count() > 3'), ...misses(0, 3, 6))).toBe(0);
    expect(counted(rule('count() > 3'), ...misses(0, 3, 6, 10))).toBe(1);
    expect(counted(rule('count() > 3'), ...misses(0, 3, 6, 11))).toBe(0);
    expect(counted(rule('count() >= 3'), ...misses(0, 1, 2, 3, 4, 5, 6))).toBe(2);
    expect(counted(rule('count() >= 3', ''), ...misses(0, 1000, 2000))).toBe(1);
  });

  it('count each group by itself', () => {
    const some = [0, 1, 2, 3].map((at) => lookup('a.example', at, 3, 1 + (at % 2)));
    expect(counted(rule('count() by src_ip > 1'), ...some)).toBe(2);
    expect(counted(rule('count() by id.orig_h, query > 3'), ...some)).toBe(0);
    expect(counted(rule('count() by query > 3'), ...some)).toBe(1);
    expect(counted(rule('count() by answers > 1'), ...some)).toBe(0);
  });

  it('count different values', () => {
    const same = [0, 1, 2, 3].map((at) => lookup('a.example', at, 3));
    expect(counted(rule('count(query) by src_ip > 2'), ...same)).toBe(0);
    expect(counted(rule('count(query) by src_ip > 2'), ...misses(0, 1, 2))).toBe(1);
    expect(counted(rule('count(query) by src_ip > 2'), ...misses(0, 1, 12))).toBe(0);
  });

  it('say in their evidence what came together, from the first event on', () => {
    const bench = new Bench(rule('count() by src_ip >= 2'));
    for (const one of misses(0, 1, 2, 3)) bench.hear(...one);
    const { findings, report } = bench.done();
    expect(report.signatures).toMatchObject([{ message: 'A rule', count: 2, source: 'sigma', level: 'medium' }]);
    expect(findings).toMatchObject([
      {
        title: 'A rule: 192.168.1.10 to 203.0.113.5',
        severity: 'warning',
        sources: [1],
        targets: [2],
        first: { sec: BEGIN },
        last: { sec: BEGIN + 3 },
        domainsTotal: 4,
        flowsTotal: 4,
        evidence: [
          { value: 4, unit: 'events' },
          { fact: 'Times that 2 such events came together within 10 s, by “A rule”', value: 2 },
          { fact: expect.stringContaining('rcode_name = NXDOMAIN') as string },
        ],
      },
    ]);
  });

  it('are refused where they cannot be kept', () => {
    expect(faults(rule('count() > 10000'))).toEqual(['count: from 1 to 10000 can be counted']);
    expect(faults(rule('count() > 1', 'timeframe: soon'))).toHaveLength(1);
    expect(faults(rule('count(nosuch) > 1'))).toHaveLength(1);
    expect(faults(ruleText('dns', 's:\n  query: x\ntimeframe: 1m\ncondition: s'))).toEqual([
      'timeframe: nothing is counted over it',
    ]);
  });
});

describe('rules of correlation', () => {
  const base = (name: string, query: string): string =>
    ruleText('dns', `s:\n  query|startswith: ${query}\ncondition: s`, `name: ${name}`);
  const about = (correlation: string, more = ''): string =>
    `title: Together\nlevel: high\n${more}\ncorrelation:\n${correlation
      .split('\n')
      .map((line) => `  ${line}`)
      .join('\n')}`;

  it('count events, alone or of several rules, wherever they stand', () => {
    const rule = about(
      'type: event_count\nrules: [one, two]\ngroup-by: [id.orig_h]\ntimespan: 10s\ncondition:\n  gte: 3',
    );
    const texts = [rule, base('one', 'a'), base('two', 'b')];
    expect(counted(texts, lookup('a1', 0), lookup('b1', 1), lookup('a2', 2))).toBe(1);
    expect(counted(texts, lookup('a1', 0), lookup('b1', 1), lookup('a2', 12))).toBe(0);
    expect(counted(texts, lookup('a1', 0), lookup('b1', 1), lookup('a2', 2, 0, 2))).toBe(0);
  });

  it('count different values', () => {
    const rule = about(
      'type: value_count\nrules: one\ngroup-by: [src_ip]\ntimespan: 1m\ncondition:\n  field: query\n  gt: 2',
    );
    const texts = [base('one', 'a'), rule];
    expect(counted(texts, lookup('a1', 0), lookup('a1', 1), lookup('a2', 2))).toBe(0);
    expect(counted(texts, lookup('a1', 0), lookup('a3', 1), lookup('a2', 2))).toBe(1);
  });

  it('tell that rules met, in any order or in theirs', () => {
    const texts = (type: string): string[] => [
      base('one', 'a'),
      base('two', 'b'),
      about(`type: ${type}\nrules: [one, two]\ngroup-by: [id.orig_h]\ntimespan: 5s`),
    ];
    expect(counted(texts('temporal'), lookup('b', 0), lookup('a', 4))).toBe(1);
    expect(counted(texts('temporal'), lookup('b', 0), lookup('a', 6))).toBe(0);
    expect(counted(texts('temporal'), lookup('b', 0), lookup('a', 4, 0, 2))).toBe(0);
    expect(counted(texts('temporal_ordered'), lookup('b', 0), lookup('a', 4))).toBe(0);
    expect(counted(texts('temporal_ordered'), lookup('a', 0), lookup('b', 4))).toBe(1);
    expect(counted(texts('temporal_ordered'), lookup('a', 0), lookup('a', 5), lookup('b', 9))).toBe(1);
    expect(counted(texts('temporal_ordered'), lookup('a', 0), lookup('b', 6))).toBe(0);
  });

  it('name fields differently by rule with aliases', () => {
    const web = ruleText('http', 's:\n  method: GET\ncondition: s', 'name: web');
    const rule = about(
      'type: temporal\nrules: [one, web]\ngroup-by: [who]\naliases:\n  who:\n    one: answers\n    web: id.resp_h\ntimespan: 5s',
    );
    expect(setOf(base('one', 'a'), web, rule).correlations).toMatchObject([
      { rules: [{ by: [expect.any(Number) as number] }, { by: [3] }] },
    ]);
    expect(faults(base('one', 'a'), web, rule.replace('web: id.resp_h', 'x: y'))).toHaveLength(1);
  });

  it('silence their rules, unless these are to tell as well', () => {
    const rule = 'type: event_count\nrules: [one]\ntimespan: 10s\ncondition:\n  gte: 2';
    const twice = [lookup('a', 0), lookup('a', 1)];
    expect(counted([base('one', 'a'), about(rule)], ...twice)).toBe(1);
    expect(counted([base('one', 'a'), about(rule, 'generate: true')], ...twice)).toBe(3);
  });

  it.each([
    ['type: event_count\nrules: [none]\ntimespan: 1m\ncondition: {gte: 1}', 'rules'],
    ['type: value_sum\nrules: [one]\ntimespan: 1m', 'type'],
    ['type: event_count\nrules: []\ntimespan: 1m', 'rules'],
    ['type: event_count\nrules: [one]\ntimespan: soon\ncondition: {gte: 1}', 'timespan'],
    ['type: event_count\nrules: [one]\ntimespan: 1m\ncondition: {lt: 1}', 'condition'],
    ['type: event_count\nrules: [one]\ntimespan: 1m\ncondition: {gte: 1, field: query}', 'condition'],
    ['type: value_count\nrules: [one]\ntimespan: 1m\ncondition: {gte: 1}', 'condition'],
    ['type: temporal\nrules: [one]\ntimespan: 1m\ncondition: {gte: 1}', 'condition'],
    ['type: event_count\nrules: [one]\ngroup-by: [nosuch]\ntimespan: 1m\ncondition: {gte: 1}', 'nosuch'],
  ])('%j is refused', (correlation, key) => {
    expect(setOf(base('one', 'a'), about(correlation)).refused).toMatchObject([{ rule: 'Together', key }]);
  });
});
