/** Rules that take the place of others while a run goes on: what stays of what was counted, and what is asked for. */
import { describe, expect, it } from 'vitest';
import { Sigma } from '../../../../src-main/detect/signatures/sigma/sigma.ts';
import type { DnsMessage } from '../../../../src-main/meter/protocols/types.ts';
import { Bench, BEGIN, ruleText, setOf } from './made.ts';

/** An answer: its line is written at once. */
const dns = (query: string, sec = BEGIN): DnsMessage => ({
  kind: 'dns',
  variant: 'dns',
  flow: 1,
  orig: 1,
  resp: 2,
  respPort: 53,
  sec,
  nano: 0,
  fromOrig: false,
  response: true,
  id: 1,
  rcode: 0,
  qname: query,
  qtype: 1,
  addresses: [],
  names: [],
  answers: 0,
  size: 40,
  answerBytes: 0,
  authoritative: false,
  ttl: 0,
});
const asked = (query: string, more = ''): string => ruleText('dns', `s:\n  query: ${query}\ncondition: s${more}`);
const COUNTED = ' | count() > 2\ntimeframe: 1h';

describe('rules that are read again', () => {
  it('find in what follows, and those that are gone find no more, but stay told', () => {
    const bench = new Bench(asked('a.example'));
    bench.hear(dns('a.example'), dns('b.example'));
    bench.match.reload(setOf(asked('b.example')));
    bench.hear(dns('a.example', BEGIN + 1), dns('b.example', BEGIN + 1));
    const { report, findings } = bench.done();
    expect(report.signatures.map(({ count }) => count)).toEqual([1, 1]);
    expect(report.rules.loaded).toBe(1);
    expect(findings).toHaveLength(2);
  });

  it('go on counting where they are the same, whatever came before them in their file', () => {
    const counting = asked('a.example', COUNTED);
    const bench = new Bench(counting);
    bench.hear(dns('a.example'), dns('a.example', BEGIN + 1));
    bench.match.reload(setOf(counting, asked('b.example')));
    bench.hear(dns('a.example', BEGIN + 2));
    expect(bench.done().report.signatures).toEqual([expect.objectContaining({ count: 1 })]);
  });

  it('begin to count anew where their text has changed', () => {
    const bench = new Bench(asked('a.example', COUNTED));
    bench.hear(dns('a.example'), dns('a.example', BEGIN + 1));
    bench.match.reload(setOf(asked('a.example', `${COUNTED}\n`).replace('A rule', 'Another')));
    bench.hear(dns('a.example', BEGIN + 2));
    expect(bench.done().report.signatures).toEqual([]);
  });

  it('add to the same case, so that nothing is told twice', () => {
    const bench = new Bench(asked('a.example'));
    bench.hear(dns('a.example'));
    bench.match.reload(setOf(asked('a.example')));
    bench.hear(dns('a.example', BEGIN + 1));
    const { report, findings } = bench.done();
    expect(report.signatures).toEqual([expect.objectContaining({ count: 2 })]);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.evidence[0]!.value).toBe(2);
  });

  it('may ask for logs that none asked for, or come where there were none', () => {
    const bench = new Bench();
    bench.hear(dns('a.example'));
    bench.match.reload(setOf(asked('a.example'), ruleText('http', 's:\n  host: h\ncondition: s')));
    bench.hear(dns('a.example', BEGIN + 1));
    expect(bench.done().report.signatures).toEqual([expect.objectContaining({ count: 1 })]);
  });

  it('reach every run that was made of them', () => {
    const sigma = Sigma.of([{ file: 'a.yml', text: asked('a.example') }]);
    const run = sigma.behaviour();
    sigma.replace(Sigma.of([{ file: 'a.yml', text: `${asked('a.example')}\n---\n${asked('b.example')}` }]));
    expect(run.report().rules.loaded).toBe(2);
    expect(sigma.loaded).toBe(2);
  });
});
