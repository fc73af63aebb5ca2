import { describe, expect, it } from 'vitest';
import { inspectors } from '../../../src-main/meter/protocols/registry.ts';
import { be16, be32, bytes, hexBytes, inspect, join, tcp, udp, type FlowOptions } from './wire.ts';

const zeros = (n: number): Uint8Array => new Uint8Array(n);

const CASES: [service: string, app: string, options: FlowOptions, payload: Uint8Array][] = [
  ['modbus', 'Modbus', tcp(502), hexBytes('000100000006 01 03 0000 000a')],
  ['redis', 'RESP', tcp(9000), bytes('*1\r\n$4\r\nPING\r\n')],
  ['syslog', 'Syslog', udp(9000), bytes('<34>Oct 11 22:14:15 host su: failed')],
  ['radius', 'RADIUS', udp(9000), join([1, 7], be16(26), zeros(16), [1, 6], bytes('anna'))],
  ['sip', 'SIP', udp(9000), bytes('REGISTER sip:a.example SIP/2.0\r\n')],
  ['quic', 'QUIC', udp(9000), join([0xc3], be32(1), [8], zeros(8), [0], zeros(1180))],
  ['quic', 'QUIC', udp(443), join([0xc3], be32(0x6b3343cf), [8], zeros(8), [0], zeros(1180))],
  ['', 'STUN', udp(9000), join(be16(1), be16(0), be32(0x2112a442), zeros(12))],
  ['', 'SSDP', udp(1900), bytes('M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n')],
  ['bittorrent', 'BitTorrent', tcp(9000), bytes(`\x13BitTorrent protocol${'\0'.repeat(48)}`)],
  ['rfb', 'VNC', tcp(9000), bytes('RFB 003.008\n')],
  ['mqtt', 'MQTT', tcp(9000), bytes('\x10\x10\0\x04MQTT\x04\x02\0\x3c\0\x04abcd')],
  ['xmpp', 'Jabber', tcp(9000), bytes("<?xml version='1.0'?><stream:stream xmlns='jabber:client'>")],
  ['', 'Telnet', tcp(23), hexBytes('fffd18 fffd20 fffd23')],
  ['', 'NetBIOS', udp(138, 138), join([0x11, 0x0a], zeros(80))],
  ['', 'DHCPV6', udp(547, 546), hexBytes('01 000001 0001 0004 00000000')],
  ['', 'IPSec', udp(500, 500), join(zeros(7), [1], zeros(8), [0x21, 0x20, 0x22, 8], be32(0), be32(32), zeros(4))],
  ['', 'WireGuard', udp(9000), join([1, 0, 0, 0], zeros(144))],
  ['', 'TFTP', udp(69), bytes('\0\x01boot.img\0octet\0')],
  ['', 'RTSP', tcp(9000), bytes('DESCRIBE rtsp://cam/1 RTSP/1.0\r\n')],
  ['rdpeudp', 'RDP', udp(3389), join(hexBytes('ffffffff 0040 0001'), zeros(1224))],
  ['dnp3_tcp', 'DNP3', tcp(20000), hexBytes('0564 0a c4 0a00 0100 fc42')],
  ['mysql', 'MySQL', tcp(9000), join([74, 0, 0, 0, 10], bytes('8.0.36\0'), zeros(67))],
  ['portmapper', 'NFS', udp(111), join(be32(7), be32(0), be32(2), be32(100000), be32(2), be32(3), zeros(40))],
  ['gtpv1', 'GTP', udp(2152, 2152), join([0x30, 1], be16(4), be32(0), be32(0))],
  ['teredo', 'TEREDO', udp(3544), join([0x60, 0, 0, 0, 0, 0, 59, 21], zeros(32))],
  ['', 'Gnutella', tcp(9000), bytes('GNUTELLA CONNECT/0.6\r\n')],
  ['', 'Gnutella', udp(9000), join([9], zeros(15), [0x80, 1, 0], [4, 0, 0, 0], zeros(4))],
  ['', 'STUN', udp(3478), join(be16(1), be16(8), new Uint8Array(16).fill(5), be16(1), be16(4), zeros(4))],
  ['', 'Dropbox', udp(17500, 17500), bytes('{"host_int": 1}')],
  ['', 'Spotify', udp(57621, 57621), bytes('SpotUdp0abcd')],
  ['', 'WSD', udp(3702), bytes('<?xml version="1.0"?><soap:Envelope xmlns:soap="x">')],
  ['', 'NAT-PMP', udp(5351), Uint8Array.from([0, 0])],
  ['', 'MongoDB', tcp(9000), join([58, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], [0xd4, 7, 0, 0], zeros(42))],
  ['', 'FIX', tcp(9000), bytes('8=FIX.4.4\x019=65\x0135=A\x01')],
  ['', 'Munin', tcp(9000), bytes('# munin node at box\n')],
  ['dce_rpc', 'DCERPC', tcp(9000), join(hexBytes('05000b0310000000 4800 0000 01000000'), zeros(56))],
];

describe('protocols known by name', () => {
  it.each(CASES)('recognises %s / %s', (service, app, options, payload) => {
    const { meta } = inspect(options, (f) => f.client(payload));
    expect([meta?.service, meta?.app]).toEqual([service, app]);
  });

  it('PostgreSQL with TLS, and SOCKS with what it carries', () => {
    const pg = inspect(tcp(5432), (f) =>
      f
        .client(join(be32(8), be32(80877103)))
        .server('N')
        .client(join(be32(23), be32(196608), bytes('user\0anna\0\0'))),
    );
    expect(pg.meta?.service).toBe('postgresql');
    const socks = inspect(tcp(1080), (f) =>
      f
        .client('\x05\x01\0')
        .server('\x05\0')
        .client('\x05\x01\0\x01\x0a\0\0\x09\0\x50')
        .server('\x05\0\0\x01\0\0\0\0\0\0')
        .client('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
    );
    expect(socks.meta).toMatchObject({ service: 'http,socks', app: 'SOCKS', facts: { 'socks.target': '10.0.0.9:80' } });
  });

  it('DTLS that follows STUN', () => {
    const hello = join(hexBytes('16fefd 0000 000000000001'), be16(20), zeros(20));
    const { meta } = inspect(udp(3478), (f) =>
      f.client(join(be16(1), be16(0), be32(0x2112a442), zeros(12))).client(hello),
    );
    expect(meta).toMatchObject({ service: 'dtls', app: 'DTLS' });
  });

  it('PostgreSQL that is asked for GSSAPI first, then for TLS', () => {
    const { meta } = inspect(tcp(5432), (f) =>
      f
        .client(join(be32(8), be32(80877104)))
        .server('N')
        .client(join(be32(8), be32(80877103)))
        .server('S')
        .client(join([22, 3, 1], be16(42), [1, 0, 0, 38, 3, 3], zeros(36))),
    );
    expect(meta?.service).toBe('postgresql,ssl');
  });

  it('every inspector has its own id', () => {
    expect(new Set(inspectors.map((i) => i.id)).size).toBe(inspectors.length);
  });
});
