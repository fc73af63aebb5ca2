import { describe, expect, it } from 'vitest';
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
});
