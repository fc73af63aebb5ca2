import { describe, expect, it } from 'vitest';
import { concat, u16, u32, zeros } from '../../generator/bytes.ts';
import {
  ah,
  destinationOptions,
  esp,
  ethernet,
  frame,
  fragment6,
  fragments4,
  fragments6,
  hopByHop,
  icmp6Echo,
  icmpEcho,
  igmp,
  ipv4,
  ipv6,
  routing,
  sctp,
  tcp,
  udp,
  vrrp,
} from '../../generator/frames.ts';
import { codes, decodeAll, rowsOf } from './helpers.ts';

const A4 = { src: '10.0.0.1', dst: '10.0.0.2' } as const;
const A6 = { src: '2001:db8::1', dst: '2001:db8::2' } as const;
const TCP = tcp({ sport: 40_000, dport: 80, seq: 1, ack: 2, flags: 'PA', window: 512 });
const UDP = udp({ sport: 40_000, dport: 53 });

describe('IPv4', () => {
  it('gives lengths, TTL and payload', () => {
    expect(rowsOf(frame(ethernet(), ipv4({ ...A4, ttl: 57 }), TCP, 'hello'))).toMatchObject([
      {
        ...A4,
        srcPort: 40_000,
        dstPort: 80,
        proto: 6,
        ttl: 57,
        ipLength: 45,
        payload: 'hello',
        payloadLength: 5,
        flags: [],
      },
    ]);
  });

  it('passes over options', () => {
    const [row] = rowsOf(frame(ethernet(), ipv4({ ...A4, options: Uint8Array.of(1, 1, 1, 1) }), UDP, 'x'));
    expect(row).toMatchObject({ dstPort: 53, ipLength: 33, payload: 'x' });
  });

  it('takes its length from the wire when the header says zero', () => {
    const [row] = rowsOf(frame(ethernet(), ipv4({ ...A4, totalLength: 0 }), TCP, 'hello'));
    expect(row).toMatchObject({ ipLength: 45, payload: 'hello', flags: [] });
  });

  it('says when the capture holds less than there was', () => {
    const data = frame(ethernet(), ipv4(A4), TCP, 'hello');
    const { rows, warnings } = decodeAll([{ data: data.subarray(0, -3), wire: data.length }]);
    expect(rows).toMatchObject([{ ipLength: 45, payload: 'he', payloadLength: 5, flags: ['TRUNCATED'] }]);
    expect(codes(warnings)).toEqual(['truncated-packet']);
  });

  it('says when the header states more than there was', () => {
    const { rows, warnings } = decodeAll([{ data: frame(ethernet(), ipv4({ ...A4, totalLength: 100 }), UDP, 'x') }]);
    expect(rows[0]?.flags).toEqual(expect.arrayContaining(['TRUNCATED', 'OVERLONG']));
    expect(codes(warnings)).toContain('malformed-packet');
  });

  it.each([
    ['a header length below 20', frame(ethernet(), ipv4({ ...A4, ihl: 4 }), UDP)],
    ['a length below that of its header', frame(ethernet(), ipv4({ ...A4, totalLength: 10 }), UDP)],
    ['another version', concat(zeros(12), u16(0x0800), [0x55], zeros(40))],
    ['half a header', frame(ethernet(), ipv4(A4), UDP).subarray(0, 25)],
  ])('with %s gives no row and a warning', (_, data) => {
    const { rows, warnings } = decodeAll([{ data }]);
    expect(rows).toEqual([]);
    expect(codes(warnings)).toEqual(['malformed-packet']);
  });

  it('with a header cut by the snap length gives no row, and is no damage', () => {
    const { rows, warnings } = decodeAll([{ data: frame(ethernet(), ipv4(A4), UDP).subarray(0, 25), wire: 42 }]);
    expect(rows).toEqual([]);
    expect(codes(warnings)).toEqual(['truncated-packet']);
  });
});

