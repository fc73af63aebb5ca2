import { describe, expect, it } from 'vitest';
import { inspectors } from '../../../src-main/meter/protocols/registry.ts';
import { SAMPLES } from './samples.ts';
import { be16, be32, inspect, join, udp } from './wire.ts';

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
    ['diameter', { 'diameter.command': '257', 'diameter.host': 'node' }],
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
    expect(meta).toMatchObject({ app: 'RTP', facts: { 'rtp.type': '0' } });
  });

  it('is not named after datagrams of different sources', () => {
    const { meta } = inspect(udp(9000), (f) => f.client(packet(7, 1)).client(packet(900, 2)).client(packet(50, 3)));
    expect(meta).toBeUndefined();
  });
});
