import { describe, expect, it } from 'vitest';
import { bufferOf, columnBytes, growColumns, makeColumns } from '../../../src-main/meter/columns.ts';

const schema = { a: 'u8', b: 'f64', c: ['u32', 4], d: 'u16' } as const;

describe('columns', () => {
  it('lie in one buffer, aligned, with the widths of the schema', () => {
    const columns = makeColumns(schema, 3);
    expect([columns.a.length, columns.b.length, columns.c.length, columns.d.length]).toEqual([3, 3, 12, 3]);
    expect(bufferOf(columns).byteLength).toBe(columnBytes(schema, 3));
    expect(columnBytes(schema, 3)).toBe(3 * (1 + 8 + 16 + 2));
    for (const column of Object.values(columns)) {
      expect(column.buffer).toBe(bufferOf(columns));
      expect(column.byteOffset % column.BYTES_PER_ELEMENT).toBe(0);
    }
  });

  it('over the same buffer are the same data', () => {
    const one = makeColumns(schema, 2);
    one.c[5] = 42;
    expect(makeColumns(schema, 2, bufferOf(one)).c[5]).toBe(42);
  });

  it('grow with what they hold', () => {
    const columns = makeColumns(schema, 2);
    columns.b.set([1.5, 2.5]);
    columns.c[7] = 9;
    const grown = growColumns(schema, columns, 5);
    expect([...grown.b]).toEqual([1.5, 2.5, 0, 0, 0]);
    expect(grown.c[7]).toBe(9);
  });

  it('refuse a buffer that is too small', () => {
    expect(() => makeColumns(schema, 3, new ArrayBuffer(10))).toThrow(RangeError);
    expect(() => bufferOf({})).toThrow(RangeError);
  });
});
