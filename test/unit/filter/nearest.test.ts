import { describe, expect, it } from 'vitest';
import { editDistance, nearestField, nearestWord } from '../../../src-shared/domain/filter/nearest.ts';
import { parseFilter } from '../../../src-shared/domain/filter/parse.ts';

describe('the distance between two words', () => {
  it.each([
    ['', '', 0],
    ['orig_bytes', 'orig_bytes', 0],
    ['orig_bites', 'orig_bytes', 1],
    ['durration', 'duration', 1],
    ['prot', 'proto', 1],
    ['hsot', 'host', 1],
    ['ab', 'ba', 1],
    ['', 'vlan', 4],
    ['kitten', 'sitting', 3],
  ])('%s and %s: %i', (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits);
    expect(editDistance(b, a)).toBe(edits);
  });
});

describe('which field was meant', () => {
  it.each([
    ['orig_bites', 'orig_bytes'],
    ['resp_p', 'id.resp_p'],
    ['ID.ORIG_H', 'id.orig_h'],
    ['id.resp_port', 'id.resp_p'],
    ['durration', 'duration'],
    ['scroe', 'score'],
    ['ip.src', 'id.orig_h'],
    ['tcp.dstport', 'id.resp_p'],
    ['destination.ip', 'id.resp_h'],
    ['protocol', 'proto'],
  ])('%s: %s', (typed, field) => expect(nearestField(typed)).toBe(field));

  it.each(['', 'q', 'zz', 'weather', 'x'.repeat(5000)])('nothing is near %j', (typed) => {
    expect(nearestField(typed)).toBeUndefined();
  });

  it('takes the nearest of several', () => {
    expect(nearestWord('rstr', ['RSTO', 'RSTR', 'RSTRH'])).toBe('RSTR');
    expect(nearestWord('rsto0', ['RSTO', 'RSTOS0'])).toBe('RSTO');
  });
});

describe('a fault that can be mended', () => {
  const mended = (text: string): string => {
    const parsed = parseFilter(text);
    if (parsed.ok || parsed.fault.fix === undefined) return text;
    return text.slice(0, parsed.fault.start) + parsed.fault.fix + text.slice(parsed.fault.end);
  };

  it.each([
    ['id.resp_p == 22 && orig_bites > 4', 'id.resp_p == 22 && orig_bytes > 4'],
    ['conn_state == RTSO', 'conn_state == RSTO'],
    ['proto == tpc', 'proto == tcp'],
    ['(ip.addr == 10.0.0.5)', '(host == 10.0.0.5)'],
  ])('%s becomes %s, which is a filter', (text, becomes) => {
    expect(mended(text)).toBe(becomes);
    expect(parseFilter(becomes).ok).toBe(true);
  });

  it('offers nothing where nothing is near', () => {
    const parsed = parseFilter('weather == fine');
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.fault.fix).toBeUndefined();
  });
});
