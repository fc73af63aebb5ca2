import { describe, expect, it } from 'vitest';
import { loadSigmaText } from '../../../../src-main/detect/signatures/sigma/set.ts';
import { faults, ruleText, setOf } from './made.ts';

const DETECTION = 's:\n  query: x\ncondition: s';

describe('reading of Sigma rules', () => {
  it('tells what a rule says of itself', () => {
    const more = [
      'id: 6a3c0a3e-0000-4000-8000-000000000001',
      'level: high',
      'description: "Asks for a name\n  that is odd"',
      'tags: [attack.command-and-control, attack.t1071.004, attack.T1568, cve.2021.44228]',
      'falsepositives: [Unknown, A test of ours]',
      'fields: [query, uid]',
    ].join('\n');
    expect(setOf(ruleText('dns', DETECTION, more)).rules).toMatchObject([
      {
        title: 'A rule',
        id: '6a3c0a3e-0000-4000-8000-000000000001',
        level: 'high',
        severity: 'critical',
        kind: 'command-and-control',
        description: 'Asks for a name that is odd',
        technique: [
          { id: 'T1071.004', name: 'Application Layer Protocol: DNS' },
          { id: 'T1568', name: expect.any(String) as string },
        ],
        falsePositives: ['A test of ours'],
        shown: ['query', 'uid'],
        log: { id: 'dns' },
      },
    ]);
  });

  it('names the file, line, rule and key of what it refuses, and takes the rest', () => {
    const good = ruleText('dns', DETECTION);
    const text = `# first\n---\n${good}\n---\n${ruleText('dns', 's:\n  nosuch: 1\ncondition: s')}\n---\na: [1\n---\n---\n${good}`;
    const { rules, refused } = setOf(text);
    expect(rules.map(({ line }) => line)).toEqual([3, 26]);
    expect(refused).toMatchObject([
      { file: 'rules-0.yml', line: 13, rule: 'A rule', key: 'nosuch' },
      { file: 'rules-0.yml', rule: '', key: 'yaml' },
    ]);
    expect(refused[1]!.line).toBeGreaterThanOrEqual(22);
    expect(refused[1]!.line).toBeLessThanOrEqual(24);
  });

  it.each<[string, string, string]>([
    ['no title', 'logsource: {product: zeek, service: dns}\ndetection: {s: {query: x}, condition: s}', 'title'],
    ['a log of no network', 'title: x\nlogsource: {product: windows, category: network_connection}', 'logsource'],
    ['an unknown service', 'title: x\nlogsource: {product: zeek, service: modbus}', 'logsource'],
    ['a service of no product', 'title: x\nlogsource: {service: dns}', 'logsource'],
    ['an unknown category', 'title: x\nlogsource: {category: process_creation}', 'logsource'],
    ['no log', 'title: x', 'logsource'],
    ['no detection', 'title: x\nlogsource: {category: dns}', 'detection'],
    ['no condition', 'title: x\nlogsource: {category: dns}\ndetection: {s: {query: x}}', 'condition'],
    ['an unknown level', 'title: x\nlevel: grave', 'level'],
    ['a list', '- a\n- b', 'yaml'],
    ['a text', 'hello', 'yaml'],
    ['a key given twice', 'title: x\ntitle: y', 'yaml'],
    ['a collection', 'action: global\ntitle: x', 'action'],
    ['a filter', 'title: x\nfilter: {rules: any}', 'filter'],
  ])('%s is refused', (_, text, key) => {
    expect(setOf(text).refused).toMatchObject([{ key }]);
  });

  it.each([
    ['query|nosuch: x', 'nosuch: no such modifier is known'],
    ['query|expand: "%x%"', 'expand: placeholders have no values here: write them into the rule'],
    ['ts|hour: 3', 'hour: parts of a time are not compared'],
    ['query|contains|startswith: x', 'startswith: it contradicts contains'],
    ['query|i: x', 'i: it is an option of re'],
    ['query|base64|re: x', 'base64: it does not go with re'],
    ['query|base64: "a*b"', 'base64: a value with wildcards cannot be encoded'],
    ['query|cidr: nowhere/8', 'cidr: nowhere/8 is no network'],
    ['query|gt: many', 'gt: it takes a number'],
    ['query|exists: maybe', 'exists: it takes true or false'],
    ['query: []', 'query: it has no values'],
    ['query: {a: b}', 'query: a map stands where values belong'],
    ['query: [[a]]', 'query: a value is neither text nor a number'],
    ['query|contains: null', 'query|contains: null takes no modifier'],
    ['user_agent: x', "user_agent: Sonde's records of dns have no such field"],
    ['query|fieldref: nosuch', "nosuch: Sonde's records of dns have no such field"],
    ['query|windash: "-a-b -c -d -e -f -g"', 'windash: a value has too many dashes'],
  ])('%s is refused', (selection, fault) => {
    expect(faults(ruleText('dns', `s:\n  ${selection}\ncondition: s`))).toEqual([fault]);
  });

  it('refuses expressions that look around or back, which no even time allows', () => {
    for (const expression of ['(?=a)b', '(a)\\\\1', '('])
      expect(setOf(ruleText('dns', `s:\n  query|re: "${expression}"\ncondition: s`)).refused).toMatchObject([
        { key: 're' },
      ]);
  });

  it('is bounded: anchors that multiply, nesting, size and numbers of values', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]', 'b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]'];
    for (const [i, c] of Array.from('cdefghij').entries()) {
      const before = 'bcdefghij'[i]!;
      bomb.push(`${c}: &${c} [${Array.from({ length: 10 }, () => `*${before}`).join(',')}]`);
    }
    expect(setOf(bomb.join('\n')).refused).toMatchObject([{ key: 'yaml' }]);
    expect(setOf(`a: ${'['.repeat(100)}${']'.repeat(100)}`).refused).toMatchObject([
      { key: 'yaml', reason: 'nested too deeply' },
    ]);
    expect(setOf(`a: ${'['.repeat(100_000)}`).refused).toMatchObject([{ key: 'yaml' }]);
    expect(setOf(`a: ${'x'.repeat(300_000)}`).refused).toMatchObject([{ key: 'yaml' }]);
    const values = Array.from({ length: 5001 }, (_, i) => i).join(',');
    expect(setOf(ruleText('dns', `s:\n  query: [${values}]\ncondition: s`)).refused).toMatchObject([
      { key: 'detection' },
    ]);
  });

  it('takes repeats of an anchor as what they stand for', () => {
    const { rules } = setOf(ruleText('dns', 's: &a\n  query: x\nt: *a\ncondition: s and t'));
    expect(rules).toHaveLength(1);
  });

  it('gives a desk what it shows of one text', () => {
    const text = `${ruleText('dns', DETECTION)}\n---\n${ruleText('dns', 's:\n  nosuch: 1\ncondition: s')}`;
    expect(loadSigmaText(text, 'a.yml')).toMatchObject({
      loaded: [{ title: 'A rule', id: '', level: 'medium', log: 'dns', line: 1 }],
      refused: [{ file: 'a.yml', key: 'nosuch' }],
    });
  });

  it('knows the fields of general log sources by their names', () => {
    const general = (category: string, field: string): string =>
      `title: x\nlogsource:\n  category: ${category}\ndetection:\n  s:\n    ${field}: 1\n  condition: s`;
    const named: [string, string][] = [
      ['dns', 'record_type'],
      ['proxy', 'c-uri|contains'],
      ['proxy', 'c-useragent'],
      ['proxy', 'cs-host|endswith'],
      ['webserver', 'cs-uri-query|contains'],
      ['firewall', 'dst_port'],
      ['firewall', 'src_ip'],
      ['network_connection', 'DestinationPort'],
    ];
    for (const [category, field] of named) expect(faults(general(category, field)), `${category} ${field}`).toEqual([]);
    expect(faults(general('network_connection', 'Image|endswith'))).toHaveLength(1);
  });
});
