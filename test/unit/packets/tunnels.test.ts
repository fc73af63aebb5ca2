import { describe, expect, it } from 'vitest';
import { concat, u16, zeros } from '../../generator/bytes.ts';
import {
  erspan,
  erspan3,
  ethernet,
  fragments4,
  frame,
  geneve,
  gre,
  gtpu,
  ipv4,
  ipv6,
  ppp,
  snap,
  tcp,
  teredo,
  udp,
  vxlan,
} from '../../generator/frames.ts';
import { GTP_PDU_SESSION } from '../../generator/frames/tunnels.ts';
import { codes, decodeAll, rowsOf, type Row } from './helpers.ts';

const OUTER = [ethernet(), ipv4({ src: '192.0.2.1', dst: '192.0.2.2' })] as const;
const OUTER6 = [ethernet(), ipv6({ src: '2001:db8:f::1', dst: '2001:db8:f::2' })] as const;
const INNER = [ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }), tcp({ sport: 40_000, dport: 80, flags: 'S' })] as const;
const INNER6 = [
  ipv6({ src: '2001:db8::1', dst: '2001:db8::2' }),
  tcp({ sport: 40_000, dport: 80, flags: 'S' }),
] as const;
const to = (dport: number): ReturnType<typeof udp> => udp({ sport: 50_000, dport });

function expectTunnel(rows: readonly Row[], tunnel: string, outer: Partial<Row>): void {
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({ ...outer, outer: -1, tunnel: 'NONE' });
  expect(rows[0]?.flags).toContain('HAS_INNER');
  expect(rows[1]).toMatchObject({ outer: 0, tunnel, srcPort: 40_000, dstPort: 80, proto: 6 });
}

describe('tunnels', () => {
  it.each([
    ['IP in IP', [], 'IP', 4],
    ['GRE', [gre()], 'GRE', 47],
    ['GRE with key, sequence and checksum', [gre({ key: 1, sequence: 2, checksum: true })], 'GRE', 47],
    ['GRE with Ethernet', [gre(), ethernet()], 'GRE', 47],
    ['ERSPAN I', [gre({ protocol: 0x88be }), ethernet()], 'ERSPAN', 47],
    ['ERSPAN II', [gre({ sequence: 1 }), erspan(), ethernet()], 'ERSPAN', 47],
    ['ERSPAN III', [gre({ sequence: 1 }), erspan3(), ethernet()], 'ERSPAN', 47],
    ['PPP in GRE', [gre({ protocol: 0x880b }), ppp()], 'GRE', 47],
    ['VXLAN', [to(4789), vxlan({ vni: 42 }), ethernet()], 'VXLAN', 17],
    ['VXLAN on the port of old kernels', [to(8472), vxlan({ vni: 42 }), ethernet()], 'VXLAN', 17],
    ['GENEVE', [to(6081), geneve({ vni: 1 }), ethernet()], 'GENEVE', 17],
    ['GENEVE with options', [to(6081), geneve({ vni: 1, options: zeros(12) }), ethernet()], 'GENEVE', 17],
    ['GENEVE with IP', [to(6081), geneve({ vni: 1 })], 'GENEVE', 17],
    ['GTP-U', [to(2152), gtpu({ teid: 1 })], 'GTPU', 17],
    ['GTP-U with a sequence number', [to(2152), gtpu({ teid: 1, sequence: 7 })], 'GTPU', 17],
    ['GTP-U with an extension', [to(2152), gtpu({ teid: 1, extension: GTP_PDU_SESSION })], 'GTPU', 17],
  ] as const)('%s give the outer row and then the inner one', (_, layers, tunnel, proto) => {
    expectTunnel(rowsOf(frame(...OUTER, ...layers, ...INNER)), tunnel, { src: '192.0.2.1', proto });
    const over6 = proto === 4 ? [...OUTER6, ...layers] : [...OUTER6, ...layers];
    expectTunnel(rowsOf(frame(...over6, ...INNER)), tunnel, { src: '2001:db8:f::1', proto });
  });

  it.each([
    ['6in4', OUTER, 41],
    ['6in6', OUTER6, 41],
  ] as const)('%s give both rows', (_, outer, proto) => {
    expectTunnel(rowsOf(frame(...outer, ...INNER6)), 'IP', { proto });
  });

  it('PPTP (GRE version 1) gives both rows', () => {
    const header = concat(u16(0x3081), u16(0x880b), u16(44), u16(1), zeros(8));
    const data = concat(
      frame(...OUTER, gre({ version: 1, protocol: 0x880b })).subarray(0, 34),
      header,
      [0xff, 3, 0, 0x21],
      frame(...INNER),
    );
    data.set(u16(data.length - 14), 16);
    expectTunnel(rowsOf(data), 'GRE', { proto: 47 });
  });

  it('AYIYA gives both rows', () => {
    const header = concat([0x41, 0x52, 0x11, 41], zeros(4), zeros(16), zeros(20));
    expectTunnel(rowsOf(frame(...OUTER, to(5072), concat(header, frame(...INNER6)))), 'AYIYA', { proto: 17 });
  });

  it.each([
    ['on its port', {}],
    ['with an origin indication', { origin: true }],
    ['towards its port', { sport: 3544, dport: 51_000 }],
  ])('Teredo %s gives both rows', (_, options) => {
    expectTunnel(rowsOf(frame(...OUTER, teredo(options), ...INNER6)), 'TEREDO', { proto: 17 });
  });

  it('Teredo between peers is known on any port by its addresses', () => {
    const peers = ipv6({ src: '2001:0:4137:9e50::1', dst: '2001:db8::2' });
    const data = frame(
      ...OUTER,
      teredo({ sport: 3797, dport: 32_900 }),
      peers,
      tcp({ sport: 40_000, dport: 80, flags: 'S' }),
    );
    expectTunnel(rowsOf(data), 'TEREDO', { proto: 17 });
    const others = frame(...OUTER, teredo({ sport: 3797, dport: 32_900 }), ...INNER6);
    expect(rowsOf(others)).toHaveLength(1);
  });

  it('keep VLAN and MAC addresses of outside and inside apart', () => {
    const inside = [ethernet({ src: '02:11:11:11:11:11', dst: '02:22:22:22:22:22' }), ...INNER];
    const rows = rowsOf(frame(...OUTER, to(4789), vxlan({ vni: 1 }), ...inside));
    expect(rows[0]?.srcMac).toBe('020000000001');
    expect(rows[1]?.srcMac).toBe('021111111111');
    const [, bare] = rowsOf(frame(...OUTER, ...INNER));
    expect(bare?.srcMac).toBe('000000000000');
  });

  it('may stand in each other', () => {
    const rows = rowsOf(
      frame(...OUTER, to(2152), gtpu({ teid: 1 }), ipv4({ src: '172.16.0.1', dst: '172.16.0.2' }), gre(), ...INNER),
    );
    expect(rows.map((row) => [row.outer, row.tunnel, row.proto])).toEqual([
      [-1, 'NONE', 17],
      [0, 'GTPU', 47],
      [1, 'GRE', 6],
    ]);
  });

  it('are followed four deep and no deeper', () => {
    const layers = Array.from({ length: 12 }, () => ipv4({ src: '10.1.1.1', dst: '10.1.1.2' }));
    const { rows, warnings } = decodeAll([{ data: frame(ethernet(), ...layers, ...INNER) }]);
    expect(rows.map((row) => row.outer)).toEqual([-1, 0, 1, 2, 3]);
    expect(codes(warnings)).toEqual(['tunnel-too-deep']);
  });

  it('are followed into the first fragment', () => {
    const inside = frame(to(4789), vxlan({ vni: 1 }), ethernet(), ...INNER, 'x'.repeat(3000));
    const frames = fragments4([ethernet()], { src: '192.0.2.1', dst: '192.0.2.2', id: 5 }, inside, 17, 1480, frame);
    const { rows } = decodeAll(frames.map((data) => ({ data })));
    expect(rows.map((row) => row.dstPort)).toEqual([4789, 80, 4789, 4789]);
    expect(rows[1]).toMatchObject({ payloadLength: 3000, flags: ['TRUNCATED'], tunnel: 'VXLAN' });
  });
});

