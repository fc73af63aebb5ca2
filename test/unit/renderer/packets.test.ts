import { describe, expect, it } from 'vitest';
import { escaped, fromBase64, hexDump, needleOf, plainText } from '../../../src-renderer/features/packets/bytes.ts';
import { selectionOf } from '../../../src-renderer/features/packets/selection.ts';
import { findIn, rowOfMark, rowsOf, sidesOf, stretchesOf } from '../../../src-renderer/features/packets/stream-rows.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const chunk = (fromOrig: boolean, from: number, text: string, missing = 0) => ({
  fromOrig,
  frame: 1,
  from,
  bytes: btoa(text),
  missing,
});
const text = (row: { bytes: Uint8Array }): string => String.fromCharCode(...row.bytes);

describe('bytes', () => {
  it('are shown as letters that can be told apart', () => {
    expect(Array.from(bytes('a\\\r\n\t\0\x1b\x7f\xe2'), escaped)).toEqual([
      'a',
      '\\\\',
      '\\r',
      '\\n',
      '\\t',
      '\\x00',
      '\\x1b',
      '\\x7f',
      '\\xe2',
    ]);
    expect(plainText(bytes('a\r\nb\x1b'))).toBe('a\nb\\x1b');
    expect([...fromBase64('AP8=')]).toEqual([0, 255]);
  });

  it('are copied as a dump of sixteen a line', () => {
    expect(hexDump(bytes('0123456789abcdef\n'))).toBe(
      '00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n' +
        `00000010  ${'0a'.padEnd(47)}  .`,
    );
  });

  it('are searched for as text or as hex', () => {
    expect([...needleOf('hex: 0d0A ff')!]).toEqual([13, 10, 255]);
    expect([...needleOf('é')!]).toEqual([0xc3, 0xa9]);
    expect([needleOf(''), needleOf('hex: 0'), needleOf('hex:')]).toEqual([null, null, null]);
  });
});

describe('rows of a stream', () => {
  const sides = sidesOf({ chunks: [chunk(true, 0, 'GET /'), chunk(true, 5, 'a\r\nX'), chunk(false, 0, 'ok')] });

  it('go on over packets, and end with lines and with the direction', () => {
    const rows = rowsOf(sides, 'text', 'bytes');
    expect(rows.map((row) => [row.fromOrig, row.from, text(row), row.first])).toEqual([
      [true, 0, 'GET /a\r\n', true],
      [true, 8, 'X', false],
      [false, 0, 'ok', true],
    ]);
    expect(rowsOf(sides, 'text', 'datagrams').map(text)).toEqual(['GET /', 'a\r\n', 'X', 'ok']);
  });

  it('hold sixteen bytes as hex, and a bounded number of letters as text', () => {
    const long = sidesOf({ chunks: [chunk(true, 0, '\0'.repeat(60))] });
    expect(rowsOf(long, 'hex', 'bytes').map((row) => row.bytes.length)).toEqual([16, 16, 16, 12]);
    expect(rowsOf(long, 'text', 'bytes').map((row) => row.bytes.length)).toEqual([25, 25, 10]);
  });

  it('say what is missing before them', () => {
    const gap = sidesOf({ chunks: [chunk(true, 0, 'a'), chunk(true, 1, 'b', 9)] });
    expect(rowsOf(gap, 'text', 'bytes').map((row) => row.missing)).toEqual([0, 9]);
  });

  it('are cut where marks begin and end, also over the borders of rows', () => {
    const marks = [{ fromOrig: true, from: 4, to: 9, label: 'rule' }];
    const rows = rowsOf(sides, 'text', 'bytes');
    const marked = rows.map((row) => stretchesOf(row, marks).map((part) => [text(part), part.labels.join()]));
    expect(marked).toEqual([
      [
        ['GET ', ''],
        ['/a\r\n', 'rule'],
      ],
      [['X', 'rule']],
      [['ok', '']],
    ]);
  });

  it('are found in each direction, over packets, whatever the case', () => {
    const found = findIn(sides, bytes('/A'));
    expect(found).toEqual([{ fromOrig: true, from: 4, to: 6, label: 'found' }]);
    expect(rowOfMark(rowsOf(sides, 'hex', 'bytes'), found[0]!)).toBe(0);
    expect(findIn(sides, bytes('zz'))).toEqual([]);
    expect(findIn(sidesOf({ chunks: [chunk(false, 0, 'a'.repeat(3000))] }), bytes('a'))).toHaveLength(1000);
  });
});

describe('what an address selects', () => {
  it('is a flow, an incident or a filter; what is none of these is left out', () => {
    const range = { from: 1, to: 2 };
    expect(selectionOf(3, { flow: '7', skip: '2000' }, '', range)).toEqual({
      capture: 3,
      filter: '',
      flow: 7,
      skip: 2000,
    });
    expect(selectionOf(3, { flow: '-1', incident: 'x'.repeat(65), skip: 'a' }, 'anomalous', range)).toEqual({
      capture: 3,
      filter: 'anomalous',
      range,
      skip: 0,
    });
    expect(selectionOf(3, {}, '', range)).toEqual({ capture: 3, filter: '', range, skip: 0 });
  });
});
