import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeFilter, writtenValue } from '../../../src-shared/domain/filter/complete.ts';
import { FIELDS } from '../../../src-shared/domain/filter/fields.ts';
import { parseFilter } from '../../../src-shared/domain/filter/parse.ts';
import type { Fault, Filter } from '../../../src-shared/domain/filter/types.ts';
import { addressText, contains, parseAddress, parseNetwork, rangesOf } from '../../../src-shared/domain/network.ts';

function filter(text: string): Filter | null {
  const parsed = parseFilter(text);
  if (!parsed.ok) expect.fail(`${text}: ${parsed.fault.message}`);
  return parsed.filter;
}

function fault(text: string): Fault {
  const parsed = parseFilter(text);
  if (parsed.ok) expect.fail(`${text} was taken for a filter`);
  return parsed.fault;
}

/** What the fault points at. */
const pointed = (text: string): string => text.slice(fault(text).start, fault(text).end);

describe('reading a filter', () => {
  it('reads Zeek names, units, networks and brackets', () => {
    const network = parseNetwork('10.0.0.0/8')!;
    expect(filter('id.resp_p == 22 && orig_bytes > 1MB && !(id.orig_h in 10.0.0.0/8)')).toEqual({
      type: 'and',
      items: [
        { type: 'number', field: 'id.resp_p', op: '==', value: 22 },
        { type: 'number', field: 'orig_bytes', op: '>', value: 1_000_000 },
        { type: 'not', item: { type: 'address', field: 'id.orig_h', network } },
      ],
    });
  });

  it('binds && closer than ||, and takes words for both', () => {
    const [a, b, c] = [22, 23, 24].map((value) => ({ type: 'number', field: 'port', op: '==', value }));
    expect(filter('port == 22 || port==23 && port == 24')).toEqual({
      type: 'or',
      items: [a, { type: 'and', items: [b, c] }],
    });
    expect(filter('(port = 22 or port = 23) and not port = 24')).toEqual({
      type: 'and',
      items: [
        { type: 'or', items: [a, b] },
        { type: 'not', item: c },
      ],
    });
  });

  it.each([
    ['duration > 200ms', { type: 'number', field: 'duration', op: '>', value: 0.2 }],
    ['duration <= 5min', { type: 'number', field: 'duration', op: '<=', value: 300 }],
    ['resp_bytes >= 2KiB', { type: 'number', field: 'resp_bytes', op: '>=', value: 2048 }],
    ['score > 99%', { type: 'number', field: 'score', op: '>', value: 0.99 }],
    ['proto == TCP', { type: 'word', field: 'proto', word: 'tcp' }],
    ['conn_state != s0', { type: 'not', item: { type: 'word', field: 'conn_state', word: 'S0' } }],
    ['service contains "sm"', { type: 'text', field: 'service', op: 'contains', value: 'sm' }],
    ['uid == "a \\"b\\""', { type: 'text', field: 'uid', op: '==', value: 'a "b"' }],
    ['orig_bytes == unset', { type: 'unset', field: 'orig_bytes' }],
    ['anomalous', { type: 'flag', field: 'anomalous' }],
    ['anomalous == false', { type: 'not', item: { type: 'flag', field: 'anomalous' } }],
    ['ts >= 2024-01-01T10:00:00.5Z', { type: 'time', field: 'ts', op: '>=', sec: 1_704_103_200, nano: 500_000_000 }],
    ['ts < -1.25', { type: 'time', field: 'ts', op: '<', sec: -2, nano: 750_000_000 }],
    ['ts < 2024-01-01', { type: 'time', field: 'ts', op: '<', sec: 1_704_067_200, nano: 0 }],
  ])('reads %s', (text, expected) => expect(filter(text)).toEqual(expected));

  it('reads lists and ranges after in', () => {
    expect(filter('id.resp_p in {22, 80..90}')).toEqual({
      type: 'or',
      items: [
        { type: 'number', field: 'id.resp_p', op: '==', value: 22 },
        {
          type: 'and',
          items: [
            { type: 'number', field: 'id.resp_p', op: '>=', value: 80 },
            { type: 'number', field: 'id.resp_p', op: '<=', value: 90 },
          ],
        },
      ],
    });
    expect(filter('proto not in {udp}')).toEqual({ type: 'not', item: { type: 'word', field: 'proto', word: 'udp' } });
  });

  it('lets everything through where nothing is written', () => {
    expect([filter(''), filter('  \n ')]).toEqual([null, null]);
  });
});

