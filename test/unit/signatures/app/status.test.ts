import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readStatusLine } from '../../../../src-main/detect/signatures/app/http/status.ts';
import { raw } from './made.ts';

it('a status line has its parts, however it is written', () => {
  const part = fc.constantFrom(
    'HTTP/1.1',
    'HTTP/1.',
    '0',
    ' ',
    '  ',
    '\t',
    '\0',
    '\xa0',
    '200',
    '20',
    'OK',
    'Not Found',
    'x',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 7 }), (parts) => {
      const line = parts.join('');
      const [, protocol, code, text] = /^[\s\0]*(\S*)\s*(\S*)\s*(.*)$/s.exec(line)!;
      const data = raw(`${line}\r\nmore`);
      if (!/^[\s\0]*\0/.test(line)) expect(readStatusLine(data, 0, line.length)).toEqual({ protocol, code, text });
    }),
    { numRuns: 3000, seed: 4 },
  );
  const plain = raw('..HTTP/1.1 404 Not Found');
  expect(readStatusLine(plain, 2, plain.length)).toEqual({ protocol: 'HTTP/1.1', code: '404', text: 'Not Found' });
});
