import { describe, expect, it } from 'vitest';
import { faults, fires, lineOf, ruleText } from './made.ts';

const dns = (detection: string): string => ruleText('dns', `${detection}\ncondition: s`);
const query = (name: string): ReturnType<typeof lineOf> => lineOf('dns', { query: name });

describe('values of Sigma rules', () => {
  it('are compared whole and in any case, unless told otherwise', () => {
    const rule = dns('s:\n  query: Evil.Example');
    expect(fires(rule, query('evil.example'))).toBe(true);
    expect(fires(rule, query('www.evil.example'))).toBe(false);
    expect(fires(dns('s:\n  query|cased: Evil.Example'), query('evil.example'))).toBe(false);
    expect(fires(dns('s:\n  query|cased: Evil.Example'), query('Evil.Example'))).toBe(true);
  });

  it.each([
    ['query|contains: vil.Ex', true, false],
    ['query|startswith: evi', true, false],
    ['query|endswith: .example', true, true],
    ['query: "*.exam?le"', true, true],
    ['query: "e*l.ex*"', true, false],
    ['query|re: "^ev.l\\\\."', true, false],
    ['query|re: "^EVIL"', false, false],
    ['query|re|i: "^EVIL"', true, false],
    ['query|neq: evil.example', false, true],
    ['query|exists: true', true, true],
    ['query|exists: false', false, false],
    ['query: null', false, false],
    ['rcode_name: null', true, true],
  ])('%s', (selection, evil, other) => {
    const rule = dns(`s:\n  ${selection}`);
    expect([fires(rule, query('evil.example')), fires(rule, query('good.example'))]).toEqual([evil, other]);
  });

  it('have wildcards that a backslash takes at their word', () => {
    const web = (value: string): string => ruleText('http', `s:\n  uri: '${value}'\ncondition: s`);
    const get = (uri: string): ReturnType<typeof lineOf> => lineOf('http', { uri });
    expect(fires(web('/a\\*b'), get('/a*b'))).toBe(true);
    expect(fires(web('/a\\*b'), get('/axb'))).toBe(false);
    expect(fires(web('/a\\?b'), get('/a?b'))).toBe(true);
    expect(fires(web('/a\\\\*'), get('/a\\xyz'))).toBe(true);
    expect(fires(web('c:\\dir'), get('c:\\dir'))).toBe(true);
  });

  it('are one of a list, all of it with all, and every member of a cell is tried', () => {
    const line = lineOf('dns', { answers: ['10.0.0.1', 'Cdn.Example'] });
    expect(fires(dns('s:\n  answers: [x, cdn.example]'), line)).toBe(true);
    expect(fires(dns('s:\n  answers|contains|all: [cdn, "10.0"]'), line)).toBe(true);
    expect(fires(dns('s:\n  answers|contains|all: [cdn, "10.1"]'), line)).toBe(false);
  });

  it('are compared as numbers, and as networks', () => {
    const line = lineOf('conn', { orig_bytes: 1000, 'id.resp_h': '10.1.2.3', 'id.orig_h': '2001:db8::1' });
    const holds = (selection: string): boolean => fires(ruleText('conn', `s:\n  ${selection}\ncondition: s`), line);
    expect(holds('orig_bytes|gt: 999')).toBe(true);
    expect(holds('orig_bytes|gt: 1000')).toBe(false);
    expect(holds('orig_bytes|gte: 1000')).toBe(true);
    expect(holds('orig_bytes|lt: 1000')).toBe(false);
    expect(holds('orig_bytes|lte: 1000')).toBe(true);
    expect(holds('orig_bytes: 1000')).toBe(true);
    expect(holds('resp_bytes|lt: 1000')).toBe(false);
    expect(holds('dst_ip|cidr: [172.16.0.0/12, 10.0.0.0/8]')).toBe(true);
    expect(holds('id.resp_h|cidr: 10.1.2.4/31')).toBe(false);
    expect(holds('id.orig_h|cidr: 2001:db8::/32')).toBe(true);
    expect(holds('id.orig_h|cidr: 0.0.0.0/0')).toBe(false);
  });

  it('are encoded as asked', () => {
    const get = (uri: string): ReturnType<typeof lineOf> => lineOf('http', { uri });
    const web = (selection: string): string => ruleText('http', `s:\n  ${selection}\ncondition: s`);
    const encoded = Buffer.from('http://evil').toString('base64');
    expect(fires(web('uri|base64|contains: "http://evil"'), get(`/?${encoded}`))).toBe(true);
    for (const before of ['', 'x', 'xy', 'xyz']) {
      const text = Buffer.from(`${before}cmd.exe /c`).toString('base64');
      expect(fires(web('uri|base64offset|contains: cmd.exe'), get(`/?q=${text}`))).toBe(true);
      const wide = Buffer.from(`${before}cmd.exe /c`, 'utf16le').toString('base64');
      expect(fires(web('uri|wide|base64offset|contains: cmd.exe'), get(`/?q=${wide}`))).toBe(true);
      expect(fires(web('uri|wide|base64offset|contains: cmd.exe'), get(`/?q=${text}`))).toBe(false);
    }
    expect(fires(web('uri|windash|contains: " -enc "'), get('/?c=p /enc x'))).toBe(true);
    expect(fires(web('uri|windash|contains: " -enc "'), get('/?c=p enc x'))).toBe(false);
  });

  it('are another field of the same line with fieldref', () => {
    const rule = ruleText('http', 's:\n  host|fieldref: id.resp_h\ncondition: s');
    expect(fires(rule, lineOf('http', { host: '10.0.0.1', 'id.resp_h': '10.0.0.1' }))).toBe(true);
    expect(fires(rule, lineOf('http', { host: '10.0.0.2', 'id.resp_h': '10.0.0.1' }))).toBe(false);
  });

  it('that stand without a field are looked for anywhere', () => {
    const line = lineOf('http', { uri: '/cgi-bin/x', user_agent: 'Nikto/2.1' });
    const words = (detection: string): boolean => fires(ruleText('http', detection), line);
    expect(words('keywords:\n  - nikto\n  - other\ncondition: keywords')).toBe(true);
    expect(words("keywords:\n  '|all':\n    - nikto\n    - cgi-bin\ncondition: keywords")).toBe(true);
    expect(words("keywords:\n  '|all':\n    - nikto\n    - absent\ncondition: keywords")).toBe(false);
    expect(words('keywords: nik*2.1\ncondition: keywords')).toBe(true);
  });

  it('of true and false are those of Zeek', () => {
    const line = lineOf('dns', { rejected: true });
    for (const value of ['true', '"true"', 'T']) expect(fires(dns(`s:\n  rejected: ${value}`), line)).toBe(true);
    expect(fires(dns('s:\n  rejected: false'), line)).toBe(false);
  });
});

