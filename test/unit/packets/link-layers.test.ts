import { describe, expect, it } from 'vitest';
import { concat, u16, u16le, u32, u32le, zeros } from '../../generator/bytes.ts';
import {
  arp,
  bsdLoop,
  bsdNull,
  chdlc,
  dot1ah,
  dot1q,
  ethernet,
  frame,
  ipv4,
  ipv6,
  LINKTYPE,
  llc,
  mpls,
  nflog,
  ppi,
  ppp,
  pppoe,
  pwControlWord,
  qinq,
  radiotap,
  sll,
  sll2,
  snap,
  tcp,
  udp,
  wlan,
  wlanRaw,
} from '../../generator/frames.ts';
import { codes, decodeAll, rowsOf } from './helpers.ts';

const V4 = [ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }), tcp({ sport: 40_000, dport: 80, flags: 'S' })] as const;
const V6 = [ipv6({ src: '2001:db8::1', dst: '2001:db8::2' }), udp({ sport: 40_000, dport: 53 })] as const;
const IS_V4 = { src: '10.0.0.1', dst: '10.0.0.2', srcPort: 40_000, dstPort: 80, proto: 6 };
const IS_V6 = { src: '2001:db8::1', dst: '2001:db8::2', srcPort: 40_000, dstPort: 53, proto: 17 };
const IP_BYTES = frame(...V4);

describe('Ethernet', () => {
  it('gives the MAC addresses', () => {
    const data = frame(ethernet({ src: '02:00:00:00:00:01', dst: 'fe:dc:ba:98:76:54' }), ...V4);
    expect(rowsOf(data)).toMatchObject([{ ...IS_V4, srcMac: '020000000001', dstMac: 'fedcba987654' }]);
  });

  it.each([
    ['one VLAN tag', [dot1q({ vid: 5 })], [5]],
    ['a priority tag', [dot1q({ vid: 0, pcp: 3 })], []],
    ['two tags', [qinq({ vid: 100 }), dot1q({ vid: 200 })], [100, 200]],
    ['three tags', [qinq({ vid: 100 }), dot1q({ vid: 200 }), dot1q({ vid: 300 })], [100, 200]],
    ['PPPoE', [pppoe()], []],
    ['PPPoE in two tags', [qinq({ vid: 7 }), dot1q({ vid: 8 }), pppoe()], [7, 8]],
    ['MPLS', [mpls([16, 17, 18])], []],
    ['an MPLS pseudo-wire', [mpls([16]), ethernet()], []],
    ['an MPLS pseudo-wire with a control word', [mpls([16]), pwControlWord(), ethernet()], []],
    ['LLC and SNAP', [snap()], []],
    ['a provider backbone', [qinq({ vid: 9 }), dot1ah({ isid: 1 }), ethernet()], [9]],
  ] as const)('is decoded behind %s', (_, layers, vlan) => {
    expect(rowsOf(frame(ethernet(), ...layers, ...V4))).toMatchObject([{ ...IS_V4, vlan }]);
    expect(rowsOf(frame(ethernet(), ...layers, ...V6))).toMatchObject([{ ...IS_V6, vlan }]);
  });

  it.each([
    ['VN-Tag', 0x8926, zeros(4)],
    ['E-Tag', 0x893f, zeros(6)],
    ['integrity-only MACsec', 0x88e5, Uint8Array.of(0x20, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8)],
  ] as const)('is decoded behind %s', (_, type, tag) => {
    const data = concat(zeros(12), u16(type), tag, u16(0x0800), IP_BYTES);
    expect(rowsOf(data)).toMatchObject([IS_V4]);
  });

  it('is decoded behind a network service header', () => {
    const data = concat(zeros(12), u16(0x894f), [0, 6, 1, 1], u32(0x100), zeros(16), IP_BYTES);
    expect(rowsOf(data)).toMatchObject([IS_V4]);
  });

  it('gives no row for what is not IP or ARP', () => {
    expect(rowsOf(frame(ethernet(), llc({ dsap: 0x42, ssap: 0x42 }), zeros(35)))).toEqual([]);
    expect(rowsOf(concat(zeros(12), u16(0x88cc), zeros(46)))).toEqual([]);
  });

  it('counts encrypted MACsec frames', () => {
    const data = concat(zeros(12), u16(0x88e5), [0x2c, 0, 0, 0, 0, 1], zeros(60));
    expect(codes(decodeAll([{ data }]).warnings)).toEqual(['encrypted-frame']);
  });

  it('ends at the IP length, not at the padding', () => {
    const [row] = rowsOf(concat(frame(ethernet(), ...V4), zeros(30)));
    expect(row).toMatchObject({ payload: '', payloadLength: 0, flags: [] });
  });

  it('does not follow tags without end', () => {
    const tags = Array.from({ length: 200 }, () => dot1q({ vid: 1 }));
    expect(rowsOf(frame(ethernet(), ...tags, ...V4))).toEqual([]);
  });

  it('gives sender and target of ARP', () => {
    const layer = arp({
      op: 2,
      senderMac: '02:00:00:00:00:01',
      senderIp: '10.0.0.1',
      targetMac: '02:00:00:00:00:02',
      targetIp: '10.0.0.9',
    });
    expect(rowsOf(frame(ethernet(), layer))).toMatchObject([
      { src: '10.0.0.1', dst: '10.0.0.9', srcPort: 2, proto: 256 },
    ]);
  });
});