describe('a fault points at the character', () => {
  it.each([
    ['id.resp_q == 22', 'id.resp_q'],
    ['port == twenty', 'twenty'],
    ['port == 22 & port == 23', '&'],
    ['orig_bytes > 1XB', '1XB'],
    ['proto == tpc', 'tpc'],
    ['id.orig_h in 10.0.0.0/40', '10.0.0.0/40'],
    ['id.orig_h > 10.0.0.1', '>'],
    ['port == 22 port == 23', 'port'],
    ['port == 22)', ')'],
    ['(port == 22', '('],
    ['uid == "abc', '"abc'],
    ['ts > yesterday', 'yesterday'],
    ['port contains 2', 'contains'],
    ['port in 9..3', '9..3'],
    ['&& port == 2', '&&'],
  ])('%s', (text, at) => expect(pointed(text)).toBe(at));

  it('at the end, where something is missing', () => {
    expect(fault('port == 22 &&')).toMatchObject({ start: 13, end: 13, message: 'a test is missing here' });
    expect(fault('port ==')).toMatchObject({ message: 'a value is missing after ==', start: 5, end: 7 });
    expect(fault('port')).toMatchObject({ message: 'an operator is missing after port' });
  });

  it('says what was probably meant', () => {
    expect(fault('resp_p == 22').cure).toBe('Did you mean id.resp_p?');
    expect(fault('proto == tpc').cure).toContain('tcp, udp, icmp');
  });

  it('refuses what is too long or too deep', () => {
    expect(fault(`${'('.repeat(200)}port == 1${')'.repeat(200)}`).message).toBe('the filter is nested too deeply');
    expect(fault('x'.repeat(5000)).message).toContain('at most 4096');
    expect(fault('!'.repeat(900)).message).toBe('the filter is nested too deeply');
  });
});

describe('any text at all', () => {
  const pieces = fc.constantFrom(
    '(',
    ')',
    '!',
    '&&',
    '||',
    '==',
    '<',
    'in',
    'not',
    '{',
    ',',
    '}',
    '"',
    '22',
    '1MB',
    '10.0.0.0/8',
    '::1',
    'tcp',
    ' ',
    'ts',
    'port',
    'id.orig_h',
    'service',
    'unset',
    'anomalous',
    '\\',
    '\u{1f600}',
  );
  const texts = fc.oneof(
    fc.string({ maxLength: 60, unit: 'binary' }),
    fc.array(pieces, { maxLength: 30 }).map((list) => list.join(' ')),
    fc.array(pieces, { maxLength: 30 }).map((list) => list.join('')),
  );

  it('is a filter or has a fault inside the text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseFilter(text);
        if (parsed.ok) return;
        const { start, end, message } = parsed.fault;
        expect(start >= 0 && start <= end && end <= text.length && message.length > 0).toBe(true);
      }),
      { numRuns: 3000, seed: 7 },
    );
  });

  it('can be completed at any place', () => {
    fc.assert(
      fc.property(texts, fc.nat(80), (text, position) => {
        const { from, to } = completeFilter(text, position);
        expect(from >= 0 && from <= to && to <= text.length).toBe(true);
      }),
      { numRuns: 2000, seed: 7 },
    );
  });
});

