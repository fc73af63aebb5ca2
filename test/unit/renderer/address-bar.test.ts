import { describe, expect, it } from 'vitest';
import { isDirect, readPlace, readRange, writePlace, writeRange } from '../../../src-renderer/lib/address-bar.ts';

describe('the address of a place', () => {
  it('reads what it wrote', () => {
    const place = {
      capture: 3,
      view: 'hosts',
      rest: ['2001:db8::1'],
      params: { q: 'id.resp_p == 22 && app == "a b"', t: '10-20.5' },
    };
    expect(readPlace(writePlace(place))).toEqual(place);
  });

  it('leaves empty parameters out and writes the others in one order', () => {
    expect(writePlace({ capture: null, view: 'history', rest: [], params: { status: 'new', kind: '', a: '1' } })).toBe(
      '#/history?a=1&status=new',
    );
  });

  it('takes an address that anybody may have typed', () => {
    expect(readPlace('')).toEqual({ capture: null, view: '', rest: [], params: {} });
    expect(readPlace('#/c/0/flows')).toEqual({ capture: null, view: 'c', rest: ['0', 'flows'], params: {} });
    expect(readPlace('#/c/7/hosts/%E0%A4%A')).toEqual({ capture: 7, view: 'hosts', rest: ['%E0%A4%A'], params: {} });
  });

  it('is direct where it leads to a capture or to one thing, not to the beginning or a view', () => {
    for (const hash of ['#/c/3', '#/c/3/flows?q=x', '#/live/2', '#token=abc/c/3'])
      expect(isDirect(readPlace(hash))).toBe(true);
    for (const hash of ['', '#/', '#/history', '#token=abc']) expect(isDirect(readPlace(hash))).toBe(false);
  });

  it('reads a range only where it is one', () => {
    expect(readRange('10-20.5')).toEqual({ from: 10, to: 20.5 });
    expect(readRange('-20--10')).toEqual({ from: -20, to: -10 });
    for (const wrong of [undefined, '', '5', '20-10', '10-10', 'a-b']) expect(readRange(wrong)).toBeNull();
    expect(writeRange({ from: 1773133200.1234567, to: 1773133201 })).toBe('1773133200.123-1773133201');
    expect(writeRange(null)).toBe('');
  });
});
