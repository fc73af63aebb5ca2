import { describe, expect, it } from 'vitest';
import { isPartial, isWarningCode, WARNINGS } from '../../../src-shared/domain/warnings.ts';
import { WarningList } from '../../../src-main/meter/packets/warning-list.ts';

describe('the list of warnings', () => {
  it('says of each whether part of the input was not analysed', () => {
    expect(isPartial('cut-file')).toBe(true);
    expect(isPartial('unsupported-link-type')).toBe(true);
    expect(isPartial('truncated-packet')).toBe(false);
  });

  it('takes a code it does not know for a part that was not analysed', () => {
    expect(isWarningCode('toString')).toBe(false);
    expect(isPartial('toString')).toBe(true);
  });

  it('has a sentence for each', () => {
    for (const { text } of Object.values(WARNINGS)) expect(text.length).toBeGreaterThan(20);
  });
});

describe('warnings of an input', () => {
  it('are counted, with the place of the first', () => {
    const list = new WarningList();
    list.add('cut-file', 100);
    list.add('cut-file', 200);
    list.add('unsupported-link-type', 5, 'USER0');
    list.add('unsupported-link-type', 6, 'USER1');
    expect(list.list()).toEqual([
      { code: 'cut-file', offset: 100, count: 2, message: WARNINGS['cut-file'].text },
      {
        code: 'unsupported-link-type',
        offset: 5,
        count: 1,
        message: `USER0: ${WARNINGS['unsupported-link-type'].text}`,
      },
      {
        code: 'unsupported-link-type',
        offset: 6,
        count: 1,
        message: `USER1: ${WARNINGS['unsupported-link-type'].text}`,
      },
    ]);
  });

  it('do not become more than a bounded number', () => {
    const list = new WarningList();
    for (let i = 0; i < 10_000; i++) list.add('unsupported-link-type', i, `UNKNOWN_${i}`);
    const entries = list.list();
    expect(entries.length).toBeLessThan(50);
    expect(entries.reduce((sum, entry) => sum + entry.count, 0)).toBe(10_000);
  });
});
