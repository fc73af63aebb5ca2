import { describe, expect, it } from 'vitest';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { makePacketBatch, makeSegmentBatch, PROTO, SEGMENT } from '../../../src-main/meter/packets/types.ts';
import { arpMessage } from '../../../src-main/meter/protocols/arp.ts';
import { byteEntropy, byteHash } from '../../../src-main/meter/protocols/icmp.ts';
import type { ProtocolMessage } from '../../../src-main/meter/protocols/types.ts';
import { WEIRD_INDEX, type WeirdName } from '../../../src-main/meter/protocols/weird.ts';
import { be16, be32, bytes, hexBytes, inspect, join, tcp, udp, Wire } from './wire.ts';

describe('DHCP', () => {
  it('reports who asks for what', () => {
    const message = join(
      [1, 1, 6, 0],
      be32(0xabcd),
      new Uint8Array(20),
      hexBytes('020000000005'),
      new Uint8Array(202),
      hexBytes('63825363'),
      [53, 1, 3, 50, 4, 10, 0, 0, 77, 54, 4, 10, 0, 0, 1, 3, 4, 10, 0, 0, 254, 6, 8, 10, 0, 0, 53, 10, 0, 0, 54],
      [12, 3],
      bytes('pc1'),
      [60, 4],
      bytes('MSFT'),
      [55, 5, 1, 3, 6, 15, 119],
      [255],
    );
    const { meta, wire } = inspect(udp(67, 68), (f) => f.client(message));
    expect(meta).toMatchObject({ service: 'dhcp', app: 'DHCP' });
    expect(meta?.facts['dhcp.fingerprint']).toBe('1,3,6,15,119');
    expect(wire.of('dhcp')).toMatchObject([
      {
        type: 3,
        transaction: 0xabcd,
        clientMac: '02:00:00:00:00:05',
        requested: '10.0.0.77',
        serverId: '10.0.0.1',
        routers: ['10.0.0.254'],
        nameServers: ['10.0.0.53', '10.0.0.54'],
        hostname: 'pc1',
        vendorClass: 'MSFT',
        parameters: [1, 3, 6, 15, 119],
      },
    ]);
    const cut = inspect(udp(67, 68), (f) => f.client(join(message.subarray(0, 240), [53, 1, 1, 12, 99, 0x61])));
    expect(cut.wire.of('weird').map((w) => w.name)).toEqual(['dhcp-bad-option']);
    const long = join(message.subarray(0, 240), [53, 1, 1, 55, 200], new Uint8Array(200).fill(6), [255]);
    expect(inspect(udp(67, 68), (f) => f.client(long)).wire.of('dhcp')[0]?.parameters).toHaveLength(64);
  });
});

describe('NTP and SNMP', () => {
  it('tell modes, versions and communities', () => {
    const ntp = inspect(udp(123), (f) =>
      f.client(join([0x23], new Uint8Array(47))).client(join([0x17, 0, 3, 42], new Uint8Array(4))),
    );
    expect(ntp.meta).toMatchObject({ service: 'ntp', app: 'NTP' });
    expect(ntp.wire.of('ntp').map((m) => [m.mode, m.version, m.size])).toEqual([
      [3, 4, 48],
      [7, 2, 8],
    ]);
    const get = hexBytes('302602010104067075626c6963a019020401020304020100020100300b300906052b060102010500');
    const snmp = inspect(udp(161), (f) => f.client(get));
    expect(snmp.meta).toMatchObject({ service: 'snmp', app: 'SNMP' });
    expect(snmp.wire.of('snmp')).toMatchObject([{ version: 2, community: 'public', pdu: 'get', size: 40 }]);
  });
});

describe('ICMP', () => {
  it('measures payloads of the first 64 messages of a flow', () => {
    const wire = new Wire();
    const flow = wire.flow({ proto: PROTO.ICMP, origPort: 8, respPort: 0 });
    for (let i = 0; i < 70; i++) flow.client(join(be16(1)));
    wire.run();
    expect(wire.of('icmp')).toHaveLength(64);
    expect(wire.of('icmp')[0]).toMatchObject({
      type: 8,
      code: 0,
      size: 2,
      entropy: 1,
      hash: byteHash(Uint8Array.from([0, 1]), 0, 2),
    });
    expect(wire.finish(flow)).toMatchObject({ service: '', app: 'ICMP' });
  });

  it('computes entropy exactly', () => {
    expect(byteEntropy(Uint8Array.from([1, 1, 1, 1]), 0, 4)).toBe(0);
    expect(
      byteEntropy(
        Uint8Array.from({ length: 256 }, (_, i) => i),
        0,
        256,
      ),
    ).toBe(8);
  });

  it('reports redirects and giant messages', () => {
    const redirect = inspect({ proto: PROTO.ICMP, origPort: 5, respPort: 1 }, (f) => f.client(new Uint8Array(28)));
    expect(redirect.wire.of('weird').map((w) => w.name)).toEqual(['icmp-redirect']);
    const giant = inspect({ proto: PROTO.ICMP, origPort: 8, respPort: 0 }, (f) => f.client(new Uint8Array(20_000)));
    expect(giant.wire.of('weird').map((w) => w.name)).toEqual(['icmp-oversize']);
  });
});

