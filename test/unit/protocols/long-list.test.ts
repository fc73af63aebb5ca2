import { describe, expect, it } from 'vitest';
import { inspectors } from '../../../src-main/meter/protocols/registry.ts';
import { SAMPLES } from './samples.ts';
import { be16, be32, inspect, join, tcp, udp, type FlowOptions } from './wire.ts';

describe('the long list of protocols', () => {
  it.each(SAMPLES.map((s) => [s.id, s] as const))('recognises %s by one message', (_id, sample) => {
    const { meta } = inspect(sample.options, (f) =>
      sample.server ? f.server(sample.payload) : f.client(sample.payload),
    );
    expect(meta?.app).toBe(sample.app);
  });

  it('names every sample after an inspector of the registry', () => {
    const ids = new Set(inspectors.map((i) => i.id));
    expect(SAMPLES.filter((s) => !ids.has(s.id)).map((s) => s.id)).toEqual([]);
    expect(ids.size).toBe(inspectors.length);
  });

  it('says nothing of bytes that only look a little like a message', () => {
    const { meta } = inspect(udp(9000), (f) => f.client(new Uint8Array(64).fill(0x5a)));
    expect(meta).toBeUndefined();
  });
});

describe('what only looks like one of the long list', () => {
  const named = (options: FlowOptions, payload: Uint8Array): string | undefined =>
    inspect(options, (f) => f.client(payload)).meta?.app;
  const sample = (id: string): Uint8Array => Uint8Array.from(SAMPLES.find((s) => s.id === id)!.payload);

  it('is no HELLO of ZeroTier where the identity is not the sender’s', () => {
    const hello = sample('zerotier');
    hello[43]! ^= 1;
    expect(named(udp(9993), hello)).toBeUndefined();
  });

  it('is no handshake of Nebula where the first message knows an index, or on another port', () => {
    const first = sample('nebula');
    expect(named(udp(4243), first)).toBeUndefined();
    first[7] = 1;
    expect(named(udp(4242), first)).toBeUndefined();
  });

  it('is no DoIP where the length or the complement does not fit', () => {
    const request = sample('doip');
    expect(named(tcp(9000), join(request, [0]))).toBeUndefined();
    request[1] = 0xfc;
    expect(named(tcp(13400), request)).toBeUndefined();
  });

  it('is no EtherCAT where the kind is another', () => {
    const commands = sample('ethercat');
    commands[1] = 0x40;
    expect(named(udp(34980), commands)).toBeUndefined();
  });
});

describe('facts of the long list', () => {
  const facts = (id: string): Record<string, string> => {
    const sample = SAMPLES.find((s) => s.id === id)!;
    const { meta } = inspect(sample.options, (f) =>
      sample.server ? f.server(sample.payload) : f.client(sample.payload),
    );
    return meta?.facts ?? {};
  };

  it.each([
    ['bgp', { 'bgp.as': '65001', 'bgp.id': '10.0.0.1' }],
    ['kafka', { 'kafka.client': 'admin' }],
    ['diameter', { 'diameter.command': '257 (exchange of capabilities)', 'diameter.host': 'node' }],
    ['dicom', { 'dicom.called': 'ARCHIVE', 'dicom.calling': 'STATION' }],
    ['coap', { 'coap.path': '/temp' }],
    ['mikrotik', { 'mikrotik.identity': 'edge' }],
    ['ubiquiti', { 'ubiquiti.name': 'roof' }],
    ['iscsi', { 'iscsi.initiator': 'iqn.x:box' }],
    ['tinc', { 'tinc.node': 'alpha' }],
    ['rtcp', { 'rtcp.cname': 'a@bc' }],
    ['smpp', { 'smpp.system': 'user' }],
    ['minecraft', { 'minecraft.host': 'mc.local' }],
    ['rlogin', { 'rlogin.user': 'root' }],
    ['doip', { 'doip.message': 'routing activation request' }],
    ['tarantool', { 'tarantool.version': '2.11.0' }],
    ['zerotier', { 'zerotier.version': '1.14.2' }],
    ['opc-ua', { 'opcua.endpoint': 'opc.tcp://a:' }],
  ])('%s', (id, expected) => {
    expect(facts(id)).toMatchObject(expected);
  });
});