describe('what only looks like a tunnel', () => {
  it.each([
    ['text on the port of VXLAN', 4789, 'this is no VXLAN but text of some length'],
    ['text on the port of GENEVE', 6081, 'this is no GENEVE but text of some length'],
    ['text on the port of GTP-U', 2152, '0\xff this is no GTP but text of some length'],
    ['text on the port of Teredo', 3544, 'this is no Teredo, though it begins with letters and is long'],
    ['text on the port of AYIYA', 5072, 'this is no AYIYA but text of some length'],
    ['nothing on the port of VXLAN', 4789, ''],
  ])('%s is one row', (_, port, text) => {
    const { rows, warnings } = decodeAll([{ data: frame(...OUTER, to(port), text) }]);
    expect(rows).toMatchObject([{ dstPort: port, flags: [] }]);
    expect(warnings).toEqual([]);
  });

  it('GTP-U whose length disagrees is one row', () => {
    const wrong = concat([0x30, 0xff, 0, 10, 0, 0, 0, 1], frame(...INNER));
    expect(rowsOf(frame(...OUTER, to(2152), wrong))).toHaveLength(1);
  });

  it('IP in IP that is no IP is one row', () => {
    const { rows, warnings } = decodeAll([
      { data: frame(ethernet(), ipv4({ src: '192.0.2.1', dst: '192.0.2.2', protocol: 4 }), 'not IP at all, really') },
    ]);
    expect(rows).toMatchObject([{ proto: 4, flags: [] }]);
    expect(warnings).toEqual([]);
  });

  it('GRE with a frame that is not IP is one row', () => {
    expect(rowsOf(frame(...OUTER, gre(), ethernet(), snap({ oui: 0x00000c, type: 0x2000 }), 'discovery'))).toHaveLength(
      1,
    );
  });
});