describe('ARP', () => {
  it('says who claims which address, and when the frame came from another', () => {
    const data = hexBytes('0001080006040002 020000000001 0a000001 020000000002 0a000002');
    const packets = makePacketBatch(data, 1);
    packets.count = 1;
    packets.columns.captured[0] = data.length;
    const segments = makeSegmentBatch(1);
    const c = segments.columns;
    c.src.set([0, 0, 0xffff, 0x0a000001]);
    c.dst.set([0, 0, 0xffff, 0x0a000002]);
    c.srcMac[0] = 0x020000000009;
    c.dstMac[0] = 0x020000000002;
    const hosts = new HostTable();
    const messages: ProtocolMessage[] = [];
    arpMessage(packets, segments, 0, hosts, messages);
    expect(messages).toMatchObject([
      {
        kind: 'arp',
        flow: -1,
        operation: 2,
        senderMac: '02:00:00:00:00:01',
        targetMac: '02:00:00:00:00:02',
        frameSource: '02:00:00:00:00:09',
      },
      { kind: 'weird', name: 'arp-sender-mismatch' },
    ]);
    packets.columns.captured[0] = 20;
    arpMessage(packets, segments, 0, hosts, messages);
    expect(messages).toHaveLength(2);
  });
});

describe('rules any packet can break', () => {
  const FLAGS = { 'tcp-null-flags': 0, 'tcp-syn-fin': 3, 'tcp-syn-rst': 6, 'tcp-xmas': 41, 'tcp-fin-alone': 1 };
  it.each(Object.entries(FLAGS))('reports %s once a flow', (rule, tcpFlags) => {
    const { wire } = inspect({ ...tcp(80), syn: false }, (f) => f.odd({ tcpFlags }).odd({ tcpFlags }));
    expect(wire.of('weird').map((w) => w.name)).toEqual([rule]);
  });

  it('are told apart by 16 bits a flow', () => {
    const names = [
      ...Object.keys(FLAGS),
      'port-zero',
      'land',
      'fragment-overlap',
      'fragment-beyond-64k',
      'fragment-tiny',
    ];
    const all = [...names, 'transport-malformed', 'icmp-oversize', 'icmp-redirect'] as WeirdName[];
    expect(Math.max(...all.map((name) => WEIRD_INDEX.get(name) ?? 99))).toBeLessThan(16);
  });

  it('knows ordinary flags', () => {
    const { wire } = inspect(tcp(80), (f) =>
      [16, 17, 24, 4, 20, 18, 2, 25, 194].forEach((tcpFlags) => f.odd({ tcpFlags })),
    );
    expect(wire.of('weird')).toEqual([]);
  });

  it('reports port zero, land, and fragments that overlap', () => {
    expect(
      inspect(tcp(0), () => undefined)
        .wire.of('weird')
        .map((w) => w.name),
    ).toEqual(['port-zero']);
    const land = inspect({ ...tcp(80, 80), orig: 1, resp: 1 }, () => undefined);
    expect(land.wire.of('weird').map((w) => w.name)).toEqual(['land']);
    const overlap = inspect(udp(53), (f) =>
      f.odd({ flags: SEGMENT.FRAGMENT_LATER | SEGMENT.FRAGMENT_OVERLAP, payload: new Uint8Array(8) }),
    );
    expect(overlap.wire.of('weird').map((w) => w.name)).toEqual(['fragment-overlap']);
  });

  it('says at most 256 of a kind a batch', () => {
    const wire = new Wire();
    for (let slot = 0; slot < 60; slot++) wire.flow({ ...tcp(80), syn: false }, slot);
    for (let round = 0; round < 10; round++) {
      for (const flow of wire.flows) {
        wire.finish(flow);
        flow.odd({ tcpFlags: 0 });
      }
      wire.run();
    }
    expect(wire.of('weird')).toHaveLength(600);
  });
});
