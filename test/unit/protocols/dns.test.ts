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

  describe('of NetBIOS', () => {
    const FILES = 'EGEJEMEFFDCACACACACACACACACACACA';
    const header16 = (flags: number): number[] => header(1, flags, 0, 1);

    it('reads the addresses of a name, but of no group', () => {
      const entries = [
        [0, 0],
        [10, 0, 0, 9],
        [0x80, 0],
        [10, 0, 0, 255],
        [0x60, 0],
        [10, 0, 1, 9],
      ].flat();
      const answer = join(header16(0x8500), record(name(FILES), 32, entries));
      const { wire, meta } = inspect(udp(137, 137), (f) => f.client(answer));
      expect(wire.of('dns')[0]).toMatchObject({ qname: 'files<20>', addresses: ['10.0.0.9', '10.0.1.9'] });
      expect(meta?.facts).toMatchObject({ 'dns.addresses': '10.0.0.9 10.0.1.9' });
    });

    it('reads the names of a node, and none that run out of the record', () => {
      const own = join(bytes('WS7            '), [0x20], [0x04, 0]);
      const group = join(bytes('CORP           '), [0x00], [0x84, 0]);
      const status = (count: number): Uint8Array =>
        join(header16(0x8400), record(name(FILES), 33, join([count], own, group, [0, 0, 0, 0, 0, 0])));
      for (const count of [2, 200]) {
        const { wire, meta } = inspect(udp(137, 137), (f) => f.client(status(count)));
        expect(wire.of('named').map(({ source, name: said }) => [source, said])).toEqual([['netbios', 'ws7<20>']]);
        expect(wire.of('dns')[0]!.names).toEqual([]);
        expect(meta?.facts).toMatchObject({ 'dns.names': 'ws7<20>' });
      }
    });
  });

  it('reads addresses beside the answers: of hosts that an answer names, in mDNS of all', () => {
    const service = join(header(7, 0x8580, 1, 1, 0, 2), question('_ldap._tcp.example', 33));
    const target = record(POINTER, 33, join(be16(0), be16(0), be16(389), name('dc1.example')));
    const hosts = join(record(name('dc1.example'), 1, [10, 0, 0, 1]), record(name('other.example'), 1, [10, 0, 0, 2]));
    const answer = join(service, target, hosts);
    const besides = (port: number) => inspect(udp(port, port), (f) => f.client(answer)).wire.of('dns')[0]!.besides;
    expect(besides(53)).toEqual({ addresses: ['10.0.0.1'], owners: ['dc1.example'] });
    expect(besides(5353)).toEqual({ addresses: ['10.0.0.1', '10.0.0.2'], owners: ['dc1.example', 'other.example'] });
  });

  it('states the answer of the name first asked for, and lists the other names', () => {
    const answerTo = (id: number, asked: string, last: number): Uint8Array =>
      join(header(id, 0x8180, 1, 1), question(asked), record(POINTER, 1, [192, 0, 2, last]));
    const { meta } = inspect(udp(53), (f) =>
      f
        .client(join(header(1, 0x0100, 1), question('one.example')))
        .client(join(header(2, 0x0100, 1), question('two.example')))
        .server(answerTo(2, 'two.example', 2))
        .server(answerTo(1, 'one.example', 1)),
    );
    expect(meta?.facts).toEqual({
      'dns.query': 'one.example',
      'dns.rcode': '0 (no error)',
      'dns.addresses': '192.0.2.1',
      'dns.more': 'two.example',
    });
  });

  it('states what is announced without a question as announced', () => {
    const mdns = join(header(0, 0x8400, 0, 1), record(name('printer.local'), 1, [10, 0, 0, 9]));
    expect(inspect(udp(5353, 5353), (f) => f.client(mdns)).meta?.facts).toEqual({ 'dns.announced': 'printer.local' });
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