describe('completion', () => {
  const offered = (text: string): string[] => completeFilter(text, text.length).items.map((i) => i.text);

  it('offers fields first, those that fit before those that contain', () => {
    expect(offered('')).toEqual(FIELDS.map((f) => f.name));
    expect(offered('orig_b')).toEqual(['orig_bytes']);
    expect(offered('port == 22 && resp_h')).toEqual(['id.resp_h']);
  });

  it('offers operators that the field has', () => {
    expect(offered('id.orig_h ')).toEqual(['==', '!=', 'in']);
    expect(offered('service ')).toEqual(['==', '!=', 'in', 'contains']);
    expect(offered('port ')).toEqual(['==', '!=', 'in', '<', '<=', '>', '>=']);
  });

  it('offers values, and names the field whose values are wanted', () => {
    expect(offered('proto == t')).toEqual(['tcp']);
    expect(offered('conn_state in { S0, RST')).toEqual(['RSTO', 'RSTR', 'RSTOS0', 'RSTRH']);
    expect(completeFilter('service == d', 12)).toMatchObject({
      from: 11,
      to: 12,
      prefix: 'd',
      field: { name: 'service' },
    });
    expect(offered('orig_bytes > 5m')).toEqual(['5M', '5MB', '5MiB']);
  });

  it('joins tests, and replaces the whole word under the cursor', () => {
    expect(offered('port == 22 ')).toEqual(['&&', '||']);
    expect(completeFilter('orig_bytes > 5', 4)).toMatchObject({ from: 0, to: 10 });
  });

  it('writes values so that they can be read again', () => {
    for (const value of ['http,ssl', 'a b', 'x"y\\z', 'dns', 'unset', '1:aa+/=']) {
      expect(filter(`uid == ${writtenValue(value)}`)).toEqual({ type: 'text', field: 'uid', op: '==', value });
    }
  });
});

describe('addresses and networks', () => {
  it('reads both families and writes them as RFC 5952 does', () => {
    for (const text of ['10.0.0.1', '::', '::1', 'fe80::1', '2001:db8::1:0:0:1', '1:2:3:4:5:6:7:8'])
      expect(addressText(parseAddress(text)!)).toBe(text);
    expect(addressText(parseAddress('::ffff:10.0.0.1')!)).toBe('10.0.0.1');
  });

  it.each([
    '10.0.0',
    '256.0.0.1',
    '1.2.3.4.5',
    '01.2.3.4',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '',
    'g::',
  ])('refuses %s', (text) => expect(parseNetwork(text)).toBeNull());

  it('knows what lies in a network', () => {
    const inside = (network: string, address: string): boolean =>
      contains(parseNetwork(network)!, parseAddress(address)!);
    expect(inside('10.1.0.0/15', '10.1.255.255')).toBe(true);
    expect(inside('10.0.0.0/15', '10.2.0.0')).toBe(false);
    expect(inside('0.0.0.0/0', '8.8.8.8')).toBe(true);
    expect(inside('0.0.0.0/0', '::1')).toBe(false);
    expect(inside('::/0', '8.8.8.8')).toBe(false);
    expect(inside('::/0', '::1')).toBe(true);
    expect(inside('::/0', '2001:db8::1')).toBe(true);
    expect(inside('10.0.0.5', '10.0.0.5')).toBe(true);
    expect(inside('10.0.0.5', '10.0.0.6')).toBe(false);
  });

  it.each([
    ['::/0', '::-::fffe:ffff:ffff ::1:0:0:0-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['::ffff:0:0/95', '::fffe:0:0-::fffe:ffff:ffff'],
    ['::/88', '::-::ff:ffff:ffff'],
    ['10.0.0.0/8', '10.0.0.0-10.255.255.255'],
    ['0.0.0.0/0', '0.0.0.0-255.255.255.255'],
    ['2001:db8::/32', '2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('gives the ranges of %s', (network, ranges) => {
    const found = rangesOf(parseNetwork(network)!);
    expect(found.map(({ first, last }) => `${addressText(first)}-${addressText(last)}`).join(' ')).toBe(ranges);
  });
});