describe('RTP', () => {
  const packet = (sequence: number, source: number): Uint8Array =>
    join([0x80, 0], be16(sequence), be32(sequence * 160), be32(source), new Uint8Array(160));

  it('is named once packets of one source follow in order', () => {
    const { meta } = inspect(udp(9000), (f) => f.client(packet(7, 1)).client(packet(8, 1)).client(packet(9, 1)));
    expect(meta).toMatchObject({ app: 'RTP', facts: { 'rtp.type': '0 (PCMU)' } });
  });

  it('is not named after datagrams of different sources', () => {
    const { meta } = inspect(udp(9000), (f) => f.client(packet(7, 1)).client(packet(900, 2)).client(packet(50, 3)));
    expect(meta).toBeUndefined();
  });
});

describe('protocols met in the middle', () => {
  const utp = (kind: number, id: number, seq: number, ack: number, payload = 0): Uint8Array =>
    join(
      [kind, 0],
      be16(id),
      be32(seq * 1000 + 1),
      be32(77),
      be32(65536),
      be16(seq),
      be16(ack),
      new Uint8Array(payload),
    );

  it("names BitTorrent's transport once packets of both sides agree", () => {
    const { meta } = inspect(udp(9000), (f) =>
      f
        .client(utp(1, 501, 40, 900, 100))
        .server(utp(0x21, 500, 900, 40))
        .client(utp(1, 501, 41, 900, 100)),
    );
    expect(meta?.app).toBe('BitTorrent');
  });

  it('names nothing where the numbers of the packets do not fit each other', () => {
    const { meta } = inspect(udp(9000), (f) =>
      f
        .client(utp(1, 501, 40, 900, 100))
        .server(utp(0x21, 7, 31000, 22))
        .client(utp(1, 9001, 41, 2, 100)),
    );
    expect(meta).toBeUndefined();
  });

  it("names BitTorrent's peers after a block asked for or sent, where the beginning is missing", () => {
    const request = join(be32(13), [6], be32(7), be32(32768), be32(16384));
    const { meta } = inspect({ ...tcp(51413), syn: false }, (f) => f.client(request));
    expect(meta?.app).toBe('BitTorrent');
    const { meta: odd } = inspect({ ...tcp(51413), syn: false }, (f) => f.client(request.fill(1, 9, 12)));
    expect(odd).toBeUndefined();
  });

  it('reads STUN behind a length, as it stands in TCP', () => {
    const binding = join(be16(1), be16(0), be32(0x2112a442), new Uint8Array(12));
    const { meta } = inspect(tcp(9000), (f) => f.client(join(be16(binding.length), binding)));
    expect(meta?.app).toBe('STUN');
  });

  it('knows the DTLS that VPNs spoke before the standard', () => {
    const record = join([22], be16(0x0100), new Uint8Array(8), be16(4), [1, 0, 0, 0]);
    expect(inspect(udp(443), (f) => f.client(record)).meta?.app).toBe('DTLS');
  });

  it("names Threema by the sizes of both sides' first parts, and not by one alone", () => {
    const random = Uint8Array.from({ length: 80 }, (_, i) => (i * 37 + 129) & 255);
    const first = random.subarray(0, 48);
    expect(inspect(tcp(5222), (f) => f.client(first).server(random)).meta?.app).toBe('Threema');
    expect(inspect(tcp(5222), (f) => f.client(first)).meta?.app ?? '').toBe('');
    expect(inspect(tcp(9000), (f) => f.client(first).server(random)).meta).toBeUndefined();
  });
});
