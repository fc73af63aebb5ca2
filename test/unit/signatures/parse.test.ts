import { describe, expect, it } from 'vitest';
import { addressTest, portTest, wordsOf } from '../../../src-main/detect/signatures/rules/addresses.ts';
import { DEFAULT_VARIABLES } from '../../../src-main/detect/signatures/rules/groups.ts';
import { numberTest } from '../../../src-main/detect/signatures/rules/numbers.ts';
import { patternBytes } from '../../../src-main/detect/signatures/content/pattern.ts';
import { rulesOf } from './talk.ts';

const HEAD = 'alert tcp any any -> any any';

function refused(options: string, head = HEAD): Record<string, unknown> | undefined {
  const { refused: list } = rulesOf(`${head} (${options})`);
  return list[0] && { ...list[0] };
}

describe('a rule', () => {
  it('says what it says of itself', () => {
    const [rule] = rulesOf(
      `${HEAD} (msg:"A \\"quoted\\" name\\; with all"; classtype:trojan-activity; sid:7; rev:3; metadata:a b, c d;)`,
    ).rules;
    expect(rule).toMatchObject({
      message: 'A "quoted" name; with all',
      classtype: 'trojan-activity',
      priority: 1,
      sid: 7,
      rev: 3,
      metadata: ['a b', 'c d'],
    });
  });

  it('may go over several lines, between remarks', () => {
    const { rules } = rulesOf(
      '# not this one',
      '',
      `${HEAD} (msg:"one"; \\`,
      '  content:"a;b"; sid:1;)',
      `${HEAD} (sid:2;)`,
    );
    expect(rules.map(({ sid, line }) => [sid, line])).toEqual([
      [1, 3],
      [2, 5],
    ]);
  });

  it('of an unknown keyword is refused with its place, the others are loaded', () => {
    const set = rulesOf(`${HEAD} (sid:1;)`, `${HEAD} (content:"a"; frobnicate:3; sid:2;)`);
    expect(set.rules.map(({ sid }) => sid)).toEqual([1]);
    expect(set.refused).toEqual([
      { file: 'test.rules', line: 2, sid: 2, keyword: 'frobnicate', reason: 'this keyword is not supported' },
    ]);
  });

  it.each([
    ['depth:3; sid:1;', 'depth'],
    ['content:"abc"; depth:2; sid:1;', 'depth'],
    ['content:"|4|"; sid:1;', 'content'],
    ['content:"a", sid:1;', 'sid'],
    ['content:"abc; sid:1;', 'rule'],
    ['content:"abc"; sid:1', 'sid'],
    ['sid:1; content:"abc"', 'content'],
    ['pcre:"/a(?=b)/"; sid:1;', 'pcre'],
    ['pcre:"/(a)\\1/"; sid:1;', 'pcre'],
    ['byte_test:4,>,x,0; sid:1;', 'byte_test'],
    ['flow:to_server,to_client; sid:1;', 'flow'],
    ['http.uri; sid:1;', 'http.uri'],
    ['decode-event:ipv4.no_such_thing; sid:1;', 'decode-event'],
    ['ttl:abc; sid:1;', 'ttl'],
    ['content:"a"; content:"b"; within:0; sid:1;', 'within'],
  ])('%s is refused for %s', (options, keyword) => {
    expect(refused(options)).toMatchObject({ keyword });
  });

  it.each(['a(?=b)', 'a(?!b)', '(?<=a)b', '(?<!a)b', 'a\\\\(?=b)'])('%s is said to look around', (pattern) => {
    expect(refused(`pcre:"/${pattern}/"; sid:1;`)?.reason).toBe('not possible in linear time: it looks around');
  });

  it.each([['(?<a-b>c)'], ['(a)\\1\\(?=b']])('%s is refused for another reason', (pattern) => {
    expect(refused(`pcre:"/${pattern}/"; sid:1;`)?.reason).not.toContain('looks around');
  });

  it.each([
    ['alert nosuch any any -> any any', 'protocol'],
    ['alert tcp [1.2.3.4 any -> any any', 'rule'],
    ['alert tcp 1.2.3.400 any -> any any', 'address'],
    ['alert tcp $NO_SUCH any -> any any', 'address'],
    ['alert tcp any 70000 -> any any', 'port'],
    ['alert tcp any any <- any any', 'rule'],
    ['frobnicate tcp any any -> any any', 'rule'],
  ])('with the header %s is refused for its %s', (head, keyword) => {
    expect(refused('sid:1;', head)).toMatchObject({ keyword, sid: 1 });
  });

  it('of a sid that is there already counts where its revision is newer', () => {
    const set = rulesOf(`${HEAD} (msg:"old"; sid:1; rev:1;)`, `${HEAD} (msg:"new"; sid:1; rev:2;)`);
    expect(set.rules.map(({ message }) => message)).toEqual(['new']);
    expect(set.refused).toMatchObject([{ line: 1, keyword: 'sid' }]);
  });
});