describe('IPv6', () => {
  it('gives lengths, hop limit and payload', () => {
    expect(rowsOf(frame(ethernet(), ipv6({ ...A6, hopLimit: 3 }), UDP, 'hi'))).toMatchObject([
      { ...A6, srcPort: 40_000, dstPort: 53, proto: 17, ttl: 3, ipLength: 50, payload: 'hi', flags: ['IPV6'] },
    ]);
  });

  it.each([
    ['hop-by-hop options', [hopByHop()]],
    ['destination options', [destinationOptions()]],
    ['both, and authentication', [hopByHop(), destinationOptions(), ah()]],
    ['an atomic fragment header', [fragment6({ id: 1, offset: 0, more: false })]],
    ['twenty headers', Array.from({ length: 20 }, () => destinationOptions())],
  ])('passes over %s', (_, layers) => {
    expect(rowsOf(frame(ethernet(), ipv6(A6), ...layers, UDP, 'hi'))).toMatchObject([
      { ...A6, srcPort: 40_000, dstPort: 53, proto: 17, payload: 'hi', flags: ['IPV6'] },
    ]);
  });

  it('goes to the last address of a source route', () => {
    const route = concat([17, 4, 0, 1], u32(0), zeros(16), Uint8Array.from([0x20, 1, 0xd, 0xb8, ...zeros(11), 9]));
    const data = concat(frame(ethernet(), ipv6({ ...A6, next: 43, payloadLength: 48 })), route, frame(UDP));
    expect(rowsOf(data)).toMatchObject([{ src: '2001:db8::1', dst: '2001:db8::9', dstPort: 53 }]);
  });

  it('stays with the address of its header when no hops are left', () => {
    const data = frame(ethernet(), ipv6(A6), routing({ addresses: [] }), UDP);
    expect(rowsOf(data)).toMatchObject([{ dst: '2001:db8::2', dstPort: 53 }]);
  });

  it('comes from the home address of a mobile node', () => {
    const home = concat([17, 2, 0xc9, 16], Uint8Array.from([0x20, 1, 0xd, 0xb8, ...zeros(11), 7]), [1, 2, 0, 0]);
    const data = concat(frame(ethernet(), ipv6({ ...A6, next: 60, payloadLength: 32 })), home, frame(UDP));
    expect(rowsOf(data)).toMatchObject([{ src: '2001:db8::7', dstPort: 53 }]);
  });

  it('may be a jumbogram', () => {
    const jumbo = concat([17, 0, 0xc2, 4], u32(70_016));
    const datagram = concat(u16(1), u16(2), u16(0), u16(0), new Uint8Array(70_000));
    const data = concat(frame(ethernet(), ipv6({ ...A6, next: 0, payloadLength: 0 })), jumbo, datagram);
    expect(rowsOf(data)).toMatchObject([{ ipLength: 70_056, payloadLength: 70_000, dstPort: 2, flags: ['IPV6'] }]);
  });

  it('does not follow headers without end', () => {
    const layers = Array.from({ length: 100 }, () => destinationOptions());
    expect(rowsOf(frame(ethernet(), ipv6(A6), ...layers, UDP))).toMatchObject([{ flags: ['IPV6', 'MALFORMED'] }]);
  });
});

describe('transport protocols', () => {
  it.each([
    [
      'ICMP',
      frame(ethernet(), ipv4(A4), icmpEcho({ id: 1, sequence: 1 }), 'ping'),
      { proto: 1, srcPort: 8, dstPort: 0, payload: 'ping' },
    ],
    [
      'ICMPv6',
      frame(ethernet(), ipv6(A6), icmp6Echo({ id: 1, sequence: 1 }), 'ping'),
      { proto: 58, srcPort: 128, dstPort: 0, payload: 'ping' },
    ],
    [
      'SCTP',
      frame(ethernet(), ipv4(A4), sctp({ sport: 5, dport: 6, tag: 7 }), 'data'),
      { proto: 132, srcPort: 5, dstPort: 6, payload: 'data' },
    ],
    [
      'IGMP',
      frame(ethernet(), ipv4(A4), igmp({ type: 0x16, group: '239.0.0.1' })),
      { proto: 2, srcPort: 0, dstPort: 0, payloadLength: 8 },
    ],
    ['ESP', frame(ethernet(), ipv4(A4), esp(), 'secret'), { proto: 50, srcPort: 0, dstPort: 0, payloadLength: 14 }],
    [
      'another protocol',
      frame(ethernet(), ipv4(A4), vrrp({ vrid: 1, address: Uint8Array.of(10, 0, 0, 9) })),
      { proto: 112, srcPort: 0, dstPort: 0 },
    ],
    [
      'TCP behind AH',
      frame(ethernet(), ipv4(A4), ah(), TCP, 'x'),
      { proto: 6, srcPort: 40_000, dstPort: 80, payload: 'x' },
    ],
  ])('give a row for %s', (_, data, row) => {
    expect(rowsOf(data)).toMatchObject([row]);
  });

  it('say when TCP cannot be right', () => {
    const short = frame(ethernet(), ipv4(A4), tcp({ sport: 1, dport: 2, flags: 'S', dataOffset: 2 }), 'abc');
    const long = frame(ethernet(), ipv4(A4), tcp({ sport: 1, dport: 2, flags: 'S', dataOffset: 15 }), 'abc');
    for (const data of [short, long]) {
      const { rows, warnings } = decodeAll([{ data }]);
      expect(rows).toMatchObject([{ srcPort: 1, dstPort: 2, payloadLength: 0, flags: ['MALFORMED'] }]);
      expect(codes(warnings)).toEqual(['malformed-packet']);
    }
  });

  it('give the ports of a header that is cut, and say why it is', () => {
    const data = frame(ethernet(), ipv4(A4), TCP);
    expect(rowsOf(data.subarray(0, 42), 1, data.length)).toMatchObject([
      { srcPort: 40_000, dstPort: 80, flags: ['TRUNCATED'] },
    ]);
    const lying = frame(ethernet(), ipv4({ ...A4, protocol: 6 }), 'abcdefgh');
    expect(rowsOf(lying)).toMatchObject([{ flags: ['MALFORMED'] }]);
  });

  it('take the length of UDP from UDP when it is shorter, from IP when it lies', () => {
    const shorter = frame(ethernet(), ipv4(A4), udp({ sport: 1, dport: 2, length: 10 }), 'abcdef');
    expect(rowsOf(shorter)).toMatchObject([{ payload: 'ab', payloadLength: 2, flags: [] }]);
    const longer = frame(ethernet(), ipv4(A4), udp({ sport: 1, dport: 2, length: 500 }), 'abcdef');
    expect(rowsOf(longer)).toMatchObject([{ payload: 'abcdef', payloadLength: 6, flags: ['MALFORMED'] }]);
  });
});

