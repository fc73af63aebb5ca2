import { describe, expect, it } from 'vitest';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import type { InputSummary } from '../../../src-main/meter/packets/types.ts';
import { roleFinder, secondsOf } from '../../../src-main/run/pipeline/meaning.ts';

const hosts = new HostTable();
for (let i = 1; i <= 4; i++) hosts.intern(Uint32Array.of(0, 0, 0xffff, 0x0a000000 + i), 0);
const MAC = 'a4:83:e7:c9:a5:2c';

function rolesOf(devices: readonly [address: string, role: string][], cards: Record<string, string[]> = {}) {
  const list = devices.map(([address, role]) => ({ address, name: '', role }));
  const roleOf = roleFinder(list, hosts, new Map(Object.entries(cards)));
  return [0, 1, 2, 3, 4].map(roleOf);
}

describe('the role of a host', () => {
  it('is what is said of its address', () => {
    expect(rolesOf([['10.0.0.2', 'scanner']])).toEqual([undefined, undefined, 'scanner', undefined, undefined]);
  });

  it('is what is said of its card, in any notation', () => {
    const cards = { '10.0.0.1': [MAC], '10.0.0.3': [MAC] };
    expect(rolesOf([['A4-83-E7-C9-A5-2C', 'camera']], cards)).toEqual([
      undefined,
      'camera',
      undefined,
      'camera',
      undefined,
    ]);
  });

  it('is not taken from a card where others claim the same address', () => {
    const cards = { '10.0.0.1': [MAC, '00:00:5e:00:01:01'] };
    expect(rolesOf([[MAC, 'camera']], cards)[1]).toBeUndefined();
  });

  it('is that of the address before that of the card', () => {
    expect(
      rolesOf(
        [
          ['10.0.0.1', 'backup'],
          [MAC, 'camera'],
        ],
        { '10.0.0.1': [MAC] },
      )[1],
    ).toBe('backup');
  });

  it('is nobody’s where the address did not occur or is none', () => {
    expect(
      rolesOf([
        ['10.9.9.9', 'scanner'],
        ['nonsense', 'scanner'],
      ]),
    ).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});

describe('the time of a capture', () => {
  const input = (firstSec: number, lastSec: number, packets = 1): InputSummary =>
    ({ firstSec, lastSec, packets }) as InputSummary;

  it('is from the first packet of all inputs to the last', () => {
    expect(secondsOf([input(100, 200), input(50, 120), input(0, 0, 0)])).toBe(150);
    expect(secondsOf([input(0, 0, 0)])).toBe(0);
    expect(secondsOf([])).toBe(0);
  });
});