describe('other link layers', () => {
  it.each([
    ['LINUX_SLL', LINKTYPE.LINUX_SLL, [sll()]],
    ['LINUX_SLL2', LINKTYPE.LINUX_SLL2, [sll2()]],
    ['LINUX_SLL with a VLAN tag', LINKTYPE.LINUX_SLL, [sll(), dot1q({ vid: 5 })]],
    ['NULL, little-endian', LINKTYPE.NULL, [bsdNull({ endian: 'little' })]],
    ['NULL, big-endian', LINKTYPE.NULL, [bsdNull({ endian: 'big' })]],
    ['LOOP', LINKTYPE.LOOP, [bsdLoop()]],
    ['RAW', LINKTYPE.RAW, []],
    ['PPP', LINKTYPE.PPP, [ppp()]],
    ['PPP without framing bytes', LINKTYPE.PPP, [ppp({ bare: true })]],
    ['PPP_HDLC', LINKTYPE.PPP_HDLC, [ppp()]],
    ['PPP_HDLC that is Cisco HDLC', LINKTYPE.PPP_HDLC, [chdlc()]],
    ['C_HDLC', LINKTYPE.C_HDLC, [chdlc()]],
    ['NFLOG', LINKTYPE.NFLOG, [nflog({ prefix: 'DROP ' })]],
    ['NFLOG, big-endian', LINKTYPE.NFLOG, [nflog({ endian: 'big' })]],
    ['IEEE802_11 to the access point', LINKTYPE.IEEE802_11, [wlan({ ds: 'to' })]],
    ['IEEE802_11 from the access point', LINKTYPE.IEEE802_11, [wlan({ ds: 'from', qos: true })]],
    ['IEEE802_11 between access points', LINKTYPE.IEEE802_11, [wlan({ ds: 'both', qos: true })]],
    ['IEEE802_11 with a control field', LINKTYPE.IEEE802_11, [wlan({ ds: 'to', qos: true, htc: true })]],
    ['IEEE802_11 aggregated', LINKTYPE.IEEE802_11, [wlan({ ds: 'from', qos: true, amsdu: true })]],
    ['IEEE802_11_RADIOTAP', LINKTYPE.IEEE802_11_RADIOTAP, [radiotap(), wlan({ ds: 'to' })]],
    ['IEEE802_11_RADIOTAP, longer', LINKTYPE.IEEE802_11_RADIOTAP, [radiotap({ extraWords: 2 }), wlan({ ds: 'to' })]],
    ['PPI', LINKTYPE.PPI, [ppi(), wlan({ ds: 'from' })]],
  ] as const)('%s is decoded', (_, link, layers) => {
    expect(rowsOf(frame(...layers, ...V4), link)).toMatchObject([IS_V4]);
    expect(rowsOf(frame(...layers, ...V6), link)).toMatchObject([IS_V6]);
  });

  it.each([
    ['IPV4', 228, []],
    ['RAW of OpenBSD', 14, []],
    ['PPP_WITH_DIR', 204, [1, 0xff, 3, 0, 0x21]],
    ['PPP_PPPD', 166, [1, 3, 0, 0x21]],
    ['PPP_ETHER', 51, [0x11, 0, 0, 1, 0, 42, 0, 0x21]],
    ['C_HDLC_WITH_DIR', 205, [1, 0x0f, 0, 8, 0]],
    ['FDDI', 10, concat([0x57], zeros(12), [0xaa, 0xaa, 3, 0, 0, 0, 8, 0])],
    ['IP_OVER_FC', 122, concat(zeros(16), [0xaa, 0xaa, 3, 0, 0, 0, 8, 0])],
    ['APPLE_IP_OVER_IEEE1394', 138, concat(zeros(16), [8, 0])],
    ['ATM_RFC1483', 100, [0xaa, 0xaa, 3, 0, 0, 0, 8, 0]],
    ['PFLOG', 117, concat([61, 2, 0, 0], zeros(60))],
    ['ENC', 109, zeros(12)],
    ['IPNET', 226, zeros(24)],
    ['MPLS', 219, [0, 0x10, 0x01, 64]],
    ['PKTAP', 258, concat(u32le(108), u32le(1), u32le(12), zeros(96))],
  ] as const)('%s is decoded', (_, link, header) => {
    expect(rowsOf(concat(header, IP_BYTES), link)).toMatchObject([IS_V4]);
  });

  it.each([
    ['IEEE802_11_AVS', 163, concat(u32(0x80211001), u32(64), zeros(56))],
    ['IEEE802_11_PRISM', 119, zeros(144)],
    ['IEEE802_11_PRISM with an AVS header', 119, concat(u32(0x80211001), u32(64), zeros(56))],
  ] as const)('%s is decoded', (_, link, header) => {
    expect(rowsOf(concat(header, frame(wlan({ ds: 'to' }), ...V4)), link)).toMatchObject([IS_V4]);
  });

  it('IPV4 holds no IPv6, and IPV6 no IPv4', () => {
    expect(rowsOf(frame(...V6), LINKTYPE.IPV6)).toMatchObject([IS_V6]);
    expect(rowsOf(frame(...V6), LINKTYPE.IPV4)).toEqual([]);
    expect(rowsOf(frame(...V4), LINKTYPE.IPV6)).toEqual([]);
  });

  it('gives the addresses of a radio frame by its way through the access point', () => {
    const addresses = (ds: 'to' | 'from'): Uint8Array => frame(wlan({ ds }), ...V4);
    const [to] = rowsOf(addresses('to'), 105);
    const [from] = rowsOf(addresses('from'), 105);
    expect([to?.srcMac, to?.dstMac]).toEqual([from?.srcMac, from?.dstMac]);
  });

  it('counts encrypted radio frames and passes over those without data', () => {
    const encrypted = frame(wlan({ ds: 'to', protectedFrame: true }), ...V4);
    const beacon = frame(wlanRaw({ type: 0, subtype: 8, body: zeros(60) }));
    const decoded = decodeAll([
      { data: encrypted, link: 105 },
      { data: beacon, link: 105 },
      { data: encrypted, link: 105 },
    ]);
    expect(decoded.rows).toEqual([]);
    expect(decoded.warnings).toMatchObject([{ code: 'encrypted-frame', count: 2 }]);
  });

  it('leaves the frame check sequence out when the radiotap header tells of one', () => {
    const [row] = rowsOf(frame(radiotap({ fcs: true }), wlan({ ds: 'to', fcs: true }), ...V4), 127);
    expect(row).toMatchObject(IS_V4);
  });

  it('leave no MAC address of an earlier packet behind', () => {
    const { rows } = decodeAll([{ data: frame(ethernet(), ...V4) }, { data: IP_BYTES, link: 101 }]);
    expect(rows[1]).toMatchObject({ srcMac: '000000000000', dstMac: '000000000000' });
  });
});

describe('a link type that cannot be decoded', () => {
  it('gives no rows, and one warning by its name that counts', () => {
    const packets = [147, 147, 249, 12_345].map((link) => ({ data: IP_BYTES, link }));
    const { rows, warnings } = decodeAll(packets);
    expect(rows).toEqual([]);
    expect(warnings.map((w) => [w.code, w.count, w.message.split(':')[0]])).toEqual([
      ['unsupported-link-type', 2, 'USER0'],
      ['unsupported-link-type', 1, 'USBPCAP'],
      ['unsupported-link-type', 1, 'UNKNOWN_12345'],
    ]);
  });

  it('is named when it stands behind a header that names it', () => {
    const data = concat([0, 0], u16le(8), u32le(147), IP_BYTES);
    expect(decodeAll([{ data, link: 192 }]).warnings[0]?.message).toMatch(/^PPI with USER0:/);
  });
});
