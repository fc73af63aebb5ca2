import { describe, expect, it } from 'vitest';
import * as f from '../../generator/frames.ts';
import { innerChecksumOk, ipOf } from './packet-view.ts';

const A = { src: '10.0.0.1', dst: '10.0.0.2' };
const B = { src: '2001:db8::1', dst: '2001:db8::2' };
const U = f.udp({ sport: 1000, dport: 2000 });

describe('frame builders', () => {
  it('builds an Ethernet/IPv4/UDP packet byte for byte', () => {
    const packet = f.frame(f.ethernet(), f.ipv4(A), U, 'hi');
    expect(packet).toEqual(
      f.hex(`020000000002 020000000001 0800
        4500001e 00014000 401126cc 0a000001 0a000002
        03e807d0 000a77b6 6869`),
    );
  });

  it('fills in the next-protocol field of every link layer', () => {
    const ether = (...layers: f.Layer[]): string =>
      Buffer.from(f.frame(f.ethernet(), ...layers).subarray(12)).toString('hex');
    expect(ether(f.dot1q({ vid: 5 }), f.ipv6(B))).toMatch(/^8100000586dd6/);
    expect(ether(f.qinq({ vid: 9 }), f.dot1q({ vid: 5 }), f.ipv4(A))).toMatch(/^88a80009810000050800/);
    expect(ether(f.mpls([16, 17]), f.ipv4(A))).toMatch(/^8847000100400001114045/);
    expect(ether(f.pppoe({ session: 3 }), f.ipv6(B))).toMatch(/^8864110000030{2}2a0057/);
    expect(ether(f.dot1ah({ isid: 77 }), f.ethernet(), f.ipv4(A))).toMatch(/^88e70000004d0200/);
    const other = (layer: f.Layer, ip: f.Layer): string => Buffer.from(f.frame(layer, ip)).toString('hex');
    expect(other(f.sll(), f.ipv4(A)).slice(0, 32)).toBe('00000001000602000000000100000800');
    expect(other(f.sll2(), f.ipv6(B)).slice(0, 4)).toBe('86dd');
    expect(other(f.bsdNull(), f.ipv6(B)).slice(0, 8)).toBe('1e000000');
    expect(other(f.bsdLoop(), f.ipv4(A)).slice(0, 8)).toBe('00000002');
    expect(other(f.ppp(), f.ipv4(A)).slice(0, 8)).toBe('ff030021');
    expect(other(f.chdlc(), f.ipv6(B)).slice(0, 8)).toBe('0f0086dd');
    expect(other(f.wlan(), f.ipv4(A)).slice(48, 64)).toBe('aaaa030000000800');
  });

  it('computes transport checksums under either IP version', () => {
    const inner = [f.tcp({ sport: 1, dport: 2, flags: 'SA', mss: 1460 }), U, f.icmpEcho({ id: 1, sequence: 1 })];
    for (const layer of inner) {
      const ip = ipOf(f.frame(f.ethernet(), f.ipv4(A), layer, 'odd'))!;
      expect([ip.headerOk, innerChecksumOk(ip)]).toEqual([true, true]);
    }
    for (const layer of [inner[0]!, U, f.icmp6Echo({ id: 1, sequence: 1 }), f.mld2Report(['ff02::fb'])]) {
      expect(innerChecksumOk(ipOf(f.frame(f.ethernet(), f.ipv6(B), layer, 'odd'))!)).toBe(true);
    }
  });

  it('checks SCTP with CRC-32C', () => {
    expect(f.crc32c(f.bytes('123456789'))).toBe(0xe3069283);
    expect(f.crc32(f.bytes('123456789'))).toBe(0xcbf43926);
  });

  it('cuts a datagram in fragments that together are the whole', () => {
    const inner = f.frame(f.ipv4(A), U, new Uint8Array(2000).fill(7)).subarray(20);
    const parts = f.fragments4([f.ethernet()], { ...A, id: 9 }, inner, 17, 800, f.frame);
    expect(parts.map((p) => (p[20]! << 8) | p[21]!)).toEqual([0x2000, 0x2064, 0x00c8]);
    expect(f.concat(...parts.map((p) => p.subarray(34)))).toEqual(inner);
  });

  it('lies where it is told to', () => {
    const packet = f.frame(
      f.ipv4({ ...A, totalLength: 9000, ihl: 15, checksum: 0xbeef }),
      f.udp({ sport: 1, dport: 2, length: 3 }),
    );
    expect(Buffer.from(packet.subarray(0, 4)).toString('hex')).toBe('4f002328');
    expect(Buffer.from(packet.subarray(10, 12)).toString('hex')).toBe('beef');
    expect(Buffer.from(packet.subarray(24, 26)).toString('hex')).toBe('0003');
  });

  it('nests tunnels', () => {
    const vxlan = f.frame(
      f.ipv4(A),
      f.udp({ sport: 5, dport: 4789 }),
      f.vxlan({ vni: 42 }),
      f.ethernet(),
      f.ipv4(A),
      U,
    );
    expect(Buffer.from(vxlan.subarray(28, 36)).toString('hex')).toBe('0800000000002a00');
    expect(f.frame(f.ipv4(A), f.ipv6(B), U)[9]).toBe(41);
    expect(f.frame(f.ipv6(B), f.ipv4(A), U)[6]).toBe(4);
    expect(Buffer.from(f.frame(f.gre(), f.ethernet(), f.ipv4(A)).subarray(0, 4)).toString('hex')).toBe('00006558');
  });

  it('reads and writes addresses', () => {
    const cases = ['::', '::1', 'fe80::1:2', '2001:db8::', '2001:db8:0:1:1:1:1:1', '1:2:3:4:5:6:7:8', '1::2:0:0:3'];
    for (const text of cases) {
      const back = f.ip6(f.ipText(f.ip6(text)));
      expect(back).toEqual(f.ip6(text));
    }
    expect(f.ipText(f.ip6('2001:0db8:0:0:0:0:0:1'))).toBe('2001:db8::1');
    expect(() => f.ip4('1.2.3')).toThrow(RangeError);
    expect(() => f.ip6('1::2::3')).toThrow(RangeError);
  });
});
