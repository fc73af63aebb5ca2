import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { describeCard } from '../../../src-main/meter/enrich/mac-vendors.ts';

describe('the card behind a hardware address', () => {
  it('is known by the block that IEEE assigned, in any notation', () => {
    const card = { kind: 'assigned', vendor: 'PCS Systemtechnik GmbH' };
    expect(describeCard('08:00:27:12:34:56')).toEqual(card);
    expect(describeCard('08-00-27-AB-CD-EF')).toEqual(card);
    expect(describeCard('080027abcdef')).toEqual(card);
  });

  it('is found in the smallest block that has it', () => {
    const registry = createRequire(import.meta.url)('oui-data') as Record<string, string>;
    for (const digits of [9, 7]) {
      const [key, text] = Object.entries(registry).find(([k]) => k.length === digits)!;
      expect(describeCard(key.padEnd(12, '0'))?.vendor).toBe(text.split('\n')[0]);
    }
  });

  it('is the same for every entry of the registry that is asked for', () => {
    const registry = createRequire(import.meta.url)('oui-data') as Record<string, string>;
    const large = Object.entries(registry).filter(([key]) => key.length === 6 && !(parseInt(key.slice(0, 2), 16) & 3));
    const some = large.filter((_, i) => i % 997 === 0).filter(([, text]) => !text.startsWith('IEEE Registration'));
    expect(some.length).toBeGreaterThan(30);
    for (const [key, text] of some) {
      // A number that no smaller block can hold is not needed: the blocks of 36 and 28 bits lie in blocks of IEEE's own.
      expect([key, describeCard(`${key}000000`)?.vendor]).toEqual([key, text.split('\n')[0]!.trim().slice(0, 100)]);
    }
  });

  it('is nobody known where the block is IEEE’s own or not assigned', () => {
    expect(describeCard('00:50:c2:ff:f0:00')).toEqual({ kind: 'assigned', vendor: null });
    expect(describeCard('fc:fe:fc:00:00:01')).toEqual({ kind: 'assigned', vendor: null });
  });

  it('was made up where the address is locally administered', () => {
    expect(describeCard('da:a1:19:00:00:01')).toEqual({ kind: 'local', vendor: null });
    expect(describeCard('52:54:00:12:34:56')).toEqual({ kind: 'local', vendor: 'QEMU or KVM virtual machine' });
    expect(describeCard('02:42:ac:11:00:02')).toEqual({ kind: 'local', vendor: 'Docker container' });
  });

  it('is no card where the address is a group’s', () => {
    expect(describeCard('01:00:5e:00:00:fb')).toEqual({ kind: 'group', vendor: null });
    expect(describeCard('ff:ff:ff:ff:ff:ff')).toEqual({ kind: 'group', vendor: null });
  });

  it.each(['', '10.0.0.1', '08:00:27:12:34', '08:00:27:12:34:5g', '"080027":'])('%j is no hardware address', (text) => {
    expect(describeCard(text)).toBeNull();
  });
});
