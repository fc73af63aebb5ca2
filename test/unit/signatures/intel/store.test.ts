import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadLists } from '../../../../src-main/detect/signatures/intel/load.ts';
import { IndicatorStore } from '../../../../src-main/detect/signatures/intel/store.ts';
import { UNSAID, type IntelList } from '../../../../src-main/detect/signatures/intel/types.ts';
import { keysOfRequest, urlKey } from '../../../../src-main/detect/signatures/intel/urls.ts';
import { readValue } from '../../../../src-main/detect/signatures/intel/values.ts';
import { load, NOW, onAddress, wordsOf } from './lists.ts';

const SLOW = 120_000;

const list = (file: string): IntelList => ({
  file,
  shown: file,
  format: 'plain',
  source: file,
  allow: false,
  indicators: 0,
  refused: 0,
  reasons: [],
  expired: 0,
  unseen: 0,
  hits: 0,
});

describe('the store', () => {
  it(
    'finds each of many entries, and nothing that is not there',
    () => {
      const store = new IndicatorStore(1_000_000);
      const one = list('a');
      const add = (text: string): void => {
        const value = readValue(text);
        if (typeof value === 'string') throw new Error(value);
        store.add(one, value.observable, UNSAID);
      };
      const address = (i: number): string => `${20 + (i >>> 16)}.${(i >>> 8) & 255}.${i & 255}.7`;
      for (let i = 0; i < 100_000; i++) {
        add(address(i));
        add(`n${i}.bad.example`);
      }
      expect(one.indicators).toBe(200_000);
      for (let i = 0; i < 100_000; i += 7) {
        expect(store.address(wordsOf(address(i)), 0, NOW)).toHaveLength(1);
        expect(store.address(wordsOf(address(i).replace(/7$/, '8')), 0, NOW)).toHaveLength(0);
        expect(store.name(`a.b.n${i}.bad.example`, NOW)).toHaveLength(1);
        expect(store.name(`m${i}.bad.example`, NOW)).toHaveLength(0);
      }
    },
    SLOW,
  );

  it('takes the most exact network first, and knows where each ends', async () => {
    const loaded = await load('203.0.113.0/24\n203.0.113.128/25\n203.0.113.200\n2001:db8::/32\n');
    expect(onAddress(loaded, '203.0.113.200').map(({ value }) => value)).toEqual([
      '203.0.113.200',
      '203.0.113.128/25',
      '203.0.113.0/24',
    ]);
    expect(onAddress(loaded, '203.0.113.127').map(({ value }) => value)).toEqual(['203.0.113.0/24']);
    expect(onAddress(loaded, '203.0.114.0')).toEqual([]);
    expect(onAddress(loaded, '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff')).toMatchObject([{ value: '2001:db8::/32' }]);
    expect(onAddress(loaded, '2001:db9::')).toEqual([]);
  });

  it('has an end: of indicators, of text, of JSON', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-intel-'));
    const limits = { text: 1000, json: 200, indicators: 3 };
    const reading = (text: string): Promise<unknown> => {
      writeFileSync(join(folder, 'a'), text);
      return loadLists({ files: [join(folder, 'a')], allowed: [] }, NOW, limits);
    };
    try {
      await expect(reading('20.0.0.1\n20.0.0.2\n20.0.0.3\n20.0.0.3\n')).resolves.toBeDefined();
      await expect(reading('20.0.0.1\n20.0.0.2\n20.0.0.3\n20.0.0.4\n')).rejects.toThrow('more than 3 indicators');
      await expect(reading('# remark\n'.repeat(200))).rejects.toThrow('more than 1.0 kB of text');
      await expect(reading(JSON.stringify({ type: 'bundle', x: 'y'.repeat(300) }))).rejects.toThrow(
        'JSON of more than',
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('URLs', () => {
  it.each([
    ['http://Evil.Example', 'evil.example/'],
    ['https://evil.example:443/a', 'evil.example/a'],
    ['http://user:pw@evil.example:81?q', 'evil.example:81/?q'],
    ['http://[2001:db8::1]:80/%7e%2f', '[2001:db8::1]/~%2F'],
    ['http://', null],
    ['http://a b/', null],
    ['no url', null],
  ])('%s is compared as %s', (text, key) => expect(urlKey(text)).toBe(key));

  it('of a request: by its Host, its port, its server', () => {
    expect(keysOfRequest('evil.example', '2001:db8::1', 8080, '/x')).toEqual([
      'evil.example/x',
      'evil.example:8080/x',
      '[2001:db8::1]:8080/x',
    ]);
    expect(keysOfRequest('', '203.0.113.9', 80, '/x')).toEqual(['203.0.113.9/x']);
    expect(keysOfRequest('evil.example', '203.0.113.9', 80, '*')).toEqual([]);
  });
});

describe('whatever stands in a file', () => {
  const PIECES = [
    '203.0.113.9', '/24', ':80', '[', ']', '{', '}', '"', ',', '\n', '\r\n', '#', ';', ' ', '\t', 'evil.example', '*.', 'http://',
    '%7', '0.0.0.0 ', '127.0.0.1\t', '# sonde: allow', 'first_seen_utc,dst_ip,dst_port,c2_status,last_online,malware', '2001:db8::',
    '# "ioc_value","ioc_type","threat_type"', '{"type":"bundle","objects":[', '{"Event":{"Attribute":[', '{"type":"indicator","pattern":"',
    "[ipv4-addr:value = '", "']", ' AND ', ' OR ', '(', ')', 'ä', '\u0000', 'xn--', '0'.repeat(64), '-', '_', '.', 'hxxp', '[.]', '\\', "'",
  ]; // prettier-ignore
  const texts = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 8 })), { maxLength: 60 });

  it(
    'ends in entries and counted refusals, or in an error that says what to do',
    async () => {
      await fc.assert(
        fc.asyncProperty(texts, async (pieces) => {
          const loaded = await load(pieces.join('')).catch((error: unknown) => {
            expect(error).toMatchObject({ name: 'SondeError', cure: expect.stringMatching(/\S/) as string });
            return undefined;
          });
          if (!loaded) return;
          expect(loaded.lists[0]!.refused).toBeGreaterThanOrEqual(loaded.refused.length);
          expect(loaded.listed.size + loaded.allowed.size).toBe(loaded.lists[0]!.indicators);
        }),
        { numRuns: 1500, seed: 7 },
      );
    },
    SLOW,
  );

  it(
    'JSON of any shape, too',
    async () => {
      const value = fc.oneof(
        fc.constantFrom(
          'indicator',
          'bundle',
          'ip-dst',
          'domain|ip',
          "[ipv4-addr:value = '203.0.113.9']",
          '203.0.113.9',
          true,
          5,
          null,
        ),
        fc.jsonValue({ maxDepth: 2 }),
      );
      const names = fc.constantFrom('type', 'value', 'to_ids', 'pattern', 'objects', 'Attribute', 'Event', 'Object', 'Tag', 'name', 'valid_until', 'labels', 'id', 'Orgc', 'kill_chain_phases', 'confidence'); // prettier-ignore
      const object = fc.dictionary(names, value);
      const nested = fc.dictionary(names, fc.oneof(value, object, fc.array(object, { maxLength: 4 })));
      const shape = fc.oneof(
        nested.map((event) => ({ Event: event })),
        fc.array(nested, { maxLength: 4 }).map((objects) => ({ type: 'bundle', objects })),
        fc.array(nested, { maxLength: 4 }),
        fc.array(nested, { maxLength: 4 }).map((Attribute) => ({ response: { Attribute } })),
      );
      await fc.assert(
        fc.asyncProperty(shape, async (json) => {
          await load(JSON.stringify(json)).catch((error: unknown) =>
            expect(error).toMatchObject({ name: 'SondeError' }),
          );
        }),
        { numRuns: 1500, seed: 7 },
      );
    },
    SLOW,
  );
});
