import { describe, expect, it } from 'vitest';
import { receivedRows, sentRows } from '../../../src-main/keep/store/row-texts.ts';
import { flows } from './flow-rows.ts';

describe('texts of rows on their way to the store', () => {
  it.each([
    ['empty ones', ['', '', '']],
    ['words of any language', ['dns', 'größer', '名前']],
    ['a text with lines of its own', ['one', 'two\nthree', '']],
  ])('arrive as they were: %s', (_, service) => {
    const rows = { ...flows(service.length), service };
    expect(receivedRows(structuredClone(sentRows(rows)))).toEqual(rows);
  });

  it('go as one text', () => {
    expect(sentRows(flows(3)).uid).toBe('C1\nC1\nC1');
  });

  it('of one row are one', () => {
    expect(receivedRows(sentRows({ ...flows(1), service: [''] })).service).toEqual(['']);
  });
});