describe('conditions of Sigma rules', () => {
  const searches = 'sel_a:\n  query: a\nsel_b:\n  qtype_name: B\n_c:\n  rcode: 3\nother:\n  - query: a\n  - query: z';
  const line = (a: boolean, b: boolean, c: boolean): ReturnType<typeof lineOf> =>
    lineOf('dns', { query: a ? 'a' : 'y', qtype_name: b ? 'B' : 'Y', rcode: c ? 3 : 0 });
  const all = [false, true].flatMap((a) => [false, true].flatMap((b) => [false, true].map((c) => [a, b, c] as const)));

  it.each<[string, (a: boolean, b: boolean, c: boolean) => boolean]>([
    ['sel_a and sel_b', (a, b) => a && b],
    ['sel_a or sel_b and not _c', (a, b, c) => a || (b && !c)],
    ['(sel_a or sel_b) and not _c', (a, b, c) => (a || b) && !c],
    ['not (sel_a and sel_b)', (a, b) => !(a && b)],
    ['not not sel_a', (a) => a],
    ['NOT sel_a AND sel_b', (a, b) => !a && b],
    ['1 of sel_*', (a, b) => a || b],
    ['any of sel_*', (a, b) => a || b],
    ['all of sel_*', (a, b) => a && b],
    ['all of them', (a, b) => a && b],
    ['1 of them and not _c', (a, b, c) => (a || b) && !c],
    ['not 1 of sel_*', (a, b) => !(a || b)],
  ])('%s', (condition, expected) => {
    const rule = ruleText('dns', `${searches}\ncondition: ${condition}`);
    for (const [a, b, c] of all) expect(fires(rule, line(a, b, c)), `${a} ${b} ${c}`).toBe(expected(a, b, c));
  });

  it('in a list are alternatives', () => {
    const rule = ruleText('dns', `${searches}\ncondition:\n  - sel_a and sel_b\n  - _c`);
    for (const [a, b, c] of all) expect(fires(rule, line(a, b, c))).toBe((a && b) || c);
  });

  it.each([
    ['', 'condition: it ends too early'],
    ['sel_a and', 'condition: it ends too early'],
    ['(sel_a', 'condition: a parenthesis is not closed'],
    ['sel_a)', 'condition: “)” is not expected'],
    ['sel_a sel_b', 'condition: “sel_b” is not expected'],
    ['nothing', 'condition: there is no search “nothing”'],
    ['1 of none_*', 'condition: no search is called “none_*”'],
    ['2 of sel_*', 'condition: “2 of”: 1 of, any of and all of are known'],
    ['all of', 'condition: a name has to follow “of”'],
    ['sel_a |', 'condition: nothing follows |'],
    ['sel_a | near sel_b', 'near: of aggregations only count is known'],
    ['sel_a | max(rcode) > 3', 'max: of aggregations only count is known'],
    ['sel_a | count() by query < 5', 'count: “<”: only “at least” and “more than” can be told while events still come'],
    ['sel_a | count(', 'count: not written as count() by FIELD > N'],
  ])('“%s” is refused', (condition, expected) => {
    expect(faults(ruleText('dns', `${searches}\ncondition: "${condition}"`))).toEqual([expected]);
  });

  it('nested beyond measure are refused', () => {
    const deep = '('.repeat(5000);
    expect(faults(ruleText('dns', `${searches}\ncondition: "${deep}sel_a"`))).toEqual(['condition: nested too deeply']);
    expect(
      fires(ruleText('dns', `${searches}\ncondition: "${'not '.repeat(4000)}sel_a"`), line(true, true, true)),
    ).toBe(true);
  });
});