describe('addresses', () => {
  const holds = (group: string, address: string): boolean => {
    const { test } = addressTest(group, DEFAULT_VARIABLES);
    return test === null || test(Uint32Array.from(wordsOf(address)), 0);
  };

  it.each([
    ['any', '8.8.8.8', true],
    ['$HOME_NET', '172.31.255.255', true],
    ['$HOME_NET', '172.32.0.0', false],
    ['$EXTERNAL_NET', '10.1.2.3', false],
    ['$EXTERNAL_NET', '2001:db8::1', true],
    ['[10.0.0.0/8,!10.1.0.0/16]', '10.1.0.1', false],
    ['[10.0.0.0/8,![10.1.0.0/16,10.2.0.1]]', '10.2.0.2', true],
    ['10.0.0.5-10.0.0.9', '10.0.0.9', true],
    ['10.0.0.0/255.255.255.0', '10.0.1.0', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['!::ffff:1.2.3.4', '1.2.3.4', false],
  ])('%s and %s: %s', (group, address, expected) => {
    expect(holds(group, address)).toBe(expected);
  });
});

describe('ports', () => {
  it.each([
    ['any', 5, true],
    ['[80,8000:8080]', 8001, true],
    ['[80,8000:8080]', 8081, false],
    ['!80', 80, false],
    ['[1024:,!5000:5001]', 5001, false],
    [':1023', 0, true],
    ['$HTTP_PORTS', 80, true],
  ])('%s and %i: %s', (group, port, expected) => {
    const test = portTest(group, DEFAULT_VARIABLES);
    expect(test === null || test(port)).toBe(expected);
  });
});

describe('numbers', () => {
  it.each([
    ['5', 5, true],
    ['>5', 5, false],
    ['>=5', 5, true],
    ['5<>8', 5, false],
    ['5<>8', 7, true],
    ['5-8', 8, false],
    ['!5', 6, true],
    ['!5-8', 6, false],
    ['0x10', 16, true],
    ['<2kb', 2047, true],
    ['&0x03', 2, true],
    ['!&0x03', 4, true],
  ])('%s and %i: %s', (text, value, expected) => {
    expect(numberTest('ttl', text)(value)).toBe(expected);
  });

  it('may have names', () => {
    const names = new Map([['ping', 9]]);
    expect(numberTest('opcode', 'ping', names)(9)).toBe(true);
    expect(numberTest('opcode', '!ping', names)(9)).toBe(false);
    expect(() => numberTest('opcode', 'pong', names)).toThrow('no number');
  });
});

describe('patterns', () => {
  it('hold hexadecimal bytes between bars, and what a backslash hides', () => {
    expect([...patternBytes('content', 'a|0D 0a|b\\"\\|')]).toEqual([...Buffer.from('a\r\nb"|')]);
  });
});