describe('fragments', () => {
  const datagram = concat(u16(1000), u16(2000), u16(3008), u16(0), new Uint8Array(3000).fill(65));
  const v4 = fragments4([ethernet()], { ...A4, id: 77 }, datagram, 17, 1480, frame).map((data) => ({ data }));
  const v6 = fragments6([ethernet()], { ...A6, id: 77 }, datagram, 17, 1448, frame).map((data) => ({ data }));

  it.each([
    ['IPv4', v4, 1472],
    ['IPv6', v6, 1440],
  ] as const)('of %s have the ports of the first one', (_, frames, first) => {
    const { rows, warnings } = decodeAll(frames);
    expect(rows.map((row) => [row.srcPort, row.dstPort])).toEqual([
      [1000, 2000],
      [1000, 2000],
      [1000, 2000],
    ]);
    const kinds = rows.map((row) => row.flags.filter((flag) => flag !== 'IPV6'));
    expect(kinds).toEqual([['FRAGMENT_FIRST'], ['FRAGMENT_LATER'], ['FRAGMENT_LATER']]);
    expect(rows[0]?.payloadLength).toBe(first);
    expect(rows.reduce((sum, row) => sum + row.payloadLength, 0)).toBe(3000);
    expect(warnings).toEqual([]);
  });

  it('that come before the first one have no ports', () => {
    const { rows } = decodeAll([v4[1]!, v4[0]!, v4[2]!]);
    expect(rows.map((row) => row.dstPort)).toEqual([0, 2000, 2000]);
  });

  it('that come too late have no ports', () => {
    const { rows } = decodeAll([
      { ...v4[0]!, sec: 1000 },
      { ...v4[1]!, sec: 1061 },
    ]);
    expect(rows.map((row) => row.dstPort)).toEqual([2000, 0]);
  });

  it('of other datagrams are not taken for theirs', () => {
    const other = fragments4([ethernet()], { ...A4, id: 78 }, datagram, 17, 1480, frame);
    const { rows } = decodeAll([v4[0]!, { data: other[1]! }]);
    expect(rows[1]?.dstPort).toBe(0);
  });

  it('that overlap are marked; that come twice are not', () => {
    const overlapping = frame(
      ethernet(),
      ipv4({ ...A4, id: 77, protocol: 17, offset: 1472, mf: true }),
      'x'.repeat(64),
    );
    const { rows, warnings } = decodeAll([v4[0]!, v4[1]!, v4[1]!, { data: overlapping }]);
    expect(rows.map((row) => row.flags.includes('FRAGMENT_OVERLAP'))).toEqual([false, false, false, true]);
    expect(warnings).toMatchObject([{ code: 'fragment-overlap', count: 1 }]);
  });

  it('that reach beyond the longest datagram are marked', () => {
    const data = frame(ethernet(), ipv4({ ...A4, id: 9, protocol: 1, offset: 65_528, mf: false }), 'x'.repeat(100));
    expect(rowsOf(data)).toMatchObject([
      { flags: expect.arrayContaining(['FRAGMENT_LATER', 'MALFORMED']) as string[] },
    ]);
  });

  it('of more datagrams than are remembered cost no more memory, and this is said', () => {
    const frames = Array.from({ length: 20_000 }, (_, i) => ({
      data: frame(
        ethernet(),
        ipv4({
          src: `10.${i >> 14}.${(i >> 7) & 127}.${i & 127}`,
          dst: '10.0.0.2',
          id: i & 0xffff,
          protocol: 17,
          mf: true,
        }),
        'x'.repeat(16),
      ),
    }));
    const { rows, warnings } = decodeAll(frames);
    expect(rows).toHaveLength(20_000);
    expect(codes(warnings)).toEqual(['fragment-table-full']);
  });
});
