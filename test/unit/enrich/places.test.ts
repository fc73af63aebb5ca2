import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FILE_MAX } from '../../../src-main/meter/enrich/geo/database.ts';
import { Places } from '../../../src-main/meter/enrich/geo/places.ts';
import { placeWords, withPlaces } from '../../../src-shared/domain/place.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { asRecord, cityRecord, control, encode, mmdb, Raw, type MmdbOptions, type Value } from './mmdb-writer.ts';

const SLOW = 60_000;
let folder = '';
let made = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-places-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(bytes: Uint8Array): string {
  const path = join(folder, `${made++}.mmdb`);
  writeFileSync(path, bytes);
  return path;
}
const open = (...options: MmdbOptions[]): Places => Places.open(options.map((each) => file(mmdb(each))));

function errorOf(what: () => unknown): SondeError {
  try {
    what();
  } catch (error) {
    if (error instanceof SondeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const CITY: MmdbOptions = {
  type: 'GeoLite2-City',
  records: {
    '198.51.100.0/24': cityRecord('DE', 'Germany', 'Berlin'),
    '203.0.113.0/24': cityRecord('NL', 'Netherlands', 'Utrecht'),
    '203.0.113.128/25': cityRecord('FR', 'France', 'Lyon'),
    '2001:db8::/32': cityRecord('SE', 'Sweden', 'Lund'),
  },
};
const AS: MmdbOptions = {
  type: 'DBIP-ASN-Lite (compat=GeoLite2-ASN)',
  records: { '203.0.113.0/24': asRecord(64_500, 'Example'), '192.0.2.7/32': asRecord(4_200_000_001, 'Other') },
};

describe('databases of places', () => {
  it.each([24, 28, 32] as const)('answer by the most exact network, with records of %i bits', (recordSize) => {
    const places = open({ ...CITY, recordSize });
    const nl = { country: 'NL', countryName: 'Netherlands', city: 'Utrecht' };
    expect(places.place('203.0.113.5')).toEqual(nl);
    expect(places.place('203.0.113.127')).toEqual(nl);
    expect(places.place('203.0.113.128')).toMatchObject({ country: 'FR' });
    expect(places.place('2001:db8::1')).toMatchObject({ country: 'SE', city: 'Lund' });
    expect(places.place('203.0.114.1')).toBeNull();
    expect(places.place('10.0.0.1')).toBeNull();
  });

  it('say together what each of them knows; the first goes before the others', () => {
    const other = { type: 'DBIP-Country-Lite', records: { '203.0.113.0/24': cityRecord('BE', 'Belgium', '') } };
    const places = open(CITY, AS, other);
    expect(places.place('203.0.113.5')).toEqual({ country: 'NL', countryName: 'Netherlands', city: 'Utrecht', asn: 64_500, asName: 'Example' }); // prettier-ignore
    expect(places.place('192.0.2.7')).toEqual({ asn: 4_200_000_001, asName: 'Other' });
    expect(places.about.map(({ type, countries, networks }) => [type, countries, networks])).toEqual([
      ['GeoLite2-City', true, false],
      ['DBIP-ASN-Lite (compat=GeoLite2-ASN)', false, true],
      ['DBIP-Country-Lite', true, false],
    ]);
    expect(places.of(['203.0.113.5', '10.0.0.1', '203.0.113.5', '192.0.2.7'], 1)).toHaveLength(1);
  });

  it('may be flat', () => {
    const record: Value = { asn: 'AS64501', as_name: 'Flat\u0007 Net', country_code: 'CH', country: 'Switzerland' };
    const places = open({ type: 'generic_country_asn', records: { '192.0.2.0/24': record } });
    expect(places.place('192.0.2.1')).toEqual({ country: 'CH', asn: 64_501, asName: 'Flat Net' });
  });

  it('tell nothing of fields that are not what they should be', () => {
    const record: Value = {
      country: { iso_code: 'nl', names: [1] },
      city: 'x'.repeat(300),
      autonomous_system_number: 0,
    };
    const places = open({ type: 'GeoIP2-Enterprise', records: { '192.0.2.0/24': record } });
    expect(places.place('192.0.2.1')).toEqual({ city: 'x'.repeat(80) });
  });

  it('are found out when they are something else', () => {
    expect(errorOf(() => Places.open([join(folder, 'none')])).code).toBe('not-found');
    expect(errorOf(() => Places.open([file(Buffer.alloc(0))])).code).toBe('empty-file');
    mkdirSync(join(folder, 'f'));
    expect(errorOf(() => Places.open([join(folder, 'f')])).code).toBe('is-a-directory');
    expect(errorOf(() => open({ ...CITY, type: 'GeoIP2-Anonymous-IP' })).message).toContain('another kind');
    expect(errorOf(() => Places.open([file(Buffer.from('network,asn\n'))])).message).toContain('no MMDB file');
    expect(errorOf(() => Places.open([file(gzipSync(mmdb(CITY)))])).message).toContain('gzip');
    const version = { binary_format_major_version: 3 };
    expect(errorOf(() => open({ ...CITY, metadata: version })).message).toContain('version 2');
    expect(errorOf(() => open(...Array.from({ length: 9 }, () => AS))).code).toBe('too-many');
  });

  it('are not read where they are larger than any', () => {
    const path = file(Buffer.from('x'));
    truncateSync(path, FILE_MAX + 1);
    expect(errorOf(() => Places.open([path])).message).toContain('larger than');
  });

  it('are not read where they are too large together', () => {
    // A file with a hole: the tree is at its beginning, and what it says of itself at its end.
    const large = (): string => {
      const path = file(Buffer.alloc(0));
      truncateSync(path, FILE_MAX - 100_000);
      appendFileSync(path, mmdb(CITY));
      return path;
    };
    const files = [large(), large(), large()];
    expect(Places.open(files.slice(0, 2)).about).toHaveLength(2);
    const error = errorOf(() => Places.open(files));
    expect([error.code, error.where]).toEqual(['too-many', files[2]]);
    expect(error.message).toContain('together are larger than');
    expect(Places.readable(files)?.about).toHaveLength(2);
  });

  it('that were cut off anywhere end in an error, or were not cut', () => {
    const whole = mmdb(CITY);
    for (let length = 1; length < whole.length; length += 7) {
      expect(errorOf(() => Places.open([file(whole.subarray(0, length))])).cure).not.toBe('');
    }
    expect(errorOf(() => open({ ...CITY, metadata: { node_count: 1_000_000 } })).message).toContain('cut off');
  });

  it('that change after they were opened are told of', () => {
    const path = file(mmdb(CITY));
    const places = Places.open([path]);
    rmSync(path);
    expect(places.place('203.0.113.5')).toBeNull();
    expect(places.about[0]?.fault?.code).toBe('not-found');
  });

  it('cannot make the program work without end', () => {
    // A list that begins with itself; lists of millions; lists of pointers to lists of pointers.
    const itself = new Raw(...control(11, 5), 0x20, 0);
    const huge = new Raw(...Array.from({ length: 30 }, () => [...control(11, 16_000_000)]).flat());
    const levels: Buffer[] = [encode({ country: 'NL' })];
    let at = levels[0]!.length;
    let last = 0;
    for (let level = 0; level < 6; level++) {
      const pointers = Array.from({ length: 200 }, () => [0x20 | (last >> 8), last & 255]).flat();
      levels.push(Buffer.from([...control(11, 200), ...pointers]));
      last = at;
      at += levels.at(-1)!.length;
    }
    const bomb = levels.map((level, i) => [`192.0.2.${i}/32`, new Raw(...level)] as const);
    const first = [itself, huge].map((record) => ({ '192.0.2.6/32': record }));
    for (const records of [...first, Object.fromEntries(bomb)]) {
      const places = open({ type: 'GeoLite2-Country', records });
      const begun = performance.now();
      expect(places.place('192.0.2.6')).toBeNull();
      expect(performance.now() - begun).toBeLessThan(5000);
      expect(places.about[0]!.damaged).toBe(1);
    }
    expect(errorOf(() => open({ ...CITY, metadata: { languages: huge } })).message).toContain('damaged');
  });

  it(
    'with any byte changed give a place, nothing, or a plain error',
    () => {
      const whole = mmdb({ ...CITY, recordSize: 28 });
      for (let i = 0; i < whole.length; i += 3) {
        const bytes = Buffer.from(whole);
        bytes[i] = (bytes[i]! ^ (1 << (i % 8))) & 255;
        const path = file(bytes);
        try {
          const places = Places.open([path]);
          for (const address of ['203.0.113.5', '198.51.100.1', '2001:db8::1', '8.8.8.8']) {
            const place = places.place(address);
            expect(place === null || typeof place === 'object').toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(SondeError);
        }
        rmSync(path);
      }
    },
    SLOW,
  );
});

describe('places in words', () => {
  const example = { address: '203.0.113.5', country: 'NL', asn: 64_500, asName: 'Example' };

  it('are AS and country, as far as they are known', () => {
    expect(placeWords(example)).toBe('AS64500 Example, NL');
    expect(placeWords({ country: 'NL' })).toBe('NL');
    expect(placeWords({ asn: 1 })).toBe('AS1');
    expect(placeWords({ city: 'Utrecht' })).toBe('');
  });

  it('stand behind the first mention of an address, once', () => {
    const told = withPlaces('10.0.0.5 contacted 203.0.113.5, then 203.0.113.5.', [example]);
    expect(told).toBe('10.0.0.5 contacted 203.0.113.5 (AS64500 Example, NL), then 203.0.113.5.');
    expect(withPlaces(told, [example])).toContain('NL), then 203.0.113.5');
  });

  it('do not stand within longer addresses, networks and URLs', () => {
    for (const text of [
      '203.0.113.50',
      '1203.0.113.5',
      '203.0.113.5/24',
      'http://203.0.113.5/x',
      '203.0.113.5:80',
      '203.0.113.5.example',
    ])
      expect(withPlaces(text, [example])).toBe(text);
    expect(withPlaces('to 2001:db8::1.', [{ address: '2001:db8::1', country: 'SE' }])).toBe('to 2001:db8::1 (SE).');
    expect(withPlaces('2001:db8::1:2', [{ address: '2001:db8::1', country: 'SE' }])).toBe('2001:db8::1:2');
  });
});
