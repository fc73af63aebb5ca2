import { describe, expect, it } from 'vitest';
import { formatAddress, HostTable, isIPv4 } from '../../../src-main/meter/hosts.ts';

function v4(n: number): Uint32Array {
  return new Uint32Array([0, 0, 0xffff, n]);
}

describe('host ids', () => {
  it('count from 1 in order of first sight, and stay', () => {
    const hosts = new HostTable();
    expect([hosts.intern(v4(7), 0), hosts.intern(v4(9), 0), hosts.intern(v4(7), 0)]).toEqual([1, 2, 1]);
    expect([hosts.find(v4(9), 0), hosts.find(v4(8), 0)]).toEqual([2, 0]);
    expect(hosts.address(1)).toBe('0.0.0.7');
  });

  it('survive growth', () => {
    const hosts = new HostTable(1 << 16, 16);
    for (let i = 0; i < 20_000; i++) expect(hosts.intern(v4(i * 7919), 0)).toBe(i + 1);
    for (let i = 0; i < 20_000; i += 997) expect(hosts.find(v4(i * 7919), 0)).toBe(i + 1);
  });

  it('beyond the ceiling are 0, and counted', () => {
    const hosts = new HostTable(2, 16);
    const own = 0x0a000000;
    expect([own, own + 1, own + 2, own].map((n) => hosts.intern(v4(n), 0))).toEqual([1, 2, 0, 1]);
    expect(hosts.overflowed).toBe(1);
  });

  it('are left for addresses of our own when a flood of forged ones fills the table', () => {
    const hosts = new HostTable(100, 16);
    for (let n = 0; n < 1000; n++) hosts.intern(v4(0x2d000000 + n), 0);
    expect([hosts.size, hosts.overflowed]).toEqual([75, 925]);
    for (const n of [0x0a000001, 0xac1f0001, 0xc0a80101, 0xa9fe0001]) expect(hosts.intern(v4(n), 0)).toBeGreaterThan(0);
    expect(hosts.intern(new Uint32Array([0xfe800000, 0, 0, 1]), 0)).toBe(80);
    expect(hosts.intern(new Uint32Array([0xfd000000, 0, 0, 1]), 0)).toBe(81);
    expect(hosts.intern(new Uint32Array([0x20010db8, 0, 0, 1]), 0)).toBe(0);
    expect(hosts.intern(v4(0xac200001), 0)).toBe(0);
  });
});

describe('addresses as text', () => {
  it.each([
    [[0, 0, 0xffff, 0x0a000001], '10.0.0.1'],
    [[0, 0, 0, 0], '::'],
    [[0, 0, 0, 1], '::1'],
    [[0x20010db8, 0, 0, 1], '2001:db8::1'],
    [[0x20010db8, 0x00010000, 0x00000001, 0], '2001:db8:1::1:0:0'],
    [[0x20010db8, 0x00010001, 0x00010001, 0x00010001], '2001:db8:1:1:1:1:1:1'],
    [[0xfe800000, 0, 0x00010000, 0x00000001], 'fe80::1:0:0:1'],
  ])('%j', (words, expected) => {
    expect(formatAddress(new Uint32Array(words), 0)).toBe(expected);
    expect(isIPv4(new Uint32Array(words), 0)).toBe(expected === '10.0.0.1');
  });
});
