import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimestampUnit } from '../../../src-main/meter/packets/formats/timestamps.ts';

function convert(units: bigint, resolution: number, offset = 0): [number, number] {
  const unit = new TimestampUnit(resolution, offset);
  unit.convert(Number(units >> 32n), Number(units & 0xffffffffn));
  return [unit.sec, unit.nano];
}

describe('time stamps of pcapng', () => {
  it('are exact to the nanosecond', () => {
    expect(convert(1_700_000_000_123_456_789n, 9)).toEqual([1_700_000_000, 123_456_789]);
    expect(convert(1_700_000_000_999_999n, 6)).toEqual([1_700_000_000, 999_999_000]);
    expect(convert(1_700_000_000_999_999_999_999n & 0xffffffffffffffffn, 12)[1]).toBeLessThan(1e9);
  });

  it('may count in powers of two, and be shifted', () => {
    expect(convert(3n << 19n, 0x80 | 20)).toEqual([1, 500_000_000]);
    expect(convert((7n << 40n) + (1n << 39n), 0x80 | 40, -10)).toEqual([-3, 500_000_000]);
  });

  it('equal exact arithmetic for any count and unit', () => {
    const units = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    const resolutions = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(units, resolutions, (count, resolution) => {
        const exponent = BigInt(resolution & 0x7f);
        const perSecond = resolution & 0x80 ? 1n << exponent : 10n ** exponent;
        const nanos = ((count % perSecond) * 1_000_000_000n) / perSecond;
        const latest = 8_639_999_000_000n;
        const sec = count / perSecond;
        expect(convert(count, resolution)).toEqual([Number(sec > latest ? latest : sec), Number(nanos)]);
      }),
      { numRuns: 500 },
    );
  });
});
