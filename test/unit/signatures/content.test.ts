import { describe, expect, it } from 'vitest';
import { alerts, datagram } from './talk.ts';

/** Whether a rule with these options holds for a datagram with this payload. */
function holds(options: string, payload: string): boolean {
  return alerts(`alert udp any any -> any any (${options} sid:1;)`, [datagram(payload)])[1] === 1;
}

describe('contents', () => {
  it.each([
    ['content:"bcd";', 'abcde', true],
    ['content:"BCD";', 'abcde', false],
    ['content:"BCD"; nocase;', 'abcde', true],
    ['content:!"xyz";', 'abcde', true],
    ['content:!"bcd";', 'abcde', false],
    ['content:"abc"; offset:1;', 'abcabc', true],
    ['content:"abc"; offset:4;', 'abcabc', false],
    ['content:"abc"; depth:3;', 'xabc', false],
    ['content:"abc"; offset:1; depth:3;', 'xabc', true],
    ['content:"abc"; startswith;', 'abcd', true],
    ['content:"abc"; startswith;', 'xabc', false],
    ['content:"abc"; endswith;', 'abcabc', true],
    ['content:"abc"; endswith;', 'abcd', false],
    ['content:"a"; content:"b"; distance:1;', 'ab', false],
    ['content:"a"; content:"b"; distance:1;', 'axb', true],
    ['content:"a"; content:"b"; within:2;', 'axb', true],
    ['content:"a"; content:"b"; within:2;', 'axxb', false],
    ['content:"a"; content:"b"; distance:1; within:1;', 'axb', true],
    ['content:"b"; content:"a"; distance:-2;', 'ab', true],
    ['content:"a"; content:!"b"; within:1;', 'ab', false],
    ['content:"a"; content:!"b"; within:1;', 'axb', true],
  ])('%s in %s: %s', (options, payload, expected) => {
    expect(holds(options, payload)).toBe(expected);
  });

  it('are looked for again where what follows did not hold at first', () => {
    expect(holds('content:"key="; content:"1"; within:1; content:"end"; distance:0;', 'key=2 key=3 key=1 end')).toBe(
      true,
    );
    expect(holds('content:"a"; pcre:"/^b/R"; content:"c"; within:1;', 'a aab abc')).toBe(true);
  });

  it('cost little however often their parts are repeated', () => {
    const began = performance.now();
    const rule = Array.from({ length: 12 }, () => 'content:"a"; distance:0;').join(' ');
    expect(holds(`${rule} content:"b"; distance:0;`, 'a'.repeat(1400))).toBe(false);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe('regular expressions', () => {
  it.each([
    ['pcre:"/b.d/";', 'abcd', true],
    ['pcre:"/B.D/i";', 'abcd', true],
    ['pcre:!"/b.d/";', 'abcd', false],
    ['pcre:"/^b/m";', 'a\nb', true],
    ['pcre:"/a.b/";', 'a\nb', false],
    ['pcre:"/a.b/s";', 'a\nb', true],
    ['pcre:"/a b # remark/x";', 'ab', true],
    ['pcre:"/\\xe9\\x2f\\//";', '\xe9//', true],
    ['pcre:"/abc$/";', 'abc\n', true],
    ['pcre:"/[\\]a]{2}/";', ']a', true],
    ['pcre:"/^x{1500}y/";', `${'x'.repeat(1400)}y`, false],
    ['content:"key"; pcre:"/^=\\d+/R";', 'key=12', true],
    ['content:"key"; pcre:"/^=\\d+/R";', 'key x=12', false],
  ])('%s: %#', (options, payload, expected) => {
    expect(holds(options, payload)).toBe(expected);
  });

  it('take linear time', () => {
    const began = performance.now();
    expect(holds('pcre:"/^(a+)+$/";', `${'a'.repeat(1300)}b`)).toBe(false);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe('numbers in a buffer', () => {
  it.each([
    ['byte_test:2,=,0x0102,0;', '\x01\x02', true],
    ['byte_test:2,=,0x0201,0,little;', '\x01\x02', true],
    ['byte_test:2,>,0x0102,0;', '\x01\x02', false],
    ['byte_test:2,!>,0x0102,0;', '\x01\x02', true],
    ['byte_test:1,&,0x02,0;', '\x03', true],
    ['byte_test:3,=,123,0,string,dec;', '123', true],
    ['byte_test:2,=,0x1f,1,string,hex;', 'x1f', true],
    ['byte_test:1,=,0x0a,0,bitmask 0xf0;', '\xa5', true],
    ['byte_test:4,=,1,0;', '\x01', false],
    ['content:"L"; byte_jump:1,0,relative; content:"end"; within:3;', 'L\x02xxend', true],
    ['byte_jump:1,0,from_beginning; content:"end"; distance:0;', '\x03xxend', true],
    ['byte_jump:1,0,from_beginning; content:"end"; distance:0;', '\x04xxend', false],
    ['byte_jump:0,0,from_end,post_offset -3; content:"end"; within:3;', 'xxxend', true],
    ['byte_extract:1,0,n; content:"end"; offset:n;', '\x04xxxend', true],
    ['byte_extract:1,0,n; content:"end"; offset:n; depth:3;', '\x02xxxend', false],
    ['byte_extract:1,0,n; byte_test:1,=,n,1;', '\x05\x05', true],
    ['byte_math:bytes 1, offset 0, oper +, rvalue 2, result r; byte_test:1,=,r,1;', '\x05\x07', true],
    ['isdataat:3;', 'abcd', true],
    ['isdataat:4;', 'abcd', false],
    ['isdataat:!4;', 'abcd', true],
    ['content:"b"; isdataat:2,relative;', 'abcd', true],
    ['content:"b"; isdataat:3,relative;', 'abcd', false],
    ['dsize:4;', 'abcd', true],
    ['dsize:1<>4;', 'abcd', false],
  ])('%s: %#', (options, payload, expected) => {
    expect(holds(options, payload)).toBe(expected);
  });
});

describe('Base64 within a payload', () => {
  it('is decoded where a rule says', () => {
    const payload = `data=${Buffer.from('secret text').toString('base64')}`;
    const rule = 'content:"data="; base64_decode:relative; base64_data; content:"secret"; startswith;';
    expect(holds(rule, payload)).toBe(true);
    expect(holds(rule, 'data=AAAA')).toBe(false);
  });
});
