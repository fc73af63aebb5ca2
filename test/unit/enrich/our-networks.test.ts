import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeNetworkView } from '../../../src-main/detect/incidents/network.ts';
import { OurNetworks } from '../../../src-main/meter/enrich/our-networks.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { addressText, contains, ourNetworks, parseAddress, parseNetwork } from '../../../src-shared/domain/network.ts';

function idOf(hosts: HostTable, address: string): number {
  const view = new DataView(parseAddress(address)!.buffer);
  return hosts.intern(Uint32Array.of(view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)), 0);
}

function ours(networks: readonly string[], address: string): boolean {
  const hosts = new HostTable();
  return new OurNetworks(hosts, networks).has(idOf(hosts, address));
}

describe('our networks', () => {
  const named = ['203.0.113.0/25', '2001:db8::/32', '198.51.100.7'];

  it.each(['203.0.113.0', '203.0.113.127', '2001:db8:ffff::1', '198.51.100.7'])('hold %s', (address) => {
    expect(ours(named, address)).toBe(true);
  });

  it.each(['203.0.113.128', '203.0.112.255', '2001:db9::', '198.51.100.6', '10.0.0.1', 'fd00::1', '8.8.8.8'])(
    'do not hold %s: what is not listed is outside',
    (address) => {
      expect(ours(named, address)).toBe(false);
    },
  );

  it.each(['127.0.0.1', '169.254.7.7', 'fe80::1', '::1', '0.0.0.0', '::'])(
    'always hold %s, which never leaves its link',
    (address) => {
      expect(ours(named, address)).toBe(true);
    },
  );

  it('hold every address of a family where the prefix is 0', () => {
    expect(ours(['0.0.0.0/0'], '8.8.8.8')).toBe(true);
    expect(ours(['0.0.0.0/0'], '2001:db8::1')).toBe(false);
    expect(ours(['::/0'], '2001:db8::1')).toBe(true);
    expect(ours(['::/0'], '8.8.8.8')).toBe(false);
    expect(ours(['::/64'], '8.8.8.8')).toBe(false);
    expect(ours(['::ffff:0:0/95'], '8.8.8.8')).toBe(false);
    expect(ours(['::ffff:0:0/96'], '8.8.8.8')).toBe(true);
  });

  it('are the private ones where none is named', () => {
    expect(ours([], '192.168.1.1')).toBe(true);
    expect(ours([], '203.0.113.1')).toBe(false);
  });

  it('refuse what is no network', () => {
    expect(() => new OurNetworks(new HostTable(), ['10.0.0.0/33'])).toThrow(RangeError);
    expect(() => makeNetworkView(new HostTable(), ['office'])).toThrow('office is neither an address nor a network');
  });

  it('answer the same again, for any number of hosts', () => {
    const hosts = new HostTable();
    const networks = new OurNetworks(hosts, ['10.1.0.0/16']);
    const ids = Array.from({ length: 3000 }, (_, i) => idOf(hosts, `10.${i % 3}.${i >> 8}.${i & 255}`));
    const expected = ids.map((_, i) => i % 3 === 1);
    expect(ids.map((id) => networks.has(id))).toEqual(expected);
    expect(ids.map((id) => networks.has(id))).toEqual(expected);
  });

  it('decide as the networks of the desk do, whatever the address', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(bytes, bytes, fc.integer({ min: 0, max: 128 }), fc.boolean(), (a, b, bits, near) => {
        const network = `${addressText(Uint8Array.from(a))}/${bits}`;
        if (parseNetwork(network) === null) return;
        const address = addressText(Uint8Array.from(near ? a.map((x, i) => (i * 8 < bits - 8 ? x : b[i]!)) : b));
        const wanted = ourNetworks([network]).some((n) => contains(n, parseAddress(address)!));
        expect(ours([network], address)).toBe(wanted);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the view that behaviours have', () => {
  it('takes the named networks as local instead of the private ones', () => {
    const hosts = new HostTable();
    const [server, private_] = [idOf(hosts, '203.0.113.5'), idOf(hosts, '10.0.0.5')];
    expect([server, private_].map(makeNetworkView(hosts).isLocal)).toEqual([false, true]);
    expect([server, private_].map(makeNetworkView(hosts, ['203.0.113.0/24']).isLocal)).toEqual([true, false]);
  });
});
