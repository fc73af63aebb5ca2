import { describe, expect, it } from 'vitest';
import { netbiosName } from '../../../src-main/meter/protocols/inspectors/dns.ts';
import { be16, bytes, inspect, join, tcp, udp } from './wire.ts';

const name = (text: string): Uint8Array => join(...text.split('.').map((l) => join([l.length], bytes(l))), [0]);
const header = (id: number, flags: number, q: number, a = 0, n = 0, r = 0): number[] =>
  [id, flags, q, a, n, r].flatMap(be16);
const question = (text: string, type = 1, cls = 1): Uint8Array => join(name(text), be16(type), be16(cls));
const record = (owner: Uint8Array, type: number, data: Uint8Array | number[], ttl = 60): Uint8Array =>
  join(owner, be16(type), be16(1), [0, 0, 0, ttl], be16(data.length), data);
const POINTER = Uint8Array.from([0xc0, 12]);
const query = join(header(7, 0x0100, 1), question('www.Example.COM'));

describe('DNS', () => {
  it('reads a question and its answers on any port', () => {
    const answer = join(
      header(7, 0x8580, 1, 3),
      question('www.example.com'),
      record(POINTER, 5, name('web.example.net')),
      record(POINTER, 1, [192, 0, 2, 7]),
      record(POINTER, 28, [0x20, 1, 0x0d, 0xb8, ...Array<number>(11).fill(0), 9]),
    );
    const { meta, wire } = inspect(udp(20053), (f) => f.client(query).server(answer));
    expect(meta?.service).toBe('dns');
    expect(meta?.app).toBe('DNS');
    const [asked, answered] = wire.of('dns');
    expect(asked).toMatchObject({
      response: false,
      qname: 'www.example.com',
      qtype: 1,
      variant: 'dns',
      fromOrig: true,
      size: query.length,
    });
    expect(answered).toMatchObject({
      response: true,
      authoritative: true,
      rcode: 0,
      answers: 3,
      addresses: ['192.0.2.7', '2001:db8::9'],
      names: ['web.example.net'],
      ttl: 60,
    });
    expect(wire.of('weird')).toEqual([]);
  });

  it('reads messages over TCP that arrive byte by byte, two in a row', () => {
    const framed = join(be16(query.length), query);
    const { meta, wire } = inspect(tcp(53), (f) => f.client(join(framed, framed), 1));
    expect(meta?.service).toBe('dns');
    expect(wire.of('dns').map((m) => m.qname)).toEqual(['www.example.com', 'www.example.com']);
  });

  it('tells mDNS, LLMNR and NetBIOS names apart by their ports, all "dns" to Zeek', () => {
    const mdns = join(header(0, 0x8400, 0, 1), record(name('printer.local'), 1, [10, 0, 0, 9]));
    expect(inspect(udp(5353, 5353), (f) => f.client(mdns)).meta).toMatchObject({ service: 'dns', app: 'MDNS' });
    expect(inspect(udp(5355), (f) => f.client(query)).meta).toMatchObject({ service: 'dns', app: 'LLMNR' });
    const nbns = join(header(1, 0x0110, 1), question('FHEPFCELEHFCEPFFFACACACACACACABL', 0x20));
    const { meta, wire } = inspect(udp(137, 137), (f) => f.client(nbns));
    expect(meta).toMatchObject({ service: 'dns', app: 'NetBIOS' });
    expect(wire.of('dns')[0]).toMatchObject({ variant: 'nbns', qname: 'workgroup<1b>' });
  });

  it('reads names in UTF-8, and leaves what is none as its bytes', () => {
    const asked = (label: Uint8Array): string | undefined =>
      inspect(udp(5353, 5353), (f) =>
        f.client(join(header(0, 0, 1), [label.length], label, name('local'), be16(1), be16(1))),
      ).wire.of('dns')[0]?.qname;
    expect(asked(Buffer.from('büro-日本', 'utf8'))).toBe('büro-日本.local');
    expect(asked(bytes('b\u00fcro'))).toBe('b\u00fcro.local');
    expect(asked(Buffer.from('a\u202eb\u0085', 'utf8'))).toBe('a?b?.local');
  });

  it('is not on TCP 53 what a plausible header does not follow', () => {
    const said = (payload: Uint8Array | string): number =>
      inspect(tcp(53), (f) => f.client(payload)).wire.of('payload').length;
    expect(said('whoami\n')).toBe(1);
    expect(said(join(be16(40), bytes('id; uname -a; w')))).toBe(1);
    expect(said(join(be16(query.length), query).subarray(0, 16))).toBe(0);
  });

  it('decodes NetBIOS names and leaves others alone', () => {
    expect(netbiosName('fhepfcelehfcepfffacacacacacacabl')).toBe('workgroup<1b>');
    expect(netbiosName('host.example')).toBe('host.example');
  });

  it.each([
    ['dns-label-loop', join(header(1, 0x0100, 1), [0xc0, 12], be16(1), be16(1))],
    [
      'dns-name-too-long',
      join(
        header(1, 0x0100, 1),
        ...Array.from({ length: 5 }, () => join([60], bytes('a'.repeat(60)))),
        [0],
        be16(1),
        be16(1),
      ),
    ],
    ['dns-count-lies', join(header(1, 0x8180, 1, 4), question('a.example'))],
    ['dns-trailing-bytes', join(query, bytes('hidden'))],
    ['dns-bad-length', join(header(1, 0x8180, 1, 1), question('a.example'), record(POINTER, 1, [1, 2, 3]))],
  ])('reports %s once', (rule, message) => {
    const { wire } = inspect(udp(53), (f) => f.client(message).client(message));
    expect(wire.of('weird').map((w) => w.name)).toEqual([rule]);
  });

  it('does not call zero padding, or a message that the capture cut, strange', () => {
    const cut = join(header(1, 0x8180, 1, 4), question('a.example'));
    const { wire } = inspect(udp(53), (f) => {
      f.client(join(query, [0, 0, 0, 0]));
      f.odd({ payload: cut, wire: 900, fromOrig: false });
    });
    expect(wire.of('weird')).toEqual([]);
  });

  it('is not seen in random bytes on an unusual port', () => {
    const noise = Uint8Array.from({ length: 200 }, (_, i) => (i * 73 + 41) & 255);
    expect(inspect(udp(9999), (f) => f.client(noise).client(noise)).meta).toBeUndefined();
  });
});
